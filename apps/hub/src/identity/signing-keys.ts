import type { JWK } from 'jose';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { readBoundedText } from '@pratique/runtime/limit';

/** Fetched keys are current for an hour; the issuer is asked again then, or when an unknown key turns up. */
const freshMs = 60 * 60 * 1_000;
/** Keys outlive an issuer that is down by a day: longer, and a withdrawn key would be honoured for too long. */
const staleMs = 24 * 60 * 60 * 1_000;
/** At most one question to the issuer in this time, whatever unknown keys strangers make up. */
const refetchMs = 30_000;
const fetchTimeoutMs = 10_000;
/** A discovery document or key set of more than this is no such thing: real ones have a few kilobytes. */
const maxDocumentBytes = 256 * 1024;

const Discovery = Type.Object({ issuer: Type.String(), jwks_uri: Type.String() });
const KeySet = Type.Object({
  keys: Type.Array(
    Type.Object({ kty: Type.String(), kid: Type.Optional(Type.String()), use: Type.Optional(Type.String()) }),
    { maxItems: 100 },
  ),
});

/** What fetching the keys needs from the program. */
export interface SigningKeyOptions {
  /** As in the tokens. */
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly fetch?: typeof fetch;
  /** Told when the issuer could not be asked; keys that are known stay in use meanwhile. */
  readonly onProblem: (error: unknown) => void;
}

/** The key of an id, or null when the issuer has none of that id or could not be asked. */
export type SigningKeys = (kid: string) => Promise<JWK | null>;

interface Known {
  readonly byId: ReadonlyMap<string, JWK>;
  readonly fetchedAt: number;
}

/**
 * The signing keys of an issuer, by discovery. Concurrent questions share one fetch; a fetch that fails leaves the
 * known keys in use for up to a day.
 */
export function createSigningKeys(options: SigningKeyOptions): SigningKeys {
  const { now } = options;
  let known: Known | null = null;
  let lastAttempt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    lastAttempt = now();
    try {
      known = { byId: await fetchKeys(options), fetchedAt: now() };
    } catch (error) {
      options.onProblem(error);
    }
  }

  function ask(): Promise<void> {
    if (running === null && now() - lastAttempt < refetchMs) return Promise.resolve();
    return (running ??= refresh().finally(() => {
      running = null;
    }));
  }

  return async (kid) => {
    if (known === null || now() - known.fetchedAt >= freshMs || !known.byId.has(kid)) await ask();
    if (known === null || now() - known.fetchedAt >= staleMs) return null;
    return known.byId.get(kid) ?? null;
  };
}

async function fetchKeys(options: SigningKeyOptions): Promise<ReadonlyMap<string, JWK>> {
  const base = options.issuer.replace(/\/+$/, '');
  const discovery = await fetchDocument(options, `${base}/.well-known/openid-configuration`, Discovery);
  if (discovery.issuer.replace(/\/+$/, '') !== base) throw new Error('the discovery document names another issuer');
  const jwksUri = new URL(discovery.jwks_uri);
  // An issuer behind TLS must not have its keys fetched in the clear.
  if (jwksUri.protocol !== 'https:' && !base.startsWith('http:'))
    throw new Error('the discovery document points to keys without TLS');
  const { keys } = await fetchDocument(options, jwksUri.href, KeySet);
  const byId = new Map<string, JWK>();
  for (const key of keys) {
    if (key.kid !== undefined && (key.use === undefined || key.use === 'sig') && key.kty !== 'oct')
      byId.set(key.kid, key);
  }
  return byId;
}

async function fetchDocument<T extends typeof Discovery | typeof KeySet>(
  options: SigningKeyOptions,
  url: string,
  schema: T,
): Promise<Static<T>> {
  const response = await (options.fetch ?? fetch)(url, {
    signal: AbortSignal.timeout(fetchTimeoutMs),
    headers: { accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const text = await readBoundedText(response.body ?? [], { bytes: maxDocumentBytes, what: `the document ${url}` });
  const parsed: unknown = JSON.parse(text);
  if (!Value.Check(schema, parsed)) throw new Error(`${url} is not the document it should be`);
  return parsed;
}
