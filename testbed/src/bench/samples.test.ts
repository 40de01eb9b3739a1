import { describe, expect, it } from 'vitest';
import { measure, timingOf } from './samples.ts';

describe('timings', () => {
  it('tell the median and the 95th percentile whatever the order', () => {
    const timing = timingOf(Array.from({ length: 100 }, (_, at) => 100 - at));
    expect(timing).toMatchObject({ median: 50, p95: 95, count: 100, atLeast: false });
  });

  it('of few samples take the largest for the 95th percentile', () => {
    expect(timingOf([3, 1, 2]).p95).toBe(3);
  });

  it('of nothing are not a number, which no bar accepts', () => {
    expect(timingOf([]).median).toBeNaN();
  });

  it('are taken at least so often even when the box is used up', async () => {
    const timing = await measure({ least: 3, most: 10, boxMs: 0 }, (run) => Promise.resolve(run));
    expect(timing.samples).toEqual([0, 1, 2]);
  });
});
