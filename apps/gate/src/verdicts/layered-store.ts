/** A store of this process in front of one that replicas share: the near one answers at once, the far one survives a restart. */
import type { VerdictStore } from './verdict-store.ts';

/**
 * Asks `near`, then `far`. What only the far one had is kept near for `nearSeconds`, so that nothing is believed here much longer
 * than there.
 */
export function layerStores(near: VerdictStore, far: VerdictStore, nearSeconds: number): VerdictStore {
  return {
    async get(key) {
      const held = await near.get(key);
      if (held !== undefined) return held;
      const value = await far.get(key);
      if (value !== undefined) await near.set(key, value, nearSeconds);
      return value;
    },
    async set(key, value, ttlSeconds) {
      await Promise.all([near.set(key, value, ttlSeconds), far.set(key, value, ttlSeconds)]);
    },
    async close() {
      await Promise.all([near.close(), far.close()]);
    },
  };
}
