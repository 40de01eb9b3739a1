import { describe, expect, it } from 'vitest';
import type { CveOfPair } from './cves-of-pair.ts';
import { chooseExamples } from './examples.ts';

function cve(number: number, facts: Partial<CveOfPair> = {}): CveOfPair {
  return { cve: `CVE-2024-${number}`, cvss: 7, epss: 0.9 - number / 10_000, kev: false, components: ['one'], ...facts };
}

const fleet: readonly CveOfPair[] = [
  { ...cve(1000), cve: 'GHSA-aaaa-bbbb-cccc' },
  ...[1001, 1002, 1003].map((number) => cve(number, { kev: true })),
  ...[1004, 1005].map((number) => cve(number, { components: ['one', 'rare'] })),
  ...Array.from({ length: 12 }, (_, at) => cve(1010 + at)),
  cve(1100, { cvss: 3 }),
  ...[1201, 1202].map((number) => cve(number, { epss: 0.001 })),
];
const components = new Map([
  ['one', 40],
  ['rare', 2],
]);

describe('the examples of the demo', () => {
  it('takes no CVE twice and only ids of CVEs', () => {
    const { partlySuppressed, ...others } = chooseExamples(fleet, components);
    const cves = [partlySuppressed.cve, ...Object.values(others)];
    expect(new Set(cves).size).toBe(13);
    expect(cves.filter((id) => !id.startsWith('CVE-'))).toEqual([]);
  });

  it('prioritises what is exploited and something below the thresholds', () => {
    const examples = chooseExamples(fleet, components);
    expect(examples.prioritised).toBe('CVE-2024-1001');
    expect(examples.inProgress).toBe('CVE-2024-1002');
    expect(examples.prioritisedBelow).toBe('CVE-2024-1201');
  });

  it('suppresses the rarest component of a CVE that another component holds, too', () => {
    expect(chooseExamples(fleet, components).partlySuppressed).toEqual({ cve: 'CVE-2024-1004', component: 'rare' });
  });

  it('leaves out what a small fleet has no example of', () => {
    expect(chooseExamples([cve(1)], components)).toMatchObject({
      accepted: 'CVE-2024-1',
      prioritised: '',
      partlySuppressed: { cve: '' },
    });
  });
});
