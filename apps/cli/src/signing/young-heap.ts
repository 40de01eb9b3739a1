import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Often enough that a fast copy leaves less than ten MiB in between, rarely enough to cost nothing. */
const sweepMs = 20;

/**
 * Keeps the young part of the heap small and swept, for verbs that move much and keep nothing. The pieces of a layer lie outside the
 * heap and go when the young part is swept next; left to itself that is after more than a thousand pieces of 64 KiB.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const sweep = runInNewContext('gc') as (how: { readonly type: 'minor' }) => void;
  setInterval(() => sweep({ type: 'minor' }), sweepMs).unref();
}
