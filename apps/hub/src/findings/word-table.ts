/**
 * Distinct rows of a fixed number of 32-bit words, numbered in order of arrival: the reader's way of
 * storing a fact or a component once, however many findings share it. A hash over typed arrays,
 * because half a million rows as strings in a Map would cost ten times the memory.
 */
export class WordTable {
  readonly width: number;
  #words: Uint32Array<ArrayBuffer>;
  #slots: Int32Array<ArrayBuffer>;
  #count = 0;

  constructor(width: number) {
    this.width = width;
    this.#words = new Uint32Array(width * 1024);
    this.#slots = new Int32Array(4096).fill(-1);
  }

  get count(): number {
    return this.#count;
  }

  /** The number of the row `words` (of which the first `width` count), added if it is new. */
  intern(words: Uint32Array): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(words, 0) & mask;
    for (;;) {
      const row = this.#slots[slot]!;
      if (row === -1) {
        break;
      }
      if (this.#equals(row, words)) {
        return row;
      }
      slot = (slot + 1) & mask;
    }
    this.#append(words);
    this.#slots[slot] = this.#count - 1;
    if (this.#count * 2 > this.#slots.length) {
      this.#rehash(this.#slots.length * 2);
    }
    return this.#count - 1;
  }

  /** Adds rows read back from storage, in their stored order; they are known to be distinct. */
  load(words: Uint32Array): void {
    const rows = words.length / this.width;
    this.#reserve(this.#count + rows);
    this.#words.set(words, this.#count * this.width);
    this.#count += rows;
    let slots = this.#slots.length;
    while (this.#count * 2 > slots) {
      slots *= 2;
    }
    this.#rehash(slots);
  }

  /** One word of one row. */
  word(row: number, field: number): number {
    return this.#words[row * this.width + field] ?? 0;
  }

  /** A copy of the rows from number `from` on, for storing. */
  since(from: number): Uint32Array<ArrayBuffer> {
    return this.#words.slice(from * this.width, this.#count * this.width);
  }

  #append(words: Uint32Array): void {
    this.#reserve(this.#count + 1);
    this.#words.set(words.subarray(0, this.width), this.#count * this.width);
    this.#count += 1;
  }

  #reserve(rows: number): void {
    if (rows * this.width <= this.#words.length) {
      return;
    }
    const grown = new Uint32Array(Math.max(rows * this.width, this.#words.length * 2));
    grown.set(this.#words.subarray(0, this.#count * this.width));
    this.#words = grown;
  }

  #equals(row: number, words: Uint32Array): boolean {
    const at = row * this.width;
    for (let i = 0; i < this.width; i += 1) {
      if (this.#words[at + i] !== words[i]) {
        return false;
      }
    }
    return true;
  }

  #hash(words: Uint32Array, at: number): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width; i += 1) {
      hash = Math.imul(hash ^ words[at + i]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #rehash(size: number): void {
    this.#slots = new Int32Array(size).fill(-1);
    const mask = size - 1;
    for (let row = 0; row < this.#count; row += 1) {
      let slot = this.#hash(this.#words, row * this.width) & mask;
      while (this.#slots[slot] !== -1) {
        slot = (slot + 1) & mask;
      }
      this.#slots[slot] = row;
    }
  }
}
