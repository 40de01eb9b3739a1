import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young part of the heap small for verbs that move much and keep nothing. The pieces of a layer lie outside the heap and
 * go when the young part is full next; at the size it would grow to, more than a thousand pieces of 64 KiB wait for that.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
