/**
 * Canonical JSON as TUF signs it: members sorted by their bytes, no space, only quote and backslash escaped, whole numbers.
 * http://wiki.laptop.org/go/Canonical_JSON, in the dialect of docker's Go library that Notary uses.
 */

/**
 * The bytes under a signature.
 *
 * @throws RangeError for numbers that are not whole or not exact: two programs could write them differently
 */
export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(written(value));
}

function written(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'number') return wholeNumber(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object') throw new RangeError('no JSON value');
  const members = Object.entries(value).map(
    ([name, member]) => [Buffer.from(name), `${quoted(name)}:${written(member)}`] as const,
  );
  const sorted = members.sort(([one], [other]) => Buffer.compare(one, other));
  return `{${sorted.map(([, text]) => text).join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError('a number that is not whole');
  // Minus zero is zero.
  return String(value + 0);
}
