import { todayReasons } from '@pratique/hub/contract';
import { describe, expect, it } from 'vitest';
import { cveListQuery, readListSearch } from '../cves/search.ts';
import { parseSearch, stringifySearch } from '../search-string.ts';
import {
  all,
  byAge,
  byCluster,
  byComponent,
  byFixable,
  byNamespace,
  byReason,
  bySeverity,
  type Drill,
  fixableCritical,
  severeAndLikely,
} from './drill.ts';

const steps: readonly (readonly [string, Drill | null, string])[] = [
  ['all CVEs', all, ''],
  ['fixable and critical', fixableCritical, '?severity=4&fixable=true'],
  ['the critical zone of the matrix', severeAndLikely, '?epss_min=0.1&cvss_min=7&advanced=true'],
  ['a slice of the severity donut', bySeverity(0), '?severity=0'],
  ['fixable', byFixable(true), '?fixable=true'],
  ['not fixable', byFixable(false), '?fixable=false'],
  ['age 0-7', byAge('0-7'), '?age_min=0&age_max=7&advanced=true'],
  ['age 8-30', byAge('8-30'), '?age_min=8&age_max=30&advanced=true'],
  ['age 31-90', byAge('31-90'), '?age_min=31&age_max=90&advanced=true'],
  ['age 91-180', byAge('91-180'), '?age_min=91&age_max=180&advanced=true'],
  ['age 180+', byAge('180+'), '?age_min=181&advanced=true'],
  ['a cluster', byCluster('harbor-eu'), '?cluster=harbor-eu'],
  ['a cell of the heat map', byCluster('harbor-eu', 4), '?cluster=harbor-eu&severity=4'],
  ['a namespace', byNamespace('search'), '?ns=search'],
  ['a part of a namespace', byNamespace('search', 0), '?ns=search&severity=0'],
  ['a component', byComponent('libc-bin'), '?component_name=libc-bin&advanced=true'],
  ['the part without fix', byComponent('a&b', false), '?component_name=a%26b&advanced=true&fixable=false'],
  ['known exploited', byReason('kev'), '?today=kev'],
  ['overdue', byReason('kev_overdue'), '?today=kev_overdue'],
  ['prioritised', byReason('priority'), '?today=priority'],
  ['likely', byReason('likely'), '?today=likely'],
  ['new', byReason('new'), '?today=new'],
];

describe('the way from a figure to its list', () => {
  it.each(steps)('of %s is its address', (_what, drill, address) => {
    expect(stringifySearch({ ...drill })).toBe(address);
  });

  it.each(steps)('of %s loses nothing in the address, so the list asks for exactly that', (_what, drill, address) => {
    const { cluster, ns, ...filters } = drill ?? {};
    const read = readListSearch(parseSearch(address));
    expect(read).toEqual(filters);
    expect(
      cveListQuery(read, { ...(cluster === undefined ? {} : { cluster }), ...(ns === undefined ? {} : { ns }) }),
    ).toMatchObject({ ...without(filters, 'advanced'), cluster, namespace: ns });
  });

  it('is none for a bucket that nobody knows', () => {
    expect(byAge('7-14')).toBeNull();
  });

  it('is there for every reason of the contract', () => {
    const asked = todayReasons.map(
      (reason) => readListSearch(parseSearch(stringifySearch({ ...byReason(reason) }))).today,
    );
    expect(asked).toEqual([...todayReasons]);
  });
});

function without(record: object, key: string): object {
  return Object.fromEntries(Object.entries(record).filter(([one]) => one !== key));
}
