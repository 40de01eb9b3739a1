/** Headers of a receiver as its configuration writes them. */

/** Headers by name in lower case, or what is wrong with one; its value is not repeated, for it may be a key. */
export type ReadHeaders =
  | { readonly state: 'read'; readonly headers: ReadonlyMap<string, string> }
  | { readonly state: 'wrong'; readonly problem: string };

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const text = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** They are about the connection, which is ours. */
const ours = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/** The content type of JSON, and over it what is configured, whatever its case (ALR-4). */
export function readHeaders(pairs: readonly (readonly [name: string, value: string])[]): ReadHeaders {
  const headers = new Map([['content-type', 'application/json']]);
  for (const [index, [written, value]] of pairs.entries()) {
    const name = written.toLowerCase();
    const flaw = flawOf(name, value);
    if (flaw !== undefined) return { state: 'wrong', problem: `customHeaders[${index}] ${flaw}` };
    headers.set(name, value);
  }
  return { state: 'read', headers };
}

function flawOf(name: string, value: string): string | undefined {
  if (!token.test(name)) return 'has a name that no header can have';
  if (ours.has(name)) return `sets ${name}, which belongs to the connection`;
  return text.test(value) ? undefined : 'has a value with characters that no header can have';
}
