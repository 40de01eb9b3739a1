import { createHash, timingSafeEqual } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

/** A key that a spoke may present, as the settings give it. */
export interface SpokeKey {
  /** Secret. */
  readonly key: string;
  /** Shown in logs in place of the key. */
  readonly name: string | null;
  /** The clusters this spoke may speak for; null: any. */
  readonly clusters: readonly string[] | null;
  /** Whether a caller of this key may be of the security team. */
  readonly allowSecTeam: boolean;
}

/** Shorter keys can be guessed; they are accepted with a warning, because existing installations have them. */
export const shortKeyLength = 16;

const KeyObject = Type.Object(
  {
    key: Type.String({ minLength: 1, maxLength: 1024 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    clusters: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 100 })),
    allow_sec_team: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
type KeyObject = Static<typeof KeyObject>;

/**
 * Reads `SPOKE_API_KEYS` in any of its three forms: `["key", …]`, `key,key`, or
 * `[{"key": …, "name": …, "clusters": […], "allow_sec_team": …}, …]`. At most 1,000 keys.
 *
 * A key that is bound to clusters never grants the security team unless it says so; an unbound one does, unless it
 * says no.
 *
 * @throws Error with a sentence that repeats no key
 */
export function parseSpokeKeys(text: string): readonly SpokeKey[] {
  const items = text.trim().startsWith('[') ? parseJsonArray(text) : text.split(',').map((item) => item.trim());
  const keys = items.filter((item) => item !== '').map((item, index) => readKey(item, index + 1));
  if (keys.length > 1_000) throw new Error('more than 1,000 keys');
  const seen = new Set<string>();
  for (const [index, { key }] of keys.entries()) {
    if (seen.has(key)) throw new Error(`key ${index + 1} is the same as an earlier one`);
    seen.add(key);
  }
  return keys;
}

function parseJsonArray(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // The parser's own message quotes the text around the mistake, which is a secret.
  }
  throw new Error('begins with [ but is not a JSON array');
}

function readKey(item: unknown, position: number): SpokeKey {
  if (typeof item === 'string') return { key: item.trim(), name: null, clusters: null, allowSecTeam: true };
  if (!Value.Check(KeyObject, item)) {
    const at = Value.Errors(KeyObject, item)[0]?.instancePath.replace(/^\//, '');
    throw new Error(
      `key ${position} is neither text nor {"key", "name"?, "clusters"?, "allow_sec_team"?}${at ? ` (see ${at})` : ''}`,
    );
  }
  const object: KeyObject = item;
  const clusters = object.clusters ?? null;
  return {
    key: object.key.trim(),
    name: object.name ?? null,
    clusters,
    allowSecTeam: object.allow_sec_team ?? clusters === null,
  };
}

/** Finds the key that a request presents. */
export type KeyRing = (presented: string) => SpokeKey | null;

/**
 * Digests the keys once. Looking up compares fixed-length digests in constant time and always walks the whole list, so
 * that neither length nor position nor number of equal characters can be measured.
 *
 * @example
 * const find = keyRing(parseSpokeKeys('first-key-of-cluster-a,second-key'));
 * find('second-key'); // the key
 * find('Second-key'); // null
 */
export function keyRing(keys: readonly SpokeKey[]): KeyRing {
  const ring = keys.map((key) => ({ key, digest: digest(Buffer.from(key.key, 'utf8')) }));
  return (presented) => {
    const wanted = digest(headerBytes(presented));
    let found: SpokeKey | null = null;
    for (const candidate of ring) {
      if (timingSafeEqual(candidate.digest, wanted)) found = candidate.key;
    }
    return found;
  };
}

/** Node hands header bytes out as Latin-1; anything else never came over the wire and must not be folded into it. */
function headerBytes(value: string): Buffer {
  for (let index = 0; index < value.length; index += 1) {
    if (value.charCodeAt(index) > 0xff) return Buffer.from(value, 'utf8');
  }
  return Buffer.from(value, 'latin1');
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
