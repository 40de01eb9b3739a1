/** How the console writes its state into the address: plain `key=value`, repeated for lists. Links in mails and
 * scripts are written by hand, so nothing is quoted or JSON-encoded as the router would do by itself. */

const maxParams = 100;

/** Reads `?a=1&b=2&b=3` as `{a: '1', b: ['2', '3']}`. Values stay text; each page's schema gives them a type. */
export function parseSearch(search: string): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [key, value] of [...new URLSearchParams(search)].slice(0, maxParams)) {
    if (key === '__proto__') continue;
    const before = Object.hasOwn(out, key) ? out[key] : undefined;
    if (before === undefined) out[key] = value;
    else out[key] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return out;
}

/** The opposite of {@link parseSearch}. Absent and empty values leave no trace. */
export function stringifySearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined || one === null || one === '') continue;
      out.append(key, String(one));
    }
  }
  const encoded = out.toString();
  return encoded === '' ? '' : `?${encoded}`;
}
