/** Keeping secrets out of what people and logs see. */

/** What stands where a secret was. */
export const mask = '***';

/**
 * Hides the credentials inside any URL of the text, and password-like query values. Reads up to the last `@`
 * of the word, because an unescaped password may itself contain `@` or `/`.
 *
 * @example
 * maskUrls('postgres://app:s3cret@db/hub') // 'postgres://app:***@db/hub'
 */
export function maskUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)(\S*)@/gi, (_whole, scheme: string, credentials: string) => {
      const user = /^([^:@/]*):/.exec(credentials)?.[1];
      return user === undefined ? `${scheme}${mask}@` : `${scheme}${user}:${mask}@`;
    })
    .replace(/([?&][^=&\s]*(?:password|passwd|secret|token|apikey|api_key)[^=&\s]*=)[^&\s]*/gi, `$1${mask}`);
}

/** A copy of plain data in which every string has its URLs masked. */
export function maskDeep(value: unknown): unknown {
  if (typeof value === 'string') return maskUrls(value);
  if (Array.isArray(value)) return value.map(maskDeep);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskDeep(item)]));
  }
  return value;
}
