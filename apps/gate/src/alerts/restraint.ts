/** Keeps a burst of equal or simply too many alerts from a receiver (ALR-7). */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** How much is too much. */
export interface RestraintLimits {
  /** Milliseconds within which the same is not told twice. */
  readonly sameMs: number;
  /** Different ones per minute. */
  readonly perMinute: number;
}

/** A hundred replicas that are refused for the same reason are one piece of news; sixty different ones a minute nobody reads. */
export const restraintLimits: RestraintLimits = { sameMs: 30_000, perMinute: 60 };

/** What is remembered of one receiver. */
export class Restraint {
  readonly #limits: RestraintLimits;
  readonly #now: () => Date;
  readonly #told: LRUCache<string, number>;
  #minute = 0;
  #count = 0;

  constructor(limits: RestraintLimits, now: () => Date) {
    this.#limits = limits;
    this.#now = now;
    this.#told = new LRUCache({ max: 10_000 });
  }

  /** Whether this was told just now. */
  isRepeated(key: string): boolean {
    const at = this.#told.get(key);
    return at !== undefined && this.#time() - at < this.#limits.sameMs;
  }

  /** Counts one that is to be sent; false where the minute is full. */
  hasRoom(): boolean {
    const minute = Math.floor(this.#time() / 60_000);
    if (minute !== this.#minute) [this.#minute, this.#count] = [minute, 0];
    this.#count += 1;
    return this.#count <= this.#limits.perMinute;
  }

  /** It is known there from now on. */
  told(key: string): void {
    this.#told.set(key, this.#time());
  }

  /** It did not arrive after all: the next of the kind is sent again. */
  failed(key: string): void {
    this.#told.delete(key);
  }

  #time(): number {
    return this.#now().getTime();
  }
}

/** What makes two alerts the same, in few bytes: images and errors may be long, and many are remembered. */
export function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
