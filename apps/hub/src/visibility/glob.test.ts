import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';

/** A piece of a pattern and what it means as a regular expression. */
type Piece = readonly [glob: string, expression: string];

const letter = fc.constantFrom('a', 'b', 'c', '.', '-', '^', '\\', '$', '1', '9', '\n', '𝕏');
const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
const range = fc
  .constantFrom(['a', 'c'], ['0', '9'], ['b', 'b'])
  .map(([low, high]): Piece => [`${low!}-${high!}`, `${low!}-${high!}`]);
const member = letter.filter((one) => one !== '-' && one !== '\\').map((one): Piece => [one, escaped(one)]);
const set = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(member, range), { minLength: 1, maxLength: 3 }))
  .map(([negated, parts]): Piece => {
    const [glob, expression] = [0, 1].map((side) => parts.map((part) => part[side as 0 | 1]).join(''));
    return [`[${negated ? '!' : ''}${glob!}]`, `[${negated ? '^' : ''}${expression!}]`];
  });
const piece: fc.Arbitrary<Piece> = fc.oneof(
  letter.map((one): Piece => [one, escaped(one)]),
  fc.constant<Piece>(['*', '[^]*']),
  fc.constant<Piece>(['?', '[^]']),
  set.filter(([glob]) => !glob.startsWith('[^')),
);

describe('a shell glob', () => {
  it('matches what the regular expression of the same meaning matches', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.array(letter, { maxLength: 6 }), (pieces, letters) => {
        const pattern = pieces.map(([glob]) => glob).join('');
        const expression = new RegExp(`^(?:${pieces.map(([, one]) => one).join('')})$`, 'u');
        expect(matchesGlob(letters.join(''), pattern)).toBe(expression.test(letters.join('')));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['', '', true],
    ['', '*', true],
    ['', '?', false],
    ['1.2.3', '1.2.*', true],
    ['1.2.3', '1.2', false],
    ['1.2.3', '.2.', false],
    ['A', 'a', false],
    ['a]', 'a]', true],
    [']', '[]]', true],
    ['x', '[!]]', true],
    [']', '[!]]', false],
    ['[', '[', true],
    ['[abc', '[abc', true],
    ['-', '[a-]', true],
    ['-', '[-a]', true],
    ['b', '[a-]', false],
    ['!', '[a!]', true],
    ['*', '[*]', true],
    ['x', '[*]', false],
    ['b', '[z-a]', false],
    ['\\', '\\', true],
    ['𝕏', '?', true],
    ['line\nbreak', 'line*break', true],
  ])('%j against %j is %s', (text, pattern, expected) => {
    expect(matchesGlob(text, pattern)).toBe(expected);
  });

  it('answers a hostile pattern at once', () => {
    expect(matchesGlob('a'.repeat(20_000), `${'*a'.repeat(40)}b`)).toBe(false);
  });
});
