/** JSON that two readers cannot understand differently. */
import { excerpt } from '@pratique/runtime/fault';
import { ociFault } from './errors.ts';
import { jsonDepth } from './limits.ts';

/**
 * Parses JSON strictly: valid UTF-8 without a byte order mark, nesting bounded, no member twice in one object. A digest
 * covers the bytes, not their meaning, so a manifest whose second `layers` wins here and whose first wins in the runtime
 * would be two images under one signature.
 *
 * @param what What is read, for the message: `the manifest of registry/app:1`.
 * @throws Fault `manifest-invalid`
 */
export function parseStrictJson(bytes: Uint8Array, what: string): unknown {
  const text = decode(bytes, what);
  // First the syntax: the walk below relies on strings that end.
  const value = parse(text, what);
  checkStructure(text, what);
  return value;
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalidJson(what, 'it is not UTF-8 text', cause);
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidJson(what, `it is not JSON and begins “${excerpt(text, 60)}”`, cause);
  }
}

/** Walks valid JSON once: refuses depth, and members that occur twice after their escapes are read. */
function checkStructure(text: string, what: string): void {
  const open: (Set<string> | undefined)[] = [];
  let name = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      // Only what may be a member is decoded: a string that a colon follows.
      if (isMember(text, end)) name = JSON.parse(text.slice(at, end + 1)) as string;
      at = end;
    } else if (character === ':') addMember(open.at(-1), name, what);
    else if (character === '{' || character === '[') open.push(character === '{' ? new Set() : undefined);
    else if (character === '}' || character === ']') open.pop();
    if (open.length > jsonDepth) throw invalidJson(what, `it nests deeper than ${jsonDepth} levels`);
  }
}

function addMember(members: Set<string> | undefined, name: string, what: string): void {
  if (members?.has(name)) throw invalidJson(what, `the member “${excerpt(name)}” occurs twice in one object`);
  members?.add(name);
}

/** The closing quote of the string that begins at `start`: the next one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
}

function isMember(text: string, end: number): boolean {
  let next = end + 1;
  while (' \t\n\r'.includes(text[next] ?? 'x')) next += 1;
  return text[next] === ':';
}

function invalidJson(what: string, problem: string, cause?: unknown): Error {
  return ociFault({
    code: 'manifest-invalid',
    message: `${what.charAt(0).toUpperCase()}${what.slice(1)} cannot be read: ${problem}.`,
    hint: 'Check that the name points at an image; if it does, push the image again with a current tool.',
    values: { what, problem },
    cause,
  });
}
