import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rank, type Comparison } from './ranking.ts';

const item = fc.record({
  kind: fc.integer({ min: -2, max: 2 }),
  score: fc.oneof(
    fc.constantFrom(0, -0, 0.1, 7.1),
    fc.float({ noNaN: true }),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
  ),
});

describe('an order by rough keys', () => {
  it('is the order the exact comparison makes, whatever the keys round away', () => {
    const property = fc.property(fc.array(item, { maxLength: 200, size: 'max' }), (items) => {
      const exact: Comparison = (a, b) => items[a]!.kind - items[b]!.kind || items[b]!.score - items[a]!.score || a - b;
      const positions = items.map((_, at) => at);
      const keys = [(at: number) => items[at]!.kind, (at: number) => -items[at]!.score];
      expect([...rank(positions, keys, exact)]).toEqual(positions.toSorted(exact));
      expect([...rank(positions.toReversed(), [], exact)]).toEqual(positions.toSorted(exact));
    });
    expect(() => fc.assert(property, { numRuns: 500 })).not.toThrow();
  });
});
