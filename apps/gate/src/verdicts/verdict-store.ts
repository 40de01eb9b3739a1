/** Where answers are kept between requests (admission 4.1). Implementations: in process, a cache server, one in front of the other. */

/** Keeps texts for a time. Never throws: what cannot be read is a miss, what cannot be written is lost (CAC-5). */
export interface VerdictStore {
  get(key: string): Promise<string | undefined>;
  /** @param ttlSeconds more than 0 */
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What became of a look-up, for metrics: which store, and whether it had the answer. */
export interface StoreEvent {
  readonly store: 'memory' | 'redis';
  readonly result: 'hit' | 'miss' | 'error' | 'rejected';
}

/** Longest text that is kept or believed, in characters: a verdict with much evidence has a few thousand. */
export const longestValue = 64 * 1024;
