/**
 * Answers with a seal (CAC-8): whoever can write to the cache server must not be able to admit images. The seal covers the key and
 * the moment of expiry too, so that a true answer can neither be moved to another question nor be brought back later.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { longestValue } from './verdict-store.ts';
import type { VerdictStore } from './verdict-store.ts';

/** What sealing needs. */
export interface SealOptions {
  /** At least 32 bytes, the same on all replicas. */
  readonly sealKey: Uint8Array;
  readonly now: () => Date;
  /** Told the key of an entry whose seal is wrong: somebody else writes there. */
  readonly onBroken?: (key: string) => void;
}

/** `v1.<expiry in ms>.<64 hexadecimal digits>.<value>` */
const sealed = /^v1\.(\d{1,15})\.([0-9a-f]{64})\.([^]*)$/;

/** Puts a seal around everything that `inner` keeps; an entry without a right one is a miss. */
export function sealStore(inner: VerdictStore, options: SealOptions): VerdictStore {
  if (options.sealKey.byteLength < 32) throw new RangeError('a seal needs a key of at least 32 bytes');
  return {
    async get(key) {
      const text = await inner.get(key);
      if (text === undefined || text.length > longestValue + 128) return undefined;
      const [, expiry = '', seal = '', value = ''] = sealed.exec(text) ?? [];
      const right = sealOf(options.sealKey, { key, expiry, value });
      if (seal === '' || !timingSafeEqual(Buffer.from(seal, 'hex'), right)) {
        options.onBroken?.(key);
        return undefined;
      }
      return Number(expiry) > options.now().getTime() ? value : undefined;
    },
    async set(key, value, ttlSeconds) {
      if (value.length > longestValue) return;
      const expiry = String(Math.floor(options.now().getTime() + ttlSeconds * 1000));
      const seal = sealOf(options.sealKey, { key, expiry, value }).toString('hex');
      await inner.set(key, `v1.${expiry}.${seal}.${value}`, ttlSeconds);
    },
    close: () => inner.close(),
  };
}

function sealOf(sealKey: Uint8Array, parts: { key: string; expiry: string; value: string }): Buffer {
  // Lengths before the texts: two different triples never give the same bytes.
  const { key, expiry, value } = parts;
  return createHmac('sha256', sealKey).update(`${key.length}.${expiry}.${key}${value}`).digest();
}
