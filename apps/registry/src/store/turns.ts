/** Who may change what at the same time: changes of one repository take turns, cleaning waits for all and holds all. */

/** Many may share it, or one may have it alone; whoever wants it alone is not overtaken for ever. */
export class Gate {
  #sharing = 0;
  #alone = false;
  readonly #waiting: { readonly alone: boolean; readonly enter: () => void }[] = [];

  async shared<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter(false);
    try {
      return await work();
    } finally {
      this.#sharing -= 1;
      this.#next();
    }
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter(true);
    try {
      return await work();
    } finally {
      this.#alone = false;
      this.#next();
    }
  }

  #enter(alone: boolean): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push({ alone, enter });
      this.#next();
    });
  }

  #next(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#isFree(first.alone); first = this.#waiting[0]) {
      this.#waiting.shift();
      if (first.alone) this.#alone = true;
      else this.#sharing += 1;
      first.enter();
    }
  }

  #isFree(alone: boolean): boolean {
    return !this.#alone && (!alone || this.#sharing === 0);
  }
}

/** One after the other for each key; different keys do not wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    // What follows waits for the end, whatever it is; the failure belongs to the caller alone.
    const ended = mine.catch(() => undefined);
    this.#last.set(key, ended);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
