import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from './search-string.ts';

describe('the search part of an address', () => {
  it('reads repeated keys as a list and single ones as text', () => {
    expect(parseSearch('?severity=4&severity=3&fixable=true&search=4')).toEqual({
      severity: ['4', '3'],
      fixable: 'true',
      search: '4',
    });
  });

  it('writes plain values that a person could have typed', () => {
    expect(stringifySearch({ severity: [4, 3], fixable: true, cvss_min: 7.5, search: 'a b&c' })).toBe(
      '?severity=4&severity=3&fixable=true&cvss_min=7.5&search=a+b%26c',
    );
  });

  it('leaves no trace of what is absent or empty', () => {
    expect(stringifySearch({ a: undefined, b: null, c: '', d: [] })).toBe('');
  });

  it('does not let an address reach the prototype', () => {
    const read = parseSearch('?__proto__=x&constructor=y');
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(read['__proto__']).not.toBe('x');
  });

  it('gives back every text that it wrote', () => {
    const keys = fc.stringMatching(/^[a-z][a-z_]{0,10}$/);
    const texts = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.dictionary(keys, texts, { maxKeys: 20 }), (search) => {
        expect(parseSearch(stringifySearch(search))).toEqual({ ...search });
      }),
    );
  });

  it('reads any text without throwing and at most a hundred parameters', () => {
    fc.assert(fc.property(fc.string(), (text) => Object.keys(parseSearch(text)).length <= 100));
    expect(Object.keys(parseSearch(Array.from({ length: 500 }, (_unused, i) => `k${i}=1`).join('&'))).length).toBe(100);
  });
});
