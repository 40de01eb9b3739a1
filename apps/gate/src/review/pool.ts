/** How many verifications run at once: in all, and for one registry, so that a slow one leaves room for the others. */
import pLimit from 'p-limit';
import type { LimitFunction } from 'p-limit';

/** See {@link createPool}. */
export interface Pool {
  /** Runs the work when there is room, or answers `full` at once where too much is waiting already. */
  run<T>(registry: string, work: () => Promise<T>): Promise<T> | 'full';
  /** Under way and waiting. */
  readonly size: number;
}

/** Makes a pool. */
export function createPool(limits: {
  readonly images: number;
  readonly imagesPerRegistry: number;
  readonly waiting: number;
}): Pool {
  const all = pLimit(limits.images);
  const perRegistry = new Map<string, { readonly limit: LimitFunction; users: number }>();
  let size = 0;
  async function inTurn<T>(registry: string, work: () => Promise<T>): Promise<T> {
    const entry = perRegistry.get(registry) ?? { limit: pLimit(limits.imagesPerRegistry), users: 0 };
    perRegistry.set(registry, entry);
    entry.users += 1;
    size += 1;
    try {
      return await entry.limit(() => all(work));
    } finally {
      size -= 1;
      entry.users -= 1;
      if (entry.users === 0) perRegistry.delete(registry);
    }
  }
  return {
    get size() {
      return size;
    },
    run: (registry, work) => (size >= limits.images + limits.waiting ? 'full' : inTurn(registry, work)),
  };
}
