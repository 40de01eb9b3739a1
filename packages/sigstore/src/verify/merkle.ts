/** Audit paths of RFC 6962 section 2.1: that an entry is in a tree, shown by the hashes beside its way to the root. */
import { digestOf } from './bytes.ts';

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** A position in a tree and the hashes beside its way up. */
export interface AuditPath {
  readonly index: number;
  readonly treeSize: number;
  readonly hashes: readonly Uint8Array[];
}

/** Hash of an entry as a leaf. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return digestOf('sha256', leafPrefix, entry);
}

/**
 * The root that the path leads to, or undefined where position, size and number of hashes do not fit together. Counted with
 * `bigint`, since sizes may exceed 32 bits.
 */
export function rootOf(leaf: Uint8Array, path: AuditPath): Uint8Array | undefined {
  if (!Number.isSafeInteger(path.index) || !Number.isSafeInteger(path.treeSize)) return undefined;
  if (path.index < 0 || path.index >= path.treeSize) return undefined;
  if (path.hashes.some((hash) => hash.length !== 32)) return undefined;
  let position = BigInt(path.index);
  let last = BigInt(path.treeSize) - 1n;
  let node = leaf;
  for (const sibling of path.hashes) {
    if (last === 0n) return undefined;
    if ((position & 1n) === 1n || position === last) {
      node = digestOf('sha256', nodePrefix, sibling, node);
      // A last node without a right neighbour moves up unhashed until it has a left one.
      while ((position & 1n) === 0n && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      node = digestOf('sha256', nodePrefix, node, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? node : undefined;
}
