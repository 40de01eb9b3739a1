/**
 * Chance without state: a draw depends only on the seed and on what it is drawn for, so adding an
 * image changes nothing about the others and the same seed always gives the same fleet.
 */
import { createHash } from 'node:crypto';

/** Makes draws for one seed. */
export interface Draw {
  /** A number in [0, 1) for these keys. */
  number(...keys: readonly (string | number)[]): number;
  /** A whole number in [low, high], both included. */
  between(low: number, high: number, ...keys: readonly (string | number)[]): number;
  /** Whether something of probability `share` happens. */
  chance(share: number, ...keys: readonly (string | number)[]): boolean;
  /** One element of a non-empty list. */
  pick<T>(list: readonly T[], ...keys: readonly (string | number)[]): T;
  /** A UUID for these keys, in the form of version 4. */
  uuid(...keys: readonly (string | number)[]): string;
  /** Hex digits of SHA-256 over seed and keys. */
  hex(...keys: readonly (string | number)[]): string;
}

/** The draws of `seed`. */
export function drawFrom(seed: number | string): Draw {
  const start = mix(0x811c9dc5, String(seed));
  const number: Draw['number'] = (...keys) =>
    finish(keys.reduce<number>((state, key) => mix(state, String(key)), start)) / 2 ** 32;
  const hex: Draw['hex'] = (...keys) =>
    createHash('sha256')
      .update([seed, ...keys].join('\0'))
      .digest('hex');
  return {
    number,
    hex,
    between: (low, high, ...keys) => low + Math.floor(number(...keys) * (high - low + 1)),
    chance: (share, ...keys) => number(...keys) < share,
    pick: (list, ...keys) => element(list, Math.floor(number(...keys) * list.length)),
    uuid: (...keys) => asUuid(hex(...keys), '4'),
  };
}

/** The first 32 of some hex digits as a UUID of that version. */
export function asUuid(hex: string, version: '4' | '5'): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    version + hex.slice(13, 16),
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

function element<T>(list: readonly T[], index: number): T {
  if (index >= list.length) {
    throw new RangeError('an element was drawn from an empty list');
  }
  return list[index] as T;
}

/** FNV-1a over the text and a separator, so that ('a','bc') and ('ab','c') differ. */
function mix(state: number, text: string): number {
  let hash = state;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return Math.imul(hash ^ 0xff, 0x01000193);
}

/** FNV leaves the high bits poor for short keys; this is the finaliser of MurmurHash3. */
function finish(state: number): number {
  let hash = state;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
