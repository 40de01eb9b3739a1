import { identityHeaders } from '@pratique/hub/contract';

/** The identity headers of one request, as they came over the wire. */
export interface IdentityHeaders {
  readonly key: string | undefined;
  readonly user: string | undefined;
  readonly email: string | undefined;
  readonly groups: string | undefined;
  readonly namespaces: string | undefined;
  readonly namespaceEmails: string | undefined;
  readonly authorization: string | undefined;
  readonly devPerson: string | undefined;
  /** Names of identity headers that were sent more than once. */
  readonly repeated: readonly string[];
}

const names = { ...identityHeaders, authorization: 'authorization', devPerson: 'x-dev-person' } as const;
const known = new Set<string>(Object.values(names));

/**
 * Picks the identity headers from the raw list of names and values. Node would join repeated headers with a comma,
 * which turns a client's own header in front of the proxy's into one longer list; so repetition is reported.
 */
export function readIdentityHeaders(rawHeaders: readonly string[]): IdentityHeaders {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!known.has(name)) continue;
    if (values.has(name)) repeated.add(name);
    values.set(name, rawHeaders[index + 1] ?? '');
  }
  const entries = Object.entries(names).map(([key, name]) => [key, values.get(name)]);
  return {
    ...(Object.fromEntries(entries) as Record<keyof typeof names, string | undefined>),
    repeated: [...repeated],
  };
}
