/** The `.env` file: assignments a person writes by hand, so every line that is none is reported. */

/** What a `.env` text holds. Later assignments win over earlier ones. */
export interface DotenvContent {
  readonly values: ReadonlyMap<string, string>;
  /** Lines that are neither an assignment, a comment nor blank; counted from 1. Their text may be secret. */
  readonly badLines: readonly number[];
}

const blank = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
const assignment = /[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][A-Za-z0-9_.]*)[^\S\n]*=[^\S\n]*/y;
const quoted = /(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)")[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
const bare = /([^\n]*)(?:\n|$)/y;

/**
 * Reads `NAME=value` lines: an optional `export`, values bare, in single quotes (taken as they are) or in double
 * quotes (`\n`, `\t`, `\"`, `\\` mean what they do elsewhere); quoted values may span lines; a `#` at the beginning of a
 * line, after a quoted value, or after a blank in a bare one begins a comment. Nothing is substituted.
 */
export function parseDotenv(source: string): DotenvContent {
  const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const values = new Map<string, string>();
  const badLines: number[] = [];
  let at = 0;
  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  }
  while (at < text.length) {
    if (take(blank) !== null) continue;
    const lineStart = at;
    const name = take(assignment)?.[1];
    const value = name === undefined ? undefined : readValue(take, /['"]/.test(text[at] ?? ''));
    if (name !== undefined && value !== undefined) values.set(name, value);
    else {
      badLines.push(text.slice(0, lineStart).split('\n').length);
      at = lineStart;
      take(bare);
    }
  }
  return { values, badLines };
}

function readValue(take: (pattern: RegExp) => RegExpExecArray | null, isQuoted: boolean): string | undefined {
  if (!isQuoted)
    return take(bare)?.[1]
      ?.replace(/(?:^|\s)#.*$/, '')
      .trim();
  const match = take(quoted);
  if (match === null) return undefined;
  return (
    match[1] ??
    match[2]?.replace(/\\([\s\S])/g, (_whole, character: string) => escapes.get(character) ?? `\\${character}`)
  );
}

const escapes = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
  ['$', '$'],
]);
