/** What a verb may touch of the process that runs it. Tests give their own, so a verb runs without a process. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { usageFault } from '../errors.ts';
import { standardInput, type Input } from './input.ts';

/** See the top of this file. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results: standard output, or the file of `--output-file`. */
  readonly out: (text: string | Uint8Array) => void;
  /** One line about what is going on: standard error. */
  readonly say: (line: string) => void;
  readonly input: Input;
  readonly now: () => Date;
  /** Ends every wait: `--timeout` or Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether every request is to be told (`--verbose`). */
  readonly verbose: boolean;
  /** Whether a person watches standard error, so that progress may be drawn. */
  readonly isWatched: boolean;
  /** Whether results go to a terminal, so that they may be drawn rather than listed. */
  readonly isDrawn: boolean;
}

/** The root flags as typed. */
export interface RootFlags {
  readonly timeout: string;
  readonly verbose: boolean;
  readonly outputFile?: string;
}

/** Surroundings of the running process, and how to let go of them. */
export interface ProcessSurroundings {
  readonly surroundings: Surroundings;
  /** Waits until everything was written. */
  readonly end: () => Promise<void>;
}

/** The process as it is. The limit of time counts from here. */
export function processSurroundings(flags: RootFlags): ProcessSurroundings {
  const file = flags.outputFile === undefined ? undefined : createWriteStream(flags.outputFile, { mode: 0o644 });
  const broken = file === undefined ? new Promise<never>(() => undefined) : whenBroken(file);
  broken.catch(() => undefined);
  const milliseconds = parseDuration(flags.timeout);
  const surroundings: Surroundings = {
    env: process.env,
    out: (text) => void (file ?? process.stdout).write(text),
    say: (line) => void process.stderr.write(`${line}\n`),
    input: standardInput(),
    now: () => new Date(),
    signal: AbortSignal.any([AbortSignal.timeout(milliseconds)]),
    verbose: flags.verbose,
    isWatched: process.stderr.isTTY,
    isDrawn: file === undefined && process.stdout.isTTY,
  };
  return { surroundings, end: () => closing(file, broken) };
}

function whenBroken(file: WriteStream): Promise<never> {
  return new Promise((_resolve, reject) => file.once('error', reject));
}

async function closing(file: WriteStream | undefined, broken: Promise<never>): Promise<void> {
  if (file === undefined) return;
  await Promise.race([new Promise<void>((resolve) => file.end(() => resolve())), broken]);
}

const unitsInMilliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * A duration as Go writes it: `3m`, `1m30s`, `500ms`; a number alone is seconds.
 *
 * @throws Fault `usage`
 */
export function parseDuration(text: string): number {
  if (/^\d+$/.test(text)) return checked(Number(text) * 1000, text);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) throw badDuration(text);
  let total = 0;
  for (const [, number = '', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(number) * unitsInMilliseconds[unit as keyof typeof unitsInMilliseconds];
  }
  return checked(total, text);
}

// A timer of Node holds 31 bits of milliseconds, about 24 days.
function checked(milliseconds: number, text: string): number {
  if (milliseconds <= 0 || milliseconds > 2_147_483_647) throw badDuration(text);
  return milliseconds;
}

function badDuration(text: string): Error {
  return usageFault(
    `--timeout is "${text.slice(0, 40)}", which is no duration.`,
    'Write it as 90s, 3m or 1m30s; at most 24 days.',
  );
}
