/** Running one command of a task. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A command: a name from node_modules/.bin, or a file of the checkout that Node runs. */
export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** How a step ended. */
export interface StepResult {
  readonly step: Step;
  readonly ok: boolean;
  readonly ms: number;
  readonly output: string;
}

/** A step that runs a file of this checkout with this Node. */
export function nodeStep(name: string, file: string, ...args: readonly string[]): Step {
  return { name, command: process.execPath, args: [join(root, file), ...args] };
}

/** A step that runs an installed tool. Scripts call the file itself: killing `npx` would leave the tool running. */
export function toolStep(name: string, tool: string, ...args: readonly string[]): Step {
  return { name, command: join(root, 'node_modules', '.bin', tool), args };
}

/** Runs a step and keeps what it prints (standard output and error in the order they come). */
export function runQuietly(step: Step): Promise<StepResult> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(step.command, step.args, { cwd: step.cwd ?? root, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (ok: boolean, more = '') => {
      const output = Buffer.concat(chunks).toString('utf8') + more;
      resolve({ step, ok, ms: performance.now() - begun, output });
    };
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => end(false, `${step.command} could not be started: ${error.message}\n`));
    child.on('close', (code) => end(code === 0));
  });
}

/** Runs a step in the foreground and gives its exit code. */
export function runLoudly(step: Step): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(step.command, step.args, { cwd: step.cwd ?? root, stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals) => void child.kill(signal);
    process.on('SIGTERM', forward).on('SIGINT', forward);
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGTERM', forward).off('SIGINT', forward);
      resolve(code ?? 1);
    });
  });
}
