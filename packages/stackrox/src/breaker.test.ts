import { describe, expect, it } from 'vitest';
import { guardWithBreaker } from './breaker.ts';
import type { Central } from './connection.ts';
import { stackroxFault } from './errors.ts';
import type { StackroxFaultCode } from './errors.ts';

/** A database that answers as told and counts how often it was asked. */
function scripted(): {
  central: Central;
  asked: () => number;
  answer: (code: StackroxFaultCode | 'fine' | 'pending') => void;
} {
  let asked = 0;
  let next: StackroxFaultCode | 'fine' | 'pending' = 'fine';
  async function reply(): Promise<never[]> {
    asked += 1;
    if (next === 'pending') return new Promise(() => {});
    if (next !== 'fine') throw stackroxFault({ code: next, message: 'Down.', hint: 'Wait.' });
    return [];
  }
  return {
    central: {
      read: reply,
      each: async () => void (await reply()),
      snapshot: () => reply() as Promise<never>,
      stop: async () => {},
      inUse: 0,
    },
    asked: () => asked,
    answer: (code) => {
      next = code;
    },
  };
}

const statement = { text: 'SELECT 1' };

describe('the circuit breaker', () => {
  it('stops asking after five failures in a row, and asks once again after thirty seconds', async () => {
    let now = 0;
    const { central, asked, answer } = scripted();
    const guarded = guardWithBreaker(central, { clock: () => now });
    answer('stackrox-unavailable');
    for (let round = 0; round < 5; round += 1)
      await expect(guarded.read(statement)).rejects.toMatchObject({ message: 'Down.' });
    expect(asked()).toBe(5);
    await expect(guarded.read(statement)).rejects.toMatchObject({
      code: 'stackrox-unavailable',
      values: { breaker: 'open', retryInMs: 30_000 },
      hint: 'Wait.',
    });
    await expect(guarded.each(statement, () => {})).rejects.toMatchObject({ values: { breaker: 'open' } });
    await expect(guarded.snapshot({ bulk: false }, async () => 1)).rejects.toMatchObject({
      values: { breaker: 'open' },
    });
    expect(asked()).toBe(5);

    now = 30_000;
    await expect(guarded.read(statement)).rejects.toMatchObject({ message: 'Down.' });
    await expect(guarded.read(statement)).rejects.toMatchObject({ values: { breaker: 'open' } });
    expect(asked()).toBe(6);

    now = 60_000;
    answer('fine');
    await guarded.read(statement);
    answer('stackrox-timeout');
    await expect(guarded.read(statement)).rejects.toMatchObject({ message: 'Down.' });
    answer('fine');
    await guarded.read(statement);
  });

  it('lets only one question through while it probes', async () => {
    let now = 0;
    const { central, asked, answer } = scripted();
    const guarded = guardWithBreaker(central, { clock: () => now, failures: 1, openMs: 10 });
    answer('stackrox-busy');
    await expect(guarded.read(statement)).rejects.toThrow('Down.');
    now = 10;
    answer('pending');
    void guarded.read(statement);
    await expect(guarded.read(statement)).rejects.toMatchObject({ values: { breaker: 'open' } });
    expect(asked()).toBe(2);
  });

  it('does not count what says nothing about the health of the database', async () => {
    const { central, asked, answer } = scripted();
    const guarded = guardWithBreaker(central, { clock: () => 0, failures: 2 });
    answer('stackrox-permission-denied');
    for (let round = 0; round < 5; round += 1)
      await expect(guarded.read(statement)).rejects.toMatchObject({ code: 'stackrox-permission-denied' });
    expect(asked()).toBe(5);
  });
});
