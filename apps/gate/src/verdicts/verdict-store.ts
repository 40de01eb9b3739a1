/** Where verdicts are kept between requests (4.1). Implementations: in process, Redis, one in front of the other. */
import type { ImageVerdict } from '@pratique/policy';

/** A verdict as it is kept. */
export interface KeptVerdict {
  readonly verdict: ImageVerdict;
  /** When it was reached, ISO 8601. */
  readonly at: string;
}

/** Keeps values for a time. Never throws: what cannot be read is a miss, what cannot be written is lost (CAC-5). */
export interface VerdictStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  close(): Promise<void>;
}
