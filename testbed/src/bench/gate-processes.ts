/** Gate, registry and echo, each in a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A process that has said where it listens. */
export interface StartedProcess {
  readonly address: string;
  /** Resident bytes now, and the most there ever were. */
  memory(): { readonly now: number; readonly peak: number };
  stop(): Promise<void>;
}

/** What is started. */
export interface ProcessRequest {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What of its output says where it listens. */
  readonly said: RegExp;
}

const patienceMs = 60_000;

/**
 * Starts a program of ours with this Node.
 *
 * @throws Error when it ends or stays silent before it listens, with what it said
 */
export async function startProcess({ args, env = {}, said }: ProcessRequest): Promise<StartedProcess> {
  const child = spawn(process.execPath, [...args], { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'pipe' });
  const address = await addressOf(child, said);
  return {
    address,
    memory: () => memoryOf(child),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The echo of this folder, with the certificate in `folder`. */
export function startEcho(folder: string): Promise<StartedProcess> {
  const entry = fileURLToPath(new URL('./gate-echo-entry.ts', import.meta.url));
  return startProcess({ args: [entry, folder], said: /"url":"([^"]+)"/ });
}

function addressOf(child: ChildProcess, said: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => fail('stayed silent'), patienceMs);
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${child.spawnargs.slice(1).join(' ')} ${why}: ${output.slice(-4_000)}`));
    };
    const onOutput = (chunk: Buffer): void => {
      // Read to its end always, or the program would wait for room in the pipe.
      if (output.length > 1_000_000) return;
      output += chunk.toString();
      const found = said.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      output = ' '.repeat(1_000_001);
      resolve(found);
    };
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
  });
}

function memoryOf({ pid }: ChildProcess): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}
