/** Mirrors: asked first and never relied on. What they cannot answer is asked of the registry itself. */
import type { Waiting } from '../store.ts';
import { nameOf } from './reading.ts';
import type { Place, RegistryNotice } from './session.ts';

/** A mirror of one repository. */
export interface MirrorPlace {
  readonly place: Place;
  readonly use: 'digests' | 'all';
}

/** For what mirrors are asked. */
export interface MirrorWish {
  /** Whether a digest names what is read, so that nothing wrong can be taken for it. */
  readonly byDigest: boolean;
  readonly waiting: Waiting | undefined;
  readonly onNotice: (notice: RegistryNotice) => void;
}

/** Reads the first piece, so that a source that fails at once, or holds something wrong in one piece, is found out. */
export async function begun(pieces: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const reading = pieces[Symbol.asyncIterator]();
  const first = await reading.next();
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let next = first; next.done !== true; next = await reading.next()) yield next.value;
    } finally {
      await reading.return?.();
    }
  }
  return all();
}

/**
 * Tries mirrors in their order.
 *
 * @returns undefined where none of them has it; why one failed is told to `onNotice`, and is no fault
 */
export async function readMirrors<T>(
  mirrors: readonly MirrorPlace[],
  wish: MirrorWish,
  read: (place: Place) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const { place, use } of mirrors) {
    if (!wish.byDigest && use !== 'all') continue;
    try {
      const found = await read(place);
      if (found !== undefined) return found;
    } catch (error) {
      wish.waiting?.signal?.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      const { host } = place.owner;
      wish.onNotice({ kind: 'mirror-failed', host, message: `The mirror ${nameOf(place)} was passed over: ${why}` });
    }
  }
  return undefined;
}
