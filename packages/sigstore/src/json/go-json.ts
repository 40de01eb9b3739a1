/**
 * JSON written as Go's `encoding/json` writes it, because cosign is a Go program: a payload written with other escapes is a
 * valid signature under another digest, and the same signature would be stored twice.
 */

/** JSON that is written as it was read: parsing it and writing it again would round large numbers and move members. */
export class RawJson {
  readonly text: string;

  /** @param text Valid JSON; the caller has parsed it. */
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * What can be written. Members are written in the order of the object; a Map keeps its order whatever its names are, where
 * an object would move names such as `10` to the front.
 */
export type GoJson =
  | string
  | number
  | boolean
  | null
  | RawJson
  | readonly GoJson[]
  | ReadonlyMap<string, GoJson>
  | { readonly [name: string]: GoJson | undefined };

// Beyond what JSON demands: < > & for HTML and the two line separators for JavaScript (Go, `encoding/json`, HTMLEscape).
const escapedByGo = /[<>&\u2028\u2029]/g;

/** Compact JSON text with Go's escapes. Members that are undefined are left out. */
export function goJson(value: GoJson): string {
  if (typeof value === 'string') return goText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof RawJson) return value.text;
  if (isList(value)) return `[${value.map(goJson).join(',')}]`;
  const members = value instanceof Map ? [...value] : Object.entries(value);
  const written = members.flatMap(([name, inner]) => (inner === undefined ? [] : [`${goText(name)}:${goJson(inner)}`]));
  return `{${written.join(',')}}`;
}

/** The members in the order Go sorts the keys of a map: by UTF-8 bytes, which is by code point. */
export function sortedMembers<V>(members: Readonly<Record<string, V>>): ReadonlyMap<string, V> {
  return new Map(Object.entries(members).sort(([left], [right]) => byCodePoint(left, right)));
}

/** Compares two texts by code point; the default order of JavaScript is by UTF-16 unit and differs above U+FFFF. */
export function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

// Lone surrogates cannot be UTF-8; Go writes the replacement character for them, JSON.stringify an escape.
function goText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    escapedByGo,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isList(value: GoJson & object): value is readonly GoJson[] {
  return Array.isArray(value);
}
