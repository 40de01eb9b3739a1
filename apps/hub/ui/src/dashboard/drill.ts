/** From a figure to the list that counts exactly that. The scope of the sidebar stays unless a place is named here. */
import type { DashboardData, TodayReason } from '@pratique/hub/contract';
import type { ListSearch } from '../cves/search.ts';
import type { Scope } from '../shell/scope.ts';

/** What the address of the list says after a step down from the dashboard. */
export type Drill = ListSearch & Scope;

/** The lines of the risk matrix: from here on exploitation is likely, and a CVE severe. */
export const likelyFrom = 0.1;
export const severeFrom = 7;

export const all: Drill = {};
export const fixableCritical: Drill = { severity: [4], fixable: true };
export const severeAndLikely: Drill = { epss_min: likelyFrom, cvss_min: severeFrom, advanced: true };

export function bySeverity(severity: number): Drill {
  return { severity: [severity] };
}

export function byFixable(fixable: boolean): Drill {
  return { fixable };
}

export function byCluster(cluster: string, severity?: number): Drill {
  return { cluster, ...(severity === undefined ? {} : { severity: [severity] }) };
}

export function byNamespace(ns: string, severity?: number): Drill {
  return { ns, ...(severity === undefined ? {} : { severity: [severity] }) };
}

export function byComponent(name: string, fixable?: boolean): Drill {
  return { component_name: name, advanced: true, ...(fixable === undefined ? {} : { fixable }) };
}

const ages: Readonly<Record<string, Drill>> = {
  '0-7': { age_min: 0, age_max: 7 },
  '8-30': { age_min: 8, age_max: 30 },
  '31-90': { age_min: 31, age_max: 90 },
  '91-180': { age_min: 91, age_max: 180 },
  '180+': { age_min: 181 },
};

/** Null for a bucket this console does not know: better no link than a wrong one. */
export function byAge(bucket: DashboardData['aging_distribution'][number]['bucket']): Drill | null {
  const range = ages[bucket];
  return range === undefined ? null : { ...range, advanced: true };
}

/** The list of exactly what "today" counts under this reason. */
export function byReason(reason: TodayReason): Drill {
  return { today: reason };
}
