/** Answers in the memory of this process (CAC-7): bounded by number and size, the least used go first. */
import { LRUCache } from 'lru-cache';
import { longestValue } from './verdict-store.ts';
import type { StoreEvent, VerdictStore } from './verdict-store.ts';

/** Bounds of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** @default 10000 */
  readonly entries?: number;
  /** All keys and values together, in characters. @default 32 Mi */
  readonly characters?: number;
  /** Milliseconds since any fixed moment; never goes back. */
  readonly clock: () => number;
  readonly onEvent?: (event: StoreEvent) => void;
}

/** Makes a store that forgets with the process. */
export function createMemoryStore(options: MemoryStoreOptions): VerdictStore {
  const { onEvent = () => undefined } = options;
  const cache = new LRUCache<string, string>({
    max: options.entries ?? 10_000,
    maxSize: options.characters ?? 32 * 1024 * 1024,
    sizeCalculation: (value, key) => value.length + key.length,
    perf: { now: options.clock },
    ttlResolution: 0,
  });
  return {
    async get(key) {
      const value = cache.get(key);
      onEvent({ store: 'memory', result: value === undefined ? 'miss' : 'hit' });
      return value;
    },
    async set(key, value, ttlSeconds) {
      if (value.length <= longestValue) cache.set(key, value, { ttl: ttlSeconds * 1000 });
    },
    async close() {
      cache.clear();
    },
  };
}
