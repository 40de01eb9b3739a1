/** The tree of RFC 6962 section 2.1 over entries in order, small enough to be computed anew for every question. */
import { sha256 } from './keys.ts';

/** The hash of an entry as a leaf. */
export function leafHash(body: Uint8Array): Buffer {
  return sha256(Buffer.from([0]), body);
}

/** The head of the tree over these leaf hashes. */
export function treeHead(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256('');
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return sha256(Buffer.from([1]), treeHead(leaves.slice(0, split)), treeHead(leaves.slice(split)));
}

/** The audit path of the leaf at `index`, nearest sibling first. */
export function auditPath(leaves: readonly Buffer[], index: number): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...auditPath(leaves.slice(0, split), index), treeHead(leaves.slice(split))]
    : [...auditPath(leaves.slice(split), index - split), treeHead(leaves.slice(0, split))];
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
