/** No more than so many requests a second to one registry (REG-6), all validators together. */
import type { ContentStore, Waiting } from '@pratique/oci';

/** Lets requests through one after the other; a second's worth may go at once. */
export interface RateLimit {
  /** Waits for one's turn; the signal ends the waiting. */
  turn(signal?: AbortSignal): Promise<void>;
}

/** What a limit is made with. */
export interface RateLimitOptions {
  readonly perSecond: number;
  readonly now: () => Date;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Makes a limit. */
export function createRateLimit({ perSecond, now, sleep }: RateLimitOptions): RateLimit {
  const interval = 1_000 / perSecond;
  // When the next request would be due if all came evenly.
  let due = 0;
  return {
    async turn(signal) {
      const at = now().getTime();
      due = Math.max(due, at) + interval;
      const wait = due - at - 1_000;
      if (wait > 0) await sleep(wait, signal);
    },
  };
}

/** The store, asked no faster than the limit allows. One question counts once, also where it takes several requests. */
export function limitedStore(store: ContentStore, limit: RateLimit): ContentStore {
  const after = async <T>(waiting: Waiting | undefined, ask: () => Promise<T>): Promise<T> => {
    await limit.turn(waiting?.signal);
    return ask();
  };
  return {
    name: store.name,
    resolve: (target, waiting) => after(waiting, () => store.resolve(target, waiting)),
    manifest: (target, waiting) => after(waiting, () => store.manifest(target, waiting)),
    hasBlob: (digest, waiting) => after(waiting, () => store.hasBlob(digest, waiting)),
    blob: (descriptor, waiting) => after(waiting, () => store.blob(descriptor, waiting)),
    referrers: (digest, query) => after(query, () => store.referrers(digest, query)),
    tags: (waiting) => after(waiting, () => store.tags(waiting)),
    putManifest: (write, waiting) => after(waiting, () => store.putManifest(write, waiting)),
    deleteManifest: (target, waiting) => after(waiting, () => store.deleteManifest(target, waiting)),
    putBlob: (write, waiting) => after(waiting, () => store.putBlob(write, waiting)),
  };
}
