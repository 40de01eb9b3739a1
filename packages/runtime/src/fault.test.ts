import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, Fault, isFault } from './index.ts';

describe('a fault', () => {
  it('carries code, hint, values and cause', () => {
    const cause = new Error('below');
    const fault = new Fault({ code: 'away', message: 'Away.', hint: 'Wait.', values: { port: 1 }, cause });
    expect(fault).toMatchObject({
      name: 'Fault',
      code: 'away',
      message: 'Away.',
      hint: 'Wait.',
      values: { port: 1 },
      cause,
    });
    expect('cause' in new Fault({ code: 'a', message: 'A.', hint: 'B.' })).toBe(false);
  });

  it('is told from other errors and by its code', () => {
    const fault = new Fault({ code: 'away', message: 'Away.', hint: 'Wait.' });
    expect([isFault(fault), isFault(fault, 'away'), isFault(fault, 'other'), isFault(new Error('x'))]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('an excerpt', () => {
  it('has no control characters and a bounded length, whatever it is made from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (value, length) => {
        const cut = excerpt(value, length);
        expect(cut.length).toBeLessThanOrEqual(length + 1);
        // oxlint-disable-next-line no-control-regex -- their absence is the claim
        expect(cut).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
