/** Reading a source file just far enough to see what it imports and which globals it touches. */

/** One import, re-export or dynamic import. */
export interface ImportFound {
  readonly specifier: string;
  /** Counted from 1. */
  readonly line: number;
  /** `import('…')`, loaded only when that code runs. */
  readonly lazy: boolean;
}

/** What is seen of a source file. */
export interface SourceView {
  readonly imports: readonly ImportFound[];
  /** The text with comments, strings, templates and regular expressions blanked out; lines and columns stay. */
  readonly code: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Reads a TypeScript or JavaScript text. Import-like words inside strings and comments do not count. */
export function viewSource(text: string): SourceView {
  const strings = new Map<number, string>();
  const pieces: string[] = [];
  let at = 0;
  let kept = 0;
  while (at < text.length) {
    const span = spanAt(text, at);
    if (span === undefined) {
      at += 1;
      continue;
    }
    if (text[span.start] === "'" || text[span.start] === '"')
      strings.set(span.start, text.slice(span.start + 1, span.end - 1));
    pieces.push(text.slice(kept, span.start), blank(text.slice(span.start, span.end)));
    at = span.end;
    kept = span.end;
  }
  const code = [...pieces, text.slice(kept)].join('');
  return { imports: importsIn(code, strings), code };
}

/** The line of a position, counted from 1. */
export function lineOf(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function importsIn(code: string, strings: ReadonlyMap<number, string>): readonly ImportFound[] {
  const found: ImportFound[] = [];
  // A string directly after `from` or `import` is nothing else in this language.
  for (const match of code.matchAll(/\b(?:from|import)\s*(\(?)\s*(?=['"])/g)) {
    const specifier = strings.get(match.index + match[0].length);
    if (specifier !== undefined) found.push({ specifier, line: lineOf(code, match.index), lazy: match[1] === '(' });
  }
  return found;
}

/** The comment, string, template or regular expression that begins here, if one does. */
function spanAt(text: string, start: number): Span | undefined {
  switch (text[start]) {
    case "'":
    case '"':
      return stringAt(text, start);
    case '`':
      return { start, end: templateEnd(text, start + 1) };
    case '/':
      return slashAt(text, start);
    default:
      return undefined;
  }
}

// Ends at a line break too: then it was an apostrophe in the text of a page, not a string.
function stringAt(text: string, start: number): Span | undefined {
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === text[start]) return { start, end: at + 1 };
  }
  return undefined;
}

function templateEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '\\') at += 2;
    else if (text.startsWith('${', at)) at = substitutionEnd(text, at + 2);
    else at += 1;
  }
  return at + 1;
}

function substitutionEnd(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (at < text.length && depth > 0) {
    const span = spanAt(text, at);
    if (span !== undefined) at = span.end;
    else {
      if (text[at] === '{') depth += 1;
      if (text[at] === '}') depth -= 1;
      at += 1;
    }
  }
  return at;
}

function slashAt(text: string, start: number): Span | undefined {
  if (text[start + 1] === '/') return { start, end: endOf(text, '\n', start) };
  if (text[start + 1] === '*') return { start, end: endOf(text, '*/', start + 2) };
  return beginsExpression(text, start) ? regexAt(text, start) : undefined;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

// A slash divides after a value and begins a regular expression everywhere else.
function beginsExpression(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start).trimEnd();
  return before === '' || /[([,=:!&|?{};+\-*%~^]$|=>$|\b(?:return|case|typeof|of|in|await|yield|throw)$/.test(before);
}

function regexAt(text: string, start: number): Span | undefined {
  let inClass = false;
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
    else if (text[at] === '/' && !inClass) return { start, end: at + 1 };
  }
  return undefined;
}

// Quotes stay, so that a string can be told from nothing.
function blank(piece: string): string {
  const quote = piece[0] === "'" || piece[0] === '"' ? piece[0] : undefined;
  // A backslash carries a string over the end of a line: the break stays one.
  const blanked = piece.replace(/[^\n]/g, ' ');
  return quote === undefined ? blanked : quote + blanked.slice(1, -1) + quote;
}
