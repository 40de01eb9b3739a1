/** Compares two positions: below zero when the first comes first. */
export type Comparison = (a: number, b: number) => number;

/** One step of an order: a number per position, smaller first. Rounded to 32 bits where it is finer than a 32-bit float. */
export type RankingKey = (position: number) => number;

/** Positions that fit beside a key of 32 bits into the 53 bits of a number. */
const maxPositions = 2 ** 21;
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * Orders positions as `exact` does, ten times as fast: sorts by rough keys first, one after the other, and asks `exact` only about those
 * that no key tells apart. Every key must agree with `exact` where its rounded values differ and all keys before it are equal.
 */
export function rank(positions: ArrayLike<number>, keys: readonly RankingKey[], exact: Comparison): Uint32Array {
  const order = new Uint32Array(positions);
  if (order.length > maxPositions) {
    return order.sort(exact);
  }
  rankRun(order, keys, exact);
  return order;
}

function rankRun(run: Uint32Array, keys: readonly RankingKey[], exact: Comparison): void {
  const [key, ...rest] = keys;
  if (key === undefined || run.length < 24) {
    run.sort(exact);
    return;
  }
  // A key and a place in one number: the engine sorts bare numbers without calling anything.
  const packed = new Float64Array(run.length);
  for (let at = 0; at < run.length; at += 1) {
    packed[at] = sortableBits(key(run[at]!)) * maxPositions + at;
  }
  packed.sort();
  const before = run.slice();
  let start = 0;
  for (let at = 0; at < run.length; at += 1) {
    run[at] = before[packed[at]! % maxPositions]!;
    if (at > 0 && Math.floor(packed[at]! / maxPositions) !== Math.floor(packed[start]! / maxPositions)) {
      finish(run.subarray(start, at), rest, exact);
      start = at;
    }
  }
  finish(run.subarray(start), rest, exact);
}

function finish(run: Uint32Array, keys: readonly RankingKey[], exact: Comparison): void {
  if (run.length > 1) {
    rankRun(run, keys, exact);
  }
}

/** The bits of a 32-bit float as a whole number in the same order. */
function sortableBits(value: number): number {
  // Plus nothing, which makes one zero of the two.
  float[0] = value + 0;
  const bits = word[0]!;
  return bits >= 0x8000_0000 ? 0xffff_ffff - bits : bits + 0x8000_0000;
}
