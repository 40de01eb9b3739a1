import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits, readGlob } from './glob.ts';

describe('patterns', () => {
  it.each([
    ['', 'empty'],
    ['a[', 'a [ has no ]'],
    ['a[]', '[] names no character'],
    ['a[z-a]', 'z-a ends before it begins'],
    ['a{b,c', 'a { has no }'],
    ['a\\', 'ends with a single \\'],
    ['{a,b}'.repeat(8), 'more than 128 patterns'],
    ['{'.repeat(9) + '}'.repeat(9), 'more than 8 times'],
    ['x'.repeat(1025), 'longer than 1024'],
  ])('PAT-6 %j is refused when it is read', (pattern, problem) => {
    const read = readGlob(pattern);
    expect(read.state === 'invalid' ? read.problem : 'valid').toContain(problem);
  });

  it.each([
    ['a,b}', 'a,b}'],
    ['a]', 'a]'],
    ['{a,{b,c}}d', 'cd'],
    ['{,a}b', 'b'],
    ['[a\\]]', ']'],
    ['[a-]', '-'],
    ['[^a]', '^'],
    ['\\*', '*'],
  ])('PAT-1 %s takes %s', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it('PAT-1 takes the same texts as the regular expression that says the same', () => {
    const piece = fc.constantFrom(
      ...(['a', 'b', '/', '*', '**', '?', '[ab]', '[!a]', '{a,b/}', '{*,a}', '\\*', '.'] as const),
    );
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '.'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), texts, (pieces, text) => {
        expect(matches(pieces.join(''), text)).toBe(new RegExp(`^(?:${pieces.map(inRegExp).join('')})$`).test(text));
      }),
      { numRuns: 500 },
    );
  });

  it('PAT-1 answers for everything that may be written as a pattern', () => {
    const written = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '!', '-', ',', '\\', '*', '?', 'a', '/') });
    fc.assert(
      fc.property(written, fc.string(), (pattern, text) => {
        expect([true, false]).toContain(matches(pattern, text));
      }),
    );
  });

  it('CFG-9 PAT-1 needs steps in proportion to pattern and text, where a naive matcher would never end', () => {
    let steps = 0;
    const charAt = (): string => {
      steps += 1;
      return 'a';
    };
    const text = { length: 1000, charAt } as unknown as string;
    const read = readGlob(`${'*a'.repeat(400)}b`);
    if (read.state === 'invalid') throw new Error(read.problem);
    expect(fits(read.glob.alternatives[0]!, text)).toBe(false);
    expect(steps).toBeLessThan(1000 * 801);
  });
});

function matches(pattern: string, text: string): boolean {
  const read = readGlob(pattern);
  return read.state === 'valid' && read.glob.alternatives.some((one) => fits(one, text));
}

const expressions: Readonly<Record<string, string>> = {
  '*': '.*',
  '**': '.*',
  '?': '.',
  '[!a]': '[^a]',
  '{a,b/}': '(?:a|b/)',
  '{*,a}': '(?:.*|a)',
  '.': '\\.',
};

function inRegExp(piece: string): string {
  return expressions[piece] ?? piece;
}
