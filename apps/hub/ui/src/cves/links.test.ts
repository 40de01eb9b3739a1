import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detail } from '../testing/hub.ts';
import { linksOf, safeUrl } from './links.ts';

describe('links of a CVE', () => {
  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    '//example.com',
    '/relative',
    'x',
    '',
    null,
  ])('does not follow %j', (address) => {
    expect(safeUrl(address)).toBeNull();
  });

  it('follows only http and https, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
        expect([null, 'http:', 'https:']).toContain(protocolOf(text));
      }),
    );
  });

  it('groups by who says it, names each address once, and adds the databases where no score links there', () => {
    const links = linksOf({
      ...detail,
      advisory_name: 'RHSA-2021:5132',
      advisory_link: 'https://access.redhat.com/errata/RHSA-2021:5132',
      references: [
        { uri: 'https://example.com/a', tags: ['vendor'] },
        { uri: 'https://example.com/a', tags: [] },
        { uri: 'javascript:alert(1)', tags: [] },
      ],
    });
    expect(links.map(({ kind, label }) => [kind, label])).toEqual([
      ['primary', 'access.redhat.com/security/cve/CVE-2021-44228'],
      ['advisory', 'RHSA-2021:5132'],
      ['references', 'example.com (vendor)'],
      ['known', 'NVD'],
    ]);
  });

  it('builds no link from an id that is not a CVE', () => {
    expect(linksOf({ ...detail, cve_id: 'GHSA-jfh8-c2jp-5v3q', link: null })).toEqual([]);
  });
});

function protocolOf(text: string): string | null {
  const url = safeUrl(text);
  return url === null ? null : new URL(url).protocol;
}
