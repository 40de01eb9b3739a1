import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

function text(value: unknown): string {
  return canonicalJson(value).toString();
}

describe('canonical JSON', () => {
  it('sorts members by their bytes and writes nothing that is not needed', () => {
    expect(text({ b: [1, true, null], a: { d: '', c: 'x' } })).toBe('{"a":{"c":"x","d":""},"b":[1,true,null]}');
    // U+FFFD comes before U+10000 in bytes, and after its first half in JavaScript's own order.
    expect(text({ '\u{10000}': 1, '\uFFFD': 2 })).toBe('{"\uFFFD":2,"\u{10000}":1}');
  });

  it('escapes quote and backslash, and nothing else', () => {
    expect(text('a"b\\c\n<é>')).toBe('"a\\"b\\\\c\n<é>"');
  });

  it('refuses numbers that two programs could write differently', () => {
    for (const number of [1.5, 2 ** 53, Number.NaN, Infinity]) expect(() => text(number)).toThrow(RangeError);
    expect([text(0), text(-0), text(-7)]).toEqual(['0', '0', '-7']);
  });

  it('is the same however the members are ordered', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())), (object) => {
        const turned = Object.fromEntries(Object.entries(object).toReversed());
        expect(text(turned)).toBe(text(object));
      }),
      { numRuns: 60 },
    );
  });
});
