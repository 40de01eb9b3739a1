/** Surroundings of a verb in a test: what it printed can be read, what it is told is written before. */
import type { Input } from './input.ts';
import type { Surroundings } from './surroundings.ts';
import type { Asked } from './verb.ts';

/** What the outside is. */
export interface Outside {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What comes through the pipe. */
  readonly piped?: string;
  /** What a person types, in order; given, the input is a terminal. */
  readonly typed?: readonly string[];
  readonly now?: Date;
}

/** Surroundings and what became of them. */
export interface TestSurroundings {
  readonly surroundings: Surroundings;
  out(): string;
  said(): string;
}

/** Builds them. */
export function surroundingsForTest({ env = {}, piped = '', typed, now }: Outside = {}): TestSurroundings {
  const printed = { out: '', said: '' };
  const surroundings: Surroundings = {
    env,
    out: (text) => void (printed.out += typeof text === 'string' ? text : Buffer.from(text).toString('utf8')),
    say: (line) => void (printed.said += `${line}\n`),
    input: inputForTest(piped, typed),
    now: () => now ?? new Date('2026-01-02T03:04:05Z'),
    signal: AbortSignal.timeout(60_000),
    verbose: false,
    isWatched: false,
    isDrawn: false,
  };
  return { surroundings, out: () => printed.out, said: () => printed.said };
}

function inputForTest(piped: string, typed: readonly string[] | undefined): Input {
  const answers = [...(typed ?? [])];
  let left = piped;
  return {
    isTerminal: typed !== undefined,
    async line() {
      if (typed !== undefined) return answers.shift();
      if (left === '') return undefined;
      const [first = '', ...rest] = left.split('\n');
      left = rest.join('\n');
      return first;
    },
    async rest() {
      const all = left;
      left = '';
      return Buffer.from(all);
    },
    async hidden() {
      return answers.shift() ?? '';
    },
  };
}

/** What is asked of a verb, with the flags a person gave. */
export function asked<F>(flags: F, words: readonly string[] = [], given: readonly string[] = []): Asked<F> {
  return { words, flags, isGiven: (key) => given.includes(key) };
}
