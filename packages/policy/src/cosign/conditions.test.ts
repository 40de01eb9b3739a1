import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionLimit, conditionProblem, evaluateCondition } from './conditions.ts';

const predicate = {
  findings: [
    { id: 'CVE-2026-1', severity: 'LOW', fixed: true },
    { id: 'CVE-2026-2', severity: 'HIGH', fixed: false },
  ],
  counts: { critical: 0, 'with.dot': 2 },
  name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
};

describe('conditions', () => {
  it.each([
    'predicate.counts.critical == 0',
    'predicate.counts["with.dot"] < 3',
    'predicate.findings.all(f, f.severity != "CRITICAL")',
    'predicate.findings.exists(f, f.severity == "HIGH" && !f.fixed)',
    'predicate.findings.filter(f, f.fixed).size() == 1',
    '!has(predicate.waived) && size(predicate.findings) == 2',
    'predicate.name.startsWith("aa") && predicate.name.matches("^a+!$")',
    'timestamp("2026-01-01T00:00:00Z") < timestamp("2026-01-02T00:00:00Z")',
  ])('COS-12 holds: %s', (expression) => {
    expect(conditionProblem(expression)).toBeUndefined();
    expect(evaluateCondition(expression, predicate)).toEqual({ state: 'holds' });
  });

  it.each([
    ['predicate.(', /./],
    ['predikat.x == 1', /Unknown variable/],
    ['1 + 1', /yields int/],
    [`predicate == ${'"'.padEnd(conditionLimit, 'x')}"`, /longer than/],
    ['[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))', /nested 4 deep/],
    ['1==1' + '&&1==1'.repeat(300), /maxAstNodes/],
  ])('COS-12 says at load what is wrong (case %#)', (expression, problem) => {
    expect(conditionProblem(expression)).toMatch(problem);
    expect(evaluateCondition(expression, predicate)).toMatchObject({ state: 'error' });
  });

  it('VAL-3 stops a condition that looks at too much, instead of working for minutes', () => {
    const many = { list: Array.from({ length: 5000 }, (_unused, id) => ({ id })) };
    const expression = 'predicate.list.all(a, predicate.list.all(b, a.id >= 0 || b.id >= 0))';
    expect(evaluateCondition(expression, many)).toEqual({
      state: 'error',
      problem: expect.stringContaining('looks at more than'),
    });
  });

  it('VAL-3 matches with RE2, over which no text takes for ever', () => {
    expect(evaluateCondition('predicate.name.matches("^(a+)+$")', predicate)).toEqual({ state: 'fails' });
    expect(evaluateCondition('predicate.name.matches("(?=a)")', predicate)).toMatchObject({ state: 'error' });
  });

  it('COS-12 lets nothing hold that is not exactly true', () => {
    for (const value of [1, 'true', {}, [], null]) {
      expect(evaluateCondition('predicate.value', { value })).toMatchObject({ state: 'error' });
    }
  });

  it('VAL-3 never throws, whatever was attested', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const expression of [
          'predicate.a.all(x, x.b > 1)',
          'predicate == predicate',
          'predicate[0].matches("a")',
        ]) {
          expect(['holds', 'fails', 'error']).toContain(evaluateCondition(expression, value).state);
        }
      }),
    );
  });
});
