import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, describeFix } from './fix-version.ts';

const version = fc.oneof(
  fc
    .array(fc.constantFrom('0', '1', '9', '10', '007', 'a', 'rc', '~', '.', '-', ':', '+', 'el9', ''), { maxLength: 6 })
    .map((parts) => parts.join('')),
  fc.string({ maxLength: 6 }),
);

describe('the order of versions', () => {
  it('is total: antisymmetric, transitive, and equal only for equal texts', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        expect(compareVersions(a, b) === 0).toBe(a === b);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['1.2.9', '1.2.10'],
    ['9.0', '10.0'],
    ['1.0~rc1', '1.0'],
    ['1.0', '1.0.1'],
    ['99.9', '1:0.1'],
    ['3.0.7-16.el9', '3.0.7-25.el9'],
    ['1.1.1k', '1.1.1w'],
    ['2.0-beta', '2.0.1'],
    ['1', '123456789012345678901234567890'],
  ])('%s comes before %s', (lower, higher) => {
    expect(compareVersions(lower, higher)).toBeLessThan(0);
  });
});

describe('the fix shown for a CVE', () => {
  it.each([
    ['nothing', [], null],
    ['no known version', [{ component: 'a', fixedBy: '' }], null],
    [
      'one version for all',
      [
        { component: 'a', fixedBy: '2' },
        { component: 'b', fixedBy: '2' },
        { component: 'c', fixedBy: '' },
      ],
      '2',
    ],
    [
      'the lowest of a component',
      [
        { component: 'a', fixedBy: '1.10' },
        { component: 'a', fixedBy: '1.9' },
      ],
      '1.9',
    ],
    [
      'each component where they differ',
      [
        { component: 'b', fixedBy: '3' },
        { component: 'a', fixedBy: '2' },
      ],
      'a 2, b 3',
    ],
  ])('is %s', (_name, fixes, expected) => {
    expect(describeFix(fixes)).toBe(expected);
    expect(describeFix(fixes.toReversed())).toBe(expected);
  });
});
