import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The file that `pratique` runs. */
const main = fileURLToPath(new URL('main.ts', import.meta.url));
/** The root of the checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A command that was started. */
export interface Started {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  out(): string;
  err(): string;
  /** The next line of standard output; fails when the command ends without one. */
  line(): Promise<string>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Environment of a command: nothing of ours that could change what it does. */
function environment(changes: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NO_COLOR: '1', ...changes };
}

/** Starts `pratique` with these words. */
export function pratique(words: readonly string[], changes: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: root,
    env: environment(changes),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const line = () =>
    new Promise<string>((resolve, reject) => {
      const look = () => printed.out.includes('\n') && resolve(printed.out.slice(0, printed.out.indexOf('\n')));
      child.stdout.on('data', look);
      void ended.then((code) => reject(new Error(`it ended with ${code} and said: ${printed.err}`)));
      look();
    });
  return { child, out: () => printed.out, err: () => printed.err, line, ended };
}

/** A process and everything it has started, directly or not. Linux only. */
export function familyOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      continue; // ended meanwhile
    }
  }
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}

/** Whether a process is there and not merely waiting to be forgotten. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
