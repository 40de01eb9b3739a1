import fc from 'fast-check';
import { imageSortKeys as contractImageSortKeys, sortKeys as contractSortKeys } from '@pratique/hub/contract';
import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../search-string.ts';
import {
  activeFilters,
  advancedCount,
  cveListQuery,
  cveSortKeys,
  filtersWithoutEffect,
  imageListQuery,
  imageSortKeys,
  type ListSearch,
  pageSizes,
  readListSearch,
  remediationStates,
  rhacsStates,
  riskStates,
  withFilters,
  withoutFilters,
} from './search.ts';

function read(address: string): ListSearch {
  return readListSearch(parseSearch(address));
}

describe('the address of the vulnerability list', () => {
  it('knows every parameter by its name', () => {
    const address =
      'page=3&page_size=100&search=openssl&severity=4&severity=3&fixable=false&prioritized_only=true&sort_by=cvss&sort_desc=false' +
      '&cvss_min=7.1&epss_min=0.5&component=curl&risk_status=approved&remediation_status=in_progress&age_min=1&age_max=90' +
      '&deployment=web&advanced=true&image_name=r%2Fi%3A1&show_suppressed=true&kev=true&rhacs_state=deferred';
    expect(read(address)).toEqual({
      page: 3,
      page_size: 100,
      search: 'openssl',
      severity: [4, 3],
      fixable: false,
      prioritized_only: true,
      sort_by: 'cvss',
      sort_desc: false,
      cvss_min: 7.1,
      epss_min: 0.5,
      component: 'curl',
      risk_status: 'approved',
      remediation_status: 'in_progress',
      age_min: 1,
      age_max: 90,
      deployment: 'web',
      advanced: true,
      image_name: 'r/i:1',
      show_suppressed: true,
      kev: true,
      rhacs_state: 'deferred',
    });
  });

  it('takes severities by number, by name, repeated or in one list', () => {
    expect(read('severity=critical,3&severity=LOW&severity=9').severity).toEqual([4, 3, 1]);
  });

  it.each([
    'page=0',
    'page=x',
    'page_size=37',
    'severity=9',
    'cvss_min=11',
    'epss_min=-1',
    'age_min=1.5',
    'sort_by=DROP',
    'view=x',
    'fixable=maybe',
    'cvss_min=1e999',
    'search=%20%20',
  ])('drops %s instead of refusing the link', (address) => {
    expect(read(address)).toEqual({});
  });

  it('does not write defaults', () => {
    expect(read('page=1&page_size=50&cvss_min=0&epss_min=0&advanced=false&kev=false')).toEqual({});
  });

  it('sorts images only by what images have', () => {
    expect(read('view=image&sort_by=max_cvss').sort_by).toBe('max_cvss');
    expect(read('view=image&sort_by=severity').sort_by).toBeUndefined();
    expect(read('sort_by=max_cvss').sort_by).toBeUndefined();
  });

  it('has the sort keys of the contract, all of them', () => {
    expect([...cveSortKeys].sort()).toEqual([...contractSortKeys].sort());
    expect([...imageSortKeys].sort()).toEqual([...contractImageSortKeys].sort());
  });

  it('survives being written and read again, whatever is chosen', () => {
    const text = fc.stringMatching(/^[\w.:/@-]{1,40}$/);
    const anything = fc.record(
      {
        page: fc.integer({ min: 2, max: 1_000_000 }),
        page_size: fc.constantFrom(...pageSizes.filter((size) => size !== 50)),
        search: text,
        severity: fc
          .uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1 })
          .map((all) => all.sort((a, b) => b - a)),
        fixable: fc.boolean(),
        kev: fc.constant(true),
        cvss_min: fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
        epss_min: fc.integer({ min: 1, max: 100 }).map((hundredths) => hundredths / 100),
        component: text,
        risk_status: fc.constantFrom(...riskStates),
        remediation_status: fc.constantFrom(...remediationStates),
        rhacs_state: fc.constantFrom(...rhacsStates),
        age_min: fc.integer({ min: 0, max: 100_000 }),
        sort_by: fc.constantFrom(...cveSortKeys),
        sort_desc: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (search) => {
        expect(read(stringifySearch(search))).toEqual({ ...search });
      }),
    );
  });

  it('reads any address without throwing', () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), (address) => {
        expect(read(address)).toBeTypeOf('object');
      }),
    );
  });
});

describe('changing filters', () => {
  const before: ListSearch = {
    page: 4,
    page_size: 20,
    search: 'x',
    kev: true,
    sort_by: 'cvss',
    view: 'image',
    advanced: true,
  };

  it('begins at the first page again and keeps the way of looking', () => {
    expect(withFilters(before, { fixable: true })).toEqual({ ...before, page: undefined, fixable: true });
    expect(Object.hasOwn(withFilters(before, { fixable: true }), 'page')).toBe(false);
  });

  it('removes a filter without a trace', () => {
    expect(Object.hasOwn(withFilters(before, { kev: undefined }), 'kev')).toBe(false);
  });

  it('clears all of them but not view, order and page size', () => {
    expect(withoutFilters(before)).toEqual({ page_size: 20, sort_by: 'cvss', view: 'image', advanced: true });
  });

  it('counts what is set, and what of it hides behind "more filters"', () => {
    const search: ListSearch = { search: 'x', cvss_min: 7, component: 'curl', page: 2 };
    expect(activeFilters(search)).toEqual(['search', 'cvss_min', 'component']);
    expect(advancedCount(search)).toBe(2);
  });
});

describe('the questions to the hub', () => {
  it('asks with the scope under the hub’s names, and with defaults', () => {
    expect(cveListQuery({ kev: true, advanced: true }, { cluster: 'c', ns: 'n' })).toEqual({
      page: 1,
      page_size: 50,
      sort_by: 'severity',
      sort_desc: true,
      kev: true,
      cluster: 'c',
      namespace: 'n',
    });
  });

  it('does not ask for images by filters that images do not know, and names these', () => {
    const search: ListSearch = { view: 'image', deployment: 'web', kev: true, age_min: 3 };
    expect(imageListQuery(search, {})).not.toHaveProperty('deployment');
    expect(filtersWithoutEffect(search)).toEqual(['age_min', 'deployment']);
    expect(filtersWithoutEffect({ ...search, view: undefined })).toEqual([]);
  });
});
