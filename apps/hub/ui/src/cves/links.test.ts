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
      ['advisory', 'RHSA-2021:5132'],
      ['vendor', 'access.redhat.com/security/cve/CVE-2021-44228'],
      ['vendor', 'example.com/a (vendor)'],
      ['nvd', 'NVD'],
    ]);
  });

  it.each([
    ['https://github.com/a/b/security/advisories/GHSA-1', [], 'advisory'],
    ['https://github.com/a/b/commit/0123', [], 'fix'],
    ['https://www.debian.org/security/2021/dsa-5020', [], 'vendor'],
    ['https://debian.org.example.com/x', [], 'reference'],
    ['https://nvd.nist.gov/vuln/detail/CVE-2021-44228', ['Exploit'], 'nvd'],
    ['https://example.com/poc', ['Exploit', 'Third Party Advisory'], 'exploit'],
    ['https://example.com/blog', [], 'reference'],
  ] as const)('tells who wrote %s', (uri, tags, kind) => {
    const links = linksOf({ ...detail, link: null, references: [{ uri, tags: [...tags] }] });
    expect(links.find(({ url }) => url === uri)?.kind).toBe(kind);
  });

  it('builds no link from an id that is not a CVE', () => {
    expect(linksOf({ ...detail, cve_id: 'GHSA-jfh8-c2jp-5v3q', link: null })).toEqual([]);
  });
});

function protocolOf(text: string): string | null {
  const url = safeUrl(text);
  return url === null ? null : new URL(url).protocol;
}
