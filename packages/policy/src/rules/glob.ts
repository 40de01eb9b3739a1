/**
 * The pattern language of rules (PAT-1): `*` any run of characters, also of `/`, `:` and `@`; `?` one; `[abc]`, `[a-z]`, `[!…]`;
 * `{a,b}`; `\` takes the next character as it is. Matching takes at most (length of the pattern) × (length of the text) steps.
 */

/** A pattern, ready to match. */
export interface Glob {
  readonly text: string;
  /** One per combination of alternatives; a text fits the pattern when it fits one of them. */
  readonly alternatives: readonly Alternative[];
}

/** A pattern without braces. */
export interface Alternative {
  readonly tokens: readonly Token[];
  /** Whether a tag or a digest is written in it: then no other may follow what it matches (PAT-3). */
  readonly carriesTag: boolean;
  readonly carriesDigest: boolean;
}

type Token =
  | { readonly kind: 'one'; readonly character: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'run' }
  | {
      readonly kind: 'set';
      readonly negated: boolean;
      readonly ranges: readonly { readonly from: string; readonly to: string }[];
    };

/** A pattern, read. */
export type ReadGlob =
  | { readonly state: 'valid'; readonly glob: Glob }
  | { readonly state: 'invalid'; readonly problem: string };

/** Image names end at 1024 characters, so longer patterns match nothing. */
const longest = 1024;
/** Combinations of braces, and tokens in all of them: every rule is tried for every image, so a pattern has to stay small. */
const most = { alternatives: 128, tokens: 8_192, depth: 8 } as const;

/** `*`. */
export const run: Token = { kind: 'run' };

/** Reads a pattern. Never throws; the problem is words to stand after `the pattern … cannot be read: `. */
export function readGlob(text: string): ReadGlob {
  if (text === '') return { state: 'invalid', problem: 'it is empty' };
  if (text.length > longest) return { state: 'invalid', problem: `it is longer than ${longest} characters` };
  try {
    const reader = new Reader(text);
    const alternatives = reader.sequence(0).map((tokens) => alternativeOf(tokens));
    return { state: 'valid', glob: { text, alternatives } };
  } catch (error) {
    if (error instanceof PatternProblem) return { state: 'invalid', problem: error.message };
    throw error;
  }
}

/** Whether the whole text fits one alternative. */
export function fits({ tokens }: Alternative, text: string): boolean {
  let at = 0;
  let token = 0;
  // Where the last run began, and how much of the text it has taken so far: only the last needs to be tried again.
  let runToken = -1;
  let runEnd = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current?.kind === 'run') {
      runToken = token;
      runEnd = at;
      token += 1;
    } else if (current !== undefined && takes(current, text.charAt(at))) {
      at += 1;
      token += 1;
    } else if (runToken >= 0) {
      runEnd += 1;
      at = runEnd;
      token = runToken + 1;
    } else return false;
  }
  while (tokens[token]?.kind === 'run') token += 1;
  return token === tokens.length;
}

function takes(token: Exclude<Token, { kind: 'run' }>, character: string): boolean {
  if (token.kind === 'any') return true;
  if (token.kind === 'one') return token.character === character;
  return token.ranges.some(({ from, to }) => from <= character && character <= to) !== token.negated;
}

function alternativeOf(tokens: readonly Token[]): Alternative {
  const written = (token: Token, character: string): boolean => token.kind === 'one' && token.character === character;
  const slash = tokens.findLastIndex((token) => written(token, '/'));
  const last = tokens.slice(slash + 1);
  return {
    // Two runs in a row say no more than one.
    tokens: tokens.filter((token, index) => token.kind !== 'run' || tokens[index - 1]?.kind !== 'run'),
    carriesTag: last.some((token) => written(token, ':')),
    carriesDigest: tokens.some((token) => written(token, '@')),
  };
}

class PatternProblem extends Error {}

/** Reads from left to right; braces give several sequences. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to the end, or inside of braces up to the comma or brace that ends the alternative. */
  sequence(depth: number): Token[][] {
    if (depth > most.depth) throw new PatternProblem(`braces stand in one another more than ${most.depth} times`);
    let sequences: Token[][] = [[]];
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (depth > 0 && (character === ',' || character === '}')) break;
      this.#at += 1;
      const tails = character === '{' ? this.#braces(depth + 1) : [[this.#token(character)]];
      sequences = sequences.flatMap((head) => tails.map((tail) => [...head, ...tail]));
      const tokens = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
      if (sequences.length > most.alternatives || tokens > most.tokens)
        throw new PatternProblem(`its braces stand for more than ${most.alternatives} patterns; write several rules`);
    }
    return sequences;
  }

  #braces(depth: number): Token[][] {
    const found: Token[][] = [];
    for (;;) {
      found.push(...this.sequence(depth));
      const end = this.#text.charAt(this.#at);
      this.#at += 1;
      if (end === '}') return found;
      if (end === '') throw new PatternProblem('a { has no }');
    }
  }

  #token(character: string): Token {
    switch (character) {
      case '*':
        return run;
      case '?':
        return { kind: 'any' };
      case '[':
        return this.#set();
      case '\\':
        return { kind: 'one', character: this.#escaped() };
      default:
        return { kind: 'one', character };
    }
  }

  #escaped(): string {
    const character = this.#text.charAt(this.#at);
    if (character === '') throw new PatternProblem('it ends with a single \\, which takes the next character as it is');
    this.#at += 1;
    return character;
  }

  #set(): Token {
    const negated = this.#text.charAt(this.#at) === '!';
    if (negated) this.#at += 1;
    const ranges: { from: string; to: string }[] = [];
    for (;;) {
      const from = this.#member();
      if (from === undefined) break;
      const isRange = this.#text.charAt(this.#at) === '-' && !['', ']'].includes(this.#text.charAt(this.#at + 1));
      if (isRange) this.#at += 1;
      const to = isRange ? (this.#member() ?? from) : from;
      if (to < from) throw new PatternProblem(`the range ${from}-${to} ends before it begins`);
      ranges.push({ from, to });
    }
    if (ranges.length === 0) throw new PatternProblem('[] names no character');
    return { kind: 'set', negated, ranges };
  }

  /** The next character of a set; undefined at its end, which is consumed. */
  #member(): string | undefined {
    const character = this.#text.charAt(this.#at);
    if (character === '') throw new PatternProblem('a [ has no ]');
    this.#at += 1;
    if (character === ']') return undefined;
    return character === '\\' ? this.#escaped() : character;
  }
}
