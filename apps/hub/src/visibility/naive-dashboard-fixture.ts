/** The figures of the dashboard, naively; see naive-oracle-fixture.ts. */
import type { CveListItem, DashboardData } from '@pratique/hub/contract';
import {
  ascending,
  distinct,
  inScope,
  listItem,
  occurrencesOf,
  shownAcceptance,
  visibleOf,
  type Asked,
  type Judged,
} from './naive-oracle-fixture.ts';
import type { ScopeFilter } from './reach.ts';

const day = 86_400;
const severityNames = ['unknown', 'low', 'moderate', 'important', 'critical'] as const;

/** The figures that come from findings. */
export type NaiveFigures = Omit<
  DashboardData,
  | 'stat_escalations'
  | 'stat_upcoming_escalations'
  | 'stat_open_risk_acceptances'
  | 'risk_acceptance_pipeline'
  | 'data_as_of'
>;

/** All figures over one visible set. */
export function naiveDashboard(asked: Asked, filter: ScopeFilter): NaiveFigures {
  const visible = visibleOf(asked, filter);
  const fixable = visible.filter((one) => one.fixable).length;
  const byRisk = visible.toSorted((a, b) => b.epss - a.epss || b.cvss - a.cvss || ascending(a.cve, b.cve));
  const hasScope = asked.world.deployments.some((place) => inScope(asked, filter, place));
  return {
    stat_total_cves: visible.length,
    stat_fixable_critical_cves: visible.filter((one) => one.severity === 4 && one.fixable).length,
    severity_distribution: [0, 1, 2, 3, 4]
      .map((severity) => ({ severity, count: ofSeverity(visible, severity) }))
      .filter(({ count }) => count > 0),
    cves_per_namespace: perNamespace(asked, filter),
    priority_cves: priorities(asked, visible),
    high_epss_cves: byRisk.slice(0, 5).map((one) => listItem(asked, one)),
    cve_trend: hasScope ? trend(asked, visible) : [],
    epss_matrix: byRisk.map(({ cve, cvss, epss, severity }) => ({ cve_id: cve, cvss, epss, severity })),
    epss_matrix_truncated: false,
    cluster_heatmap: heatmap(asked, filter),
    aging_distribution: hasScope ? ages(asked, visible) : [],
    top_vulnerable_components: components(visible),
    fixability_breakdown: { fixable, unfixable: visible.length - fixable },
    fixable_trend: hasScope ? fixableTrend(asked, visible) : [],
    mttr_by_severity: meanTimes(asked, filter, visible),
  };
}

function ofSeverity(cves: readonly Judged[], severity: number): number {
  return cves.filter((one) => one.severity === severity).length;
}

function counts(cves: readonly Judged[]) {
  const [unknown, low, moderate, important, critical] = severityNames.map((_, severity) =>
    ofSeverity(cves, severity),
  ) as [number, number, number, number, number];
  return { unknown, low, moderate, important, critical };
}

/** What the list of a namespace shows, for every namespace in which it shows anything. */
function perNamespace(asked: Asked, filter: ScopeFilter): NaiveFigures['cves_per_namespace'] {
  return placesOf(asked, filter, ({ namespace }) => namespace)
    .map((namespace) => {
      const inside = visibleOf(asked, { ...filter, namespace });
      const clusters = inside.flatMap((one) => one.occurrences.map(({ deployment }) => deployment.cluster));
      return { namespace, count: inside.length, ...counts(inside), cluster_count: new Set(clusters).size };
    })
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || ascending(a.namespace, b.namespace));
}

/** What the list of a cluster shows, for every cluster of the scope. */
function heatmap(asked: Asked, filter: ScopeFilter): NaiveFigures['cluster_heatmap'] {
  return placesOf(asked, filter, ({ cluster }) => cluster).map((cluster) => {
    const inside = visibleOf(asked, { ...filter, cluster });
    return { cluster, ...counts(inside), total: inside.length };
  });
}

function placesOf(
  asked: Asked,
  filter: ScopeFilter,
  name: (place: { readonly namespace: string; readonly cluster: string }) => string,
): string[] {
  return distinct(asked.world.deployments.filter((place) => inScope(asked, filter, place)).map(name));
}

function priorities(asked: Asked, visible: readonly Judged[]): CveListItem[] {
  const deadline = ({ cve }: Judged) => asked.workflow.priorities.find(({ cveId }) => cveId === cve)?.deadline ?? null;
  return visible
    .filter((one) => one.prioritised && shownAcceptance(asked, one.cve) === null)
    .toSorted((a, b) => {
      const [left, right] = [deadline(a), deadline(b)];
      const dates =
        left === null && right === null
          ? ascending(a.firstSeen ?? -Infinity, b.firstSeen ?? -Infinity)
          : ascending(left ?? Infinity, right ?? Infinity);
      return dates || b.severity - a.severity || b.epss - a.epss || ascending(a.cve, b.cve);
    })
    .slice(0, 8)
    .map((one) => listItem(asked, one));
}

function lastDays({ now }: Asked, count: number): number[] {
  const today = Math.floor(now / day);
  return Array.from({ length: count }, (_, at) => today - count + 1 + at);
}

function dateOf(dayNumber: number): string {
  return new Date(dayNumber * day * 1000).toISOString().slice(0, 10);
}

function bornOn(visible: readonly Judged[], dayNumber: number): Judged[] {
  return visible.filter(({ firstSeen }) => firstSeen !== null && Math.floor(firstSeen / day) === dayNumber);
}

function trend(asked: Asked, visible: readonly Judged[]): NaiveFigures['cve_trend'] {
  return lastDays(asked, 90).map((dayNumber) => {
    const { unknown: _unknown, ...rest } = counts(bornOn(visible, dayNumber));
    return { date: dateOf(dayNumber), ...rest };
  });
}

function fixableTrend(asked: Asked, visible: readonly Judged[]): NaiveFigures['fixable_trend'] {
  return lastDays(asked, 30).map((dayNumber) => {
    const born = bornOn(visible, dayNumber);
    const fixable = born.filter((one) => one.fixable).length;
    return { date: dateOf(dayNumber), fixable, unfixable: born.length - fixable };
  });
}

/** A CVE whose first sighting is unknown has no age. */
function ages({ now }: Asked, visible: readonly Judged[]): NaiveFigures['aging_distribution'] {
  const days = visible.flatMap(({ firstSeen }) =>
    firstSeen === null ? [] : [Math.floor(Math.max(0, now - firstSeen) / day)],
  );
  const between = (low: number, high: number) => days.filter((age) => age >= low && age <= high).length;
  return [
    { bucket: '0-7', count: between(0, 7) },
    { bucket: '8-30', count: between(8, 30) },
    { bucket: '31-90', count: between(31, 90) },
    { bucket: '91-180', count: between(91, 180) },
    { bucket: '180+', count: between(181, Infinity) },
  ];
}

function components(visible: readonly Judged[]): NaiveFigures['top_vulnerable_components'] {
  const names = distinct(visible.flatMap((one) => one.occurrences.map(({ component }) => component))).filter(
    (name) => name !== '',
  );
  return names
    .map((component_name) => {
      const inside = visible.filter((one) => one.occurrences.some(({ component }) => component === component_name));
      const fixable = inside.filter((one) => one.fixable).length;
      return {
        component_name,
        cve_count: inside.length,
        fixable_count: fixable,
        unfixable_count: inside.length - fixable,
      };
    })
    .toSorted((a, b) => b.cve_count - a.cve_count || ascending(a.component_name, b.component_name))
    .slice(0, 10);
}

/** Days from the first sighting in the pair, whatever its state there, to the resolution. */
function meanTimes(asked: Asked, filter: ScopeFilter, visible: readonly Judged[]): NaiveFigures['mttr_by_severity'] {
  const everywhere = occurrencesOf(asked, filter, 'any');
  const taken = asked.workflow.remediations.flatMap((remediation) => {
    const one = visible.find(({ cve }) => cve === remediation.cveId);
    const seen = everywhere
      .filter(
        ({ row, deployment }) =>
          row.cve === remediation.cveId &&
          deployment.namespace === remediation.namespace &&
          deployment.cluster === remediation.cluster_name,
      )
      .flatMap(({ row }) => (row.firstSeen === null ? [] : [row.firstSeen]));
    if (one === undefined || seen.length === 0 || remediation.resolvedAt === null || remediation.status === 'wont_fix')
      return [];
    const days = (remediation.resolvedAt / 1000 - Math.floor(Math.min(...seen))) / day;
    return days < 0 ? [] : [{ severity: one.severity, days }];
  });
  return [0, 1, 2, 3, 4].flatMap((severity) => {
    const own = taken.filter((one) => one.severity === severity).map(({ days }) => days);
    const mean = own.reduce((sum, days) => sum + days, 0) / own.length;
    return own.length === 0 ? [] : [{ severity, avg_days: Math.round(mean * 10_000) / 10_000, count: own.length }];
  });
}
