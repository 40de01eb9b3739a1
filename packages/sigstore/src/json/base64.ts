/** Base64 that says no. `Buffer.from(text, 'base64')` skips whatever it does not know, so a signature could be read two ways. */

const standard = /^[A-Za-z0-9+/]*={0,2}$/;
const anyAlphabet = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Standard alphabet with padding (RFC 4648 section 4, as Go's `StdEncoding`); undefined where the text is anything else. */
export function strictBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !standard.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/** As protobuf JSON reads bytes: standard or URL-safe alphabet, padding optional; undefined where the text is anything else. */
export function tolerantBase64(text: string): Uint8Array | undefined {
  if (!anyAlphabet.test(text)) return undefined;
  const bare = text.replace(/=+$/, '');
  if (bare.length % 4 === 1 || (bare.length !== text.length && text.length % 4 !== 0)) return undefined;
  return Buffer.from(bare, 'base64url');
}

/** Standard alphabet with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
