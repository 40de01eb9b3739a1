/** How many verifications run at once: in all, and for one registry, so that a slow one leaves room for the others. */
import pLimit from 'p-limit';
import type { LimitFunction } from 'p-limit';
import { LRUCache } from 'lru-cache';

/** See {@link createPool}. */
export interface Pool {
  /** Runs the work when there is room, or answers `full` at once where too much is waiting already. */
  run<T>(registry: string, work: () => Promise<T>): Promise<T> | 'full';
  /** An image of this registry was accepted: it gets room of its own. */
  prove(registry: string): void;
  /** Under way and waiting. */
  readonly size: number;
}

/** Registries that are remembered as proved. */
const proved = 1_000;

/**
 * Makes a pool. Registries of which nothing was accepted yet share the room of one: whoever may name images may name any number of
 * hosts that never answer, and a share for each of them would leave none for the others.
 */
export function createPool(limits: {
  readonly images: number;
  readonly imagesPerRegistry: number;
  readonly waiting: number;
  readonly waitingPerRegistry: number;
}): Pool {
  const all = pLimit(limits.images);
  const known = new LRUCache<string, true>({ max: proved });
  const lanes = new Map<string, { readonly limit: LimitFunction; users: number }>();
  let size = 0;
  // No registry has an empty name.
  const laneOf = (registry: string): string => (known.get(registry) === true ? registry : '');
  function isFull(lane: string): boolean {
    if (size >= limits.images + limits.waiting) return true;
    return (lanes.get(lane)?.users ?? 0) >= limits.imagesPerRegistry + limits.waitingPerRegistry;
  }
  async function inTurn<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const entry = lanes.get(lane) ?? { limit: pLimit(limits.imagesPerRegistry), users: 0 };
    lanes.set(lane, entry);
    entry.users += 1;
    size += 1;
    try {
      return await entry.limit(() => all(work));
    } finally {
      size -= 1;
      entry.users -= 1;
      if (entry.users === 0) lanes.delete(lane);
    }
  }
  return {
    get size() {
      return size;
    },
    run(registry, work) {
      const lane = laneOf(registry);
      return isFull(lane) ? 'full' : inTurn(lane, work);
    },
    prove: (registry) => void known.set(registry, true),
  };
}
