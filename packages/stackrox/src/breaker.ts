import { isFault } from '@pratique/runtime/fault';
import type { Central, Reading, ReadStatement, SnapshotOptions } from './connection.ts';
import { stackroxFault } from './errors.ts';
import type { StackroxFault, StackroxFaultCode } from './errors.ts';

/** When a struggling database is left alone. */
export interface BreakerOptions {
  /** Milliseconds that only ever grow, such as `performance.now`. */
  readonly clock: () => number;
  /** Failures in a row that open the breaker; 5 unless told. */
  readonly failures?: number;
  /** How long nothing is asked; 30 s unless told. */
  readonly openMs?: number;
}

/** Only these say that the database as a whole suffers; a refused statement or a missing grant does not. */
const counted: ReadonlySet<StackroxFaultCode> = new Set<StackroxFaultCode>([
  'stackrox-unavailable',
  'stackrox-busy',
  'stackrox-timeout',
]);

/**
 * Wraps a {@link Central} so that after some failures in a row nothing is asked for a while: a shared
 * database in trouble is not helped by more questions. While open, everything fails at once with
 * `stackrox-unavailable` and the last reason as its cause. Afterwards one question at a time is let through
 * until one succeeds.
 */
export function guardWithBreaker(central: Central, options: BreakerOptions): Central {
  const breaker = new Breaker(options);
  return {
    read: <Row extends object>(statement: ReadStatement) => breaker.run(() => central.read<Row>(statement)),
    each: (statement, onRow) => breaker.run(() => central.each(statement, onRow)),
    snapshot: <Result>(how: SnapshotOptions, work: (reading: Reading) => Promise<Result>) =>
      breaker.run(() => central.snapshot(how, work)),
    stop: () => central.stop(),
    get inUse() {
      return central.inUse;
    },
  };
}

class Breaker {
  readonly #clock: () => number;
  readonly #failures: number;
  readonly #openMs: number;
  #inARow = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #probing = false;
  #last: StackroxFault | undefined;

  constructor(options: BreakerOptions) {
    this.#clock = options.clock;
    this.#failures = options.failures ?? 5;
    this.#openMs = options.openMs ?? 30_000;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const tripped = this.#inARow >= this.#failures;
    if (tripped && (this.#probing || this.#clock() < this.#openUntil)) throw this.#openFault();
    if (tripped) this.#probing = true;
    try {
      const result = await work();
      this.#inARow = 0;
      return result;
    } catch (error) {
      this.#note(error);
      throw error;
    } finally {
      if (tripped) this.#probing = false;
    }
  }

  #note(error: unknown): void {
    if (!isFault<StackroxFaultCode>(error) || !counted.has(error.code)) {
      this.#inARow = 0;
      return;
    }
    this.#inARow += 1;
    this.#last = error;
    if (this.#inARow >= this.#failures) this.#openUntil = this.#clock() + this.#openMs;
  }

  #openFault(): StackroxFault {
    const retryInMs = Math.max(0, Math.ceil(this.#openUntil - this.#clock()));
    return stackroxFault({
      code: 'stackrox-unavailable',
      message:
        `The StackRox database failed ${this.#inARow} times in a row and is left alone for ${Math.ceil(retryInMs / 1000)} s. ${this.#last?.message ?? ''}`.trim(),
      hint: this.#last?.hint ?? 'It is tried again by itself.',
      values: { breaker: 'open', retryInMs, ...this.#last?.values },
      cause: this.#last,
    });
  }
}
