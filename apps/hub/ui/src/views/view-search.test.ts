import fc from 'fast-check';
import type { SavedView } from '@pratique/hub/contract';
import { describe, expect, it } from 'vitest';
import { readListSearch } from '../cves/search.ts';
import { parseSearch } from '../search-string.ts';
import { addressOf, isUnchanged, searchToSave } from './view-search.ts';

const id = '0b0e8d6e-3f3f-4c3e-9b1e-2f1d3a4b5c6d';

function view(search: string): SavedView {
  return { id, name: 'x', search, created_at: '2026-11-21T00:00:00Z', updated_at: '2026-11-21T00:00:00Z' };
}

describe('what a saved view remembers', () => {
  it('is filters, order, looks and scope, not the page and not the view itself', () => {
    const search = { kev: true, severity: [4, 3], page: 7, saved: id, advanced: true, columns: ['cve', 'os'] as const };
    expect(searchToSave(search, { cluster: 'prod-1' })).toBe(
      'cluster=prod-1&columns=cve&columns=os&kev=true&severity=4&severity=3',
    );
  });

  it('leads back to an address with its id, and names the scope even where there is none', () => {
    const address = addressOf(view('kev=true'));
    expect(address).toMatchObject({ kev: true, saved: id });
    expect(Object.keys(address)).toEqual(expect.arrayContaining(['cluster', 'ns', 'page']));
    expect(addressOf(view('cluster=prod-1')).cluster).toBe('prod-1');
  });

  it('reads a foreign or damaged view like any address: what makes no sense is dropped', () => {
    expect(addressOf(view('cvss_min=900&nonsense=1&kev=true'))).toMatchObject({ kev: true, saved: id });
    expect(addressOf(view('cvss_min=900'))).not.toHaveProperty('cvss_min');
  });

  it('counts as unchanged however it was spelt, and as changed with another filter or scope', () => {
    const saved = view('severity=critical&kev=1');
    expect(isUnchanged(saved, { severity: [4], kev: true, saved: id, page: 3 }, {})).toBe(true);
    expect(isUnchanged(saved, { severity: [4] }, {})).toBe(false);
    expect(isUnchanged(saved, { severity: [4], kev: true }, { ns: 'payments' })).toBe(false);
  });

  it('is unchanged right after it was applied, whatever it holds', () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), (search) => {
        const saved = view(search);
        const { cluster, ns, ...list } = addressOf(saved);
        const scope = { ...(cluster === undefined ? {} : { cluster }), ...(ns === undefined ? {} : { ns }) };
        expect(isUnchanged(saved, readListSearch(parseSearch(searchToSave(list, {}))), scope)).toBe(true);
      }),
    );
  });
});
