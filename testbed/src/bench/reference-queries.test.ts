import { describe, expect, it } from 'vitest';
import { pageNames, referencePage } from './reference-queries.ts';

const subject = { cve: 'CVE-2024-1', cves: ['CVE-2024-1', 'CVE-2024-2'] };
const pairs = [
  { namespace: 'shop', cluster: 'north' },
  { namespace: 'pay', cluster: 'south' },
];

describe('the queries of the reference', () => {
  it.each(pageNames)('of the page "%s" use every value they send', (page) => {
    for (const { text, values } of referencePage(page, pairs, subject).statements) {
      const used = new Set([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      expect([...used].toSorted((a, b) => a - b)).toEqual(values.map((_, at) => at + 1));
      expect(text).not.toMatch(/\$[a-z]/);
    }
  });

  it('look nowhere for somebody without namespaces', () => {
    const [list] = referencePage('list', [], subject).statements;
    expect(list?.text).toMatch(/WHERE false/);
  });

  it('ask for the whole list where the reference does, for the detail page of those who see everything', () => {
    const first = (targeted: boolean) => referencePage('detail', null, subject, targeted).statements[0]?.name;
    expect(first(false)).toBe('1/2 list');
    expect(first(true)).toBe('3 one CVE');
  });
});
