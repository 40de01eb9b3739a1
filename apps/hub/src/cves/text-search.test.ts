import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIdSearched, parseSearch } from './text-search.ts';

describe('a search text', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['   ', null],
    ['image:', null],
    ['Deployment:   ', null],
    [' Log4J ', { field: 'any', text: 'log4j' }],
    ['component:OpenSSL', { field: 'component', text: 'openssl' }],
    ['IMAGE: reg.test/a:1', { field: 'image', text: 'reg.test/a:1' }],
    ['deployment:api', { field: 'deployment', text: 'api' }],
    ['reg.test/image:1', { field: 'any', text: 'reg.test/image:1' }],
    ['namespace:shop', { field: 'any', text: 'namespace:shop' }],
    ['image:component:x', { field: 'image', text: 'component:x' }],
  ])('%j asks for %j', (search, expected) => {
    expect(parseSearch(search)).toEqual(expected);
  });

  it('is never empty, whatever somebody types', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .constantFrom('component:', 'image:', 'deployment:')
            .chain((prefix) => fc.string().map((rest) => prefix + rest)),
        ),
        (search) => {
          const parsed = parseSearch(search);
          expect(parsed === null || parsed.text.length > 0).toBe(true);
        },
      ),
    );
  });

  it('means ids only without a prefix', () => {
    expect(isIdSearched({ field: 'any', text: 'cve-2026' }, 'CVE-2026-1')).toBe(true);
    expect(isIdSearched({ field: 'image', text: 'cve-2026' }, 'CVE-2026-1')).toBe(false);
  });
});
