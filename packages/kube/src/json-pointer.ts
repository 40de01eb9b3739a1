/** JSON pointers (RFC 6901): how a patch names a field. */

/** The pointer to a field: each segment escaped, the empty list is the whole document. */
export function jsonPointer(segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * The value a pointer names, or undefined where there is none. Only what the document itself holds is found, never what
 * objects inherit; array indices have no sign and no leading zeros (RFC 6901 section 4).
 */
export function valueAt(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  if (!pointer.startsWith('/')) return undefined;
  let value = document;
  for (const escaped of pointer.slice(1).split('/')) {
    const segment = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    value = memberOf(value, segment);
    if (value === undefined) return undefined;
  }
  return value;
}

function memberOf(value: unknown, segment: string): unknown {
  if (Array.isArray(value))
    return /^(?:0|[1-9]\d{0,9})$/.test(segment) ? (value[Number(segment)] as unknown) : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
  return (value as Record<string, unknown>)[segment];
}
