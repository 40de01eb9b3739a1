/** Runs something again and again: at once when woken, at the latest when it said itself. Never twice at a time. */
export class Wakeup {
  readonly #clock: () => number;
  #wake: () => void = () => undefined;
  #woken = false;
  #stopped = false;

  /** @param clock milliseconds since 1970 */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Runs it as soon as it does not run already. */
  now(): void {
    this.#woken = true;
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Runs `round` until stopped; each gives when the next is due at the latest, in milliseconds since 1970. */
  async each(round: () => Promise<number>): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const next = await round();
      if (this.#stopped) return;
      await this.#rest(next - this.#clock());
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      // Due dates are months away; a timer counts to 2^31 milliseconds only.
      const timer = setTimeout(resolve, Math.max(0, Math.min(ms, 60_000)));
      this.#wake = () => (clearTimeout(timer), resolve());
    });
    this.#wake = () => undefined;
  }
}
