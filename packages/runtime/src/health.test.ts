import { describe, expect, it } from 'vitest';
import { createHealth } from './health.ts';

function staged() {
  let time = Date.UTC(2026, 0, 1);
  const health = createHealth({
    program: 'hub',
    now: () => time,
    problems: [
      { code: 'network-away', title: 'No network', severity: 'high', text: 'Check the network.' },
      { code: 'stackrox-away', title: 'No data', severity: 'high', text: 'Check it.', dependsOn: ['network-away'] },
      {
        code: 'snapshot-old',
        title: 'Old data',
        severity: 'medium',
        text: 'Wait.',
        dependsOn: ['stackrox-away'],
        afterMs: 60_000,
      },
      { code: 'mail-unset', title: 'No mail', severity: 'low', text: 'Set SMTP_HOST.' },
    ],
  });
  return { health, pass: (ms: number) => void (time += ms) };
}

describe('the health of a program', () => {
  it('is healthy when nothing is set, or only something worth knowing', () => {
    const { health } = staged();
    expect(health.report()).toMatchObject({ program: 'hub', status: 'healthy', problems: [], quiet: [] });
    health.set('mail-unset');
    expect(health.report()).toMatchObject({
      status: 'healthy',
      problems: [{ code: 'mail-unset', text: 'Set SMTP_HOST.' }],
    });
  });

  it('keeps a symptom quiet while its cause is set, also through a cause in between', () => {
    const { health, pass } = staged();
    health.set('snapshot-old');
    pass(60_000);
    health.set('network-away', { host: 'db' });
    const codes = () => health.current().map((problem) => problem.code);
    expect(codes()).toEqual(['network-away']);
    expect(health.report().quiet).toEqual([{ code: 'snapshot-old', because: 'network-away' }]);
    health.clear('network-away');
    expect(codes()).toEqual(['snapshot-old']);
  });

  it('counts a problem only after it lasted, and keeps its beginning when it is set again', () => {
    const { health, pass } = staged();
    health.set('snapshot-old', { age: 1 });
    pass(59_999);
    expect(health.current()).toEqual([]);
    health.set('snapshot-old', { age: 2 });
    pass(1);
    expect(health.current()).toMatchObject([
      { code: 'snapshot-old', since: '2026-01-01T00:00:00.000Z', evidence: { age: 2 } },
    ]);
    expect(health.report().status).toBe('degraded');
    health.clear('snapshot-old');
    health.set('snapshot-old');
    expect(health.current()).toEqual([]);
  });

  it('tells the most severe problem first', () => {
    const { health, pass } = staged();
    health.set('mail-unset');
    pass(1);
    health.set('stackrox-away');
    expect(health.current().map((problem) => problem.code)).toEqual(['stackrox-away', 'mail-unset']);
    expect(health.report().status).toBe('failing');
  });

  it('refuses a catalogue that contradicts itself', () => {
    const problem = { title: 't', severity: 'low', text: 't' } as const;
    const make = (problems: Parameters<typeof createHealth>[0]['problems']) => () =>
      createHealth({ program: 'p', now: () => 0, problems });
    expect(
      make([
        { ...problem, code: 'a' },
        { ...problem, code: 'a' },
      ]),
    ).toThrow('twice');
    expect(make([{ ...problem, code: 'a', dependsOn: ['b'] }])).toThrow('not declared');
    expect(
      make([
        { ...problem, code: 'a', dependsOn: ['b'] },
        { ...problem, code: 'b', dependsOn: ['a'] },
      ]),
    ).toThrow('a → b → a');
    expect(() => staged().health.set('other' as 'mail-unset')).toThrow('not declared');
  });
});
