/** Milliseconds of one thing measured several times. */
export interface Timing {
  readonly median: number;
  readonly p95: number;
  readonly count: number;
  /** True where a measurement was given up: the numbers are then lower bounds. */
  readonly atLeast: boolean;
  readonly samples: readonly number[];
}

/** Sums samples up. With fewer than twenty the 95th percentile is the largest. */
export function timingOf(samples: readonly number[], atLeast = false): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    count: samples.length,
    atLeast,
    samples: samples.map((sample) => Math.round(sample * 1000) / 1000),
  };
}

/** The smallest value that at least `share` of the samples do not exceed; NaN of none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** How often to measure: at least `least` times, then until `most` or until the box is used up. */
export interface Effort {
  readonly least: number;
  readonly most: number;
  readonly boxMs: number;
}

/** Runs `once` as often as the effort allows; it gets its number and returns its milliseconds. */
export async function measure(effort: Effort, once: (run: number) => Promise<number>): Promise<Timing> {
  const samples: number[] = [];
  const end = performance.now() + effort.boxMs;
  while (samples.length < effort.least || (samples.length < effort.most && performance.now() < end)) {
    samples.push(await once(samples.length));
  }
  return timingOf(samples);
}
