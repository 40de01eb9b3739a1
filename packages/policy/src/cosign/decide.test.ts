import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, evaluatedRoots } from './decide.ts';
import type { RootDemand } from './decide.ts';

const names = ['a', 'b', 'c', 'd'];
const world = fc.record({
  trustRoot: fc.constantFrom('*', '*', '*', 'a', 'b'),
  threshold: fc.integer({ min: 0, max: 5 }),
  required: fc.subarray(names),
  /** Which of four signers holds for which trust root. */
  holds: fc.array(fc.subarray(['k1', 'k2', 'k3', 'k4'], { maxLength: 3 }), { minLength: 4, maxLength: 4 }),
});

/** The largest number of trust roots that can be given a signer each, by trying everything. */
function mostPairs(sets: readonly (readonly string[])[], used: readonly string[] = []): number {
  const [first, ...rest] = sets;
  if (first === undefined) return 0;
  const without = mostPairs(rest, used);
  const withOne = first.filter((key) => !used.includes(key)).map((key) => 1 + mostPairs(rest, [...used, key]));
  return Math.max(without, ...withOne);
}

/** COS-1 and COS-10, read aloud. */
function oracle(demand: RootDemand, holds: ReadonlyMap<string, readonly string[]>): string {
  const { trustRoot, threshold, required } = demand;
  const evaluated =
    trustRoot !== '*'
      ? [trustRoot]
      : required.length > 0 && threshold <= required.length
        ? names.filter((name) => required.includes(name))
        : names;
  const valid = evaluated.filter((name) => (holds.get(name) ?? []).length > 0);
  const count = mostPairs(valid.map((name) => holds.get(name) ?? []));
  let needed = 0;
  if (trustRoot === '*') needed = threshold > 0 ? threshold : required.length === 0 ? evaluated.length : 0;
  if (count < needed) return `below ${count}/${needed}`;
  const missing = required.filter((name) => !valid.includes(name));
  if (missing.length > 0) return `missing ${missing.join()}`;
  return count > 0 ? 'reached' : 'none';
}

describe('deciding over trust roots', () => {
  it('COS-10 agrees with the rule read aloud, for every small world', () => {
    fc.assert(
      fc.property(world, ({ holds, ...demand }) => {
        const holding = new Map(names.map((name, index) => [name, new Set(holds[index])]));
        const evaluated = evaluatedRoots(demand, names);
        if ('unknown' in evaluated) throw new TypeError('all names exist');
        const decision = decide(demand, evaluated.roots, holding);
        const said =
          decision.state === 'below-threshold'
            ? `below ${decision.count}/${decision.threshold}`
            : decision.state === 'missing'
              ? `missing ${decision.missing.join()}`
              : decision.state;
        expect(said).toBe(oracle(demand, new Map(names.map((name, index) => [name, holds[index] ?? []]))));
      }),
      { numRuns: 500 },
    );
  });

  it('COS-10 never takes back what was enough when more is found', () => {
    fc.assert(
      fc.property(world, fc.constantFrom(...names), ({ holds, ...demand }, more) => {
        const holding = new Map(names.map((name, index) => [name, new Set(holds[index])]));
        const before = decide(demand, names, holding).state;
        holding.set(more, new Set([...(holding.get(more) ?? []), 'k9']));
        const after = decide(demand, names, holding).state;
        expect(before !== 'reached' || after === 'reached').toBe(true);
      }),
    );
  });

  it.each([
    [{ trustRoot: 'a', threshold: 3, required: [] }, ['a']],
    [{ trustRoot: '*', threshold: 0, required: [] }, names],
    [{ trustRoot: '*', threshold: 2, required: ['d', 'b'] }, ['b', 'd']],
    [{ trustRoot: '*', threshold: 3, required: ['b', 'd'] }, names],
  ])('COS-1 evaluates the trust roots of the table: %j', (demand, roots) => {
    expect(evaluatedRoots(demand, names)).toEqual({ roots });
  });

  it('COS-1 names a trust root that does not exist', () => {
    expect(evaluatedRoots({ trustRoot: 'z', threshold: 0, required: [] }, names)).toEqual({ unknown: 'z' });
    expect(evaluatedRoots({ trustRoot: '*', threshold: 0, required: ['a', 'y'] }, names)).toEqual({ unknown: 'y' });
  });
});
