/**
 * The memory of the gate: an answer that was reached is not reached again while it holds, and however many ask for the same image
 * at once, one of them looks (4.1). What says nothing about the image, an outage for one, is never kept as a verdict (CAC-6).
 */
import { passingClasses } from '@pratique/policy';
import type { ValidatorAnswer } from '@pratique/policy';
import { digestKey, imageKey, lastGoodKey } from './answer-keys.ts';
import type { AskedImage } from './answer-keys.ts';
import { readAnswer, writeAnswer } from './kept-answer.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { createSingleFlight } from './single-flight.ts';
import type { VerdictStore } from './verdict-store.ts';

/** How long what is kept. */
export interface VerdictTimes {
  /** An answer for an image text; 0 or less: not at all (CAC-1). */
  readonly expirySeconds: number;
  /** An answer for a digest (CAC-7). @default 600 */
  readonly digestSeconds?: number;
  /** How long an accepted image stays accepted while its registry is away. @default 0, never */
  readonly graceSeconds?: number;
  /** Whether refusals are kept too (CAC-4). */
  readonly cacheErrors: boolean;
}

/** An answer and where it came from. */
export interface Answered {
  readonly answer: ValidatorAnswer;
  readonly from: 'looked' | 'image-cache' | 'digest-cache' | 'last-good';
  /** When it was reached; for answers that were looked up, now. */
  readonly at: Date;
}

/** How an image is looked at when nothing is known of it. */
export interface LookUp {
  /**
   * Verifies it. Its signal is the work's own, not the caller's: others may wait for the same. What has to wait for its turn asks
   * then whether anybody still waits for it.
   */
  readonly validate: (isWanted: () => boolean) => Promise<ValidatorAnswer>;
  /** What the text leads to now, where that is cheaper than verifying; undefined where it cannot be said. */
  readonly digest?: () => Promise<string | undefined>;
  /** `registry/repository` of the image. */
  readonly repository: string;
}

/** Asking with memory. */
export interface Verdicts {
  /**
   * Answers for an image.
   *
   * @param asking.keep false: nothing is written down (dry runs, ADM-21)
   * @throws the reason of the signal when the caller's time is up; the work goes on and is kept for the next
   */
  ask(
    asked: AskedImage,
    lookUp: LookUp,
    asking: { readonly signal: AbortSignal; readonly keep: boolean },
  ): Promise<Answered>;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/** Makes a memory over a store. `now` is the program's clock. */
export function createVerdicts(options: {
  readonly store: VerdictStore;
  readonly times: VerdictTimes;
  readonly now: () => Date;
}): Verdicts {
  const { store, now } = options;
  const memory = new Memory(store, options.times, now);
  const flights = createSingleFlight<Answered>();
  return {
    async ask(asked, lookUp, { signal, keep }) {
      const known = await memory.ofImage(asked);
      if (known !== undefined) return known;
      // A dry run must not be the flight that others wait for: what it finds is not kept.
      const key = `${keep ? 'keep' : 'dry'} ${imageKey(asked)}`;
      return flights.run(key, (isWanted) => memory.look(asked, lookUp, { keep, isWanted }), signal);
    },
    ledger: createLedger(store, now),
    close: () => store.close(),
  };
}

class Memory {
  readonly #store: VerdictStore;
  readonly #times: VerdictTimes;
  readonly #now: () => Date;

  constructor(store: VerdictStore, times: VerdictTimes, now: () => Date) {
    this.#store = store;
    this.#times = times;
    this.#now = now;
  }

  async ofImage(asked: AskedImage): Promise<Answered | undefined> {
    if (this.#times.expirySeconds <= 0) return undefined;
    return this.#read(imageKey(asked), 'image-cache');
  }

  async look(
    asked: AskedImage,
    lookUp: LookUp,
    { keep, isWanted }: { readonly keep: boolean; readonly isWanted: () => boolean },
  ): Promise<Answered> {
    const byDigest = await this.#ofDigest(asked, lookUp);
    if (byDigest !== undefined) {
      if (keep) await this.#keepImage(asked, byDigest);
      return byDigest;
    }
    const answer = await lookUp.validate(isWanted);
    const answered: Answered = { answer, from: 'looked', at: this.#now() };
    if (answer.outcome === 'refused' && passingClasses.has(answer.class)) {
      return (await this.#lastGood(asked)) ?? answered;
    }
    if (keep) await this.#keep(asked, lookUp.repository, answered);
    return answered;
  }

  async #ofDigest(asked: AskedImage, { digest, repository }: LookUp): Promise<Answered | undefined> {
    if (digest === undefined || this.#digestSeconds <= 0) return undefined;
    const found = await digest();
    return found === undefined ? undefined : this.#read(digestKey(asked, repository, found), 'digest-cache');
  }

  async #lastGood(asked: AskedImage): Promise<Answered | undefined> {
    if ((this.#times.graceSeconds ?? 0) <= 0) return undefined;
    return this.#read(lastGoodKey(asked), 'last-good');
  }

  async #read(key: string, from: Answered['from']): Promise<Answered | undefined> {
    const text = await this.#store.get(key);
    const kept = text === undefined ? undefined : readAnswer(text);
    return kept === undefined ? undefined : { ...kept, from };
  }

  async #keepImage(asked: AskedImage, { answer, at }: Answered): Promise<void> {
    const { expirySeconds, cacheErrors } = this.#times;
    if (expirySeconds <= 0 || (answer.outcome === 'refused' && !cacheErrors)) return;
    await this.#store.set(imageKey(asked), writeAnswer({ answer, at }), expirySeconds);
  }

  async #keep(asked: AskedImage, repository: string, answered: Answered): Promise<void> {
    const { answer } = answered;
    const writes = [this.#keepImage(asked, answered)];
    // Refusals of a digest are not kept longer than those of a text: a signature may be added at any moment.
    if (answer.outcome === 'accepted' && answer.digest !== undefined) {
      const text = writeAnswer(answered);
      const grace = this.#times.graceSeconds ?? 0;
      if (this.#digestSeconds > 0)
        writes.push(this.#store.set(digestKey(asked, repository, answer.digest), text, this.#digestSeconds));
      if (grace > 0) writes.push(this.#store.set(lastGoodKey(asked), text, grace));
    }
    await Promise.all(writes);
  }

  /** Whoever switches the cache off wants every image looked at. */
  get #digestSeconds(): number {
    return this.#times.expirySeconds <= 0 ? 0 : (this.#times.digestSeconds ?? 600);
  }
}
