/** Every number of a dashboard beside the query of the list it links to. */
import type { CveListQuery, DashboardData } from '@pratique/hub/contract';

/** A number, and what to ask the list for so that its total is that number. */
export interface LinkedNumber {
  readonly name: string;
  readonly shown: number;
  readonly query: Partial<CveListQuery>;
}

type Figures = Pick<
  DashboardData,
  | 'stat_total_cves'
  | 'stat_fixable_critical_cves'
  | 'severity_distribution'
  | 'cves_per_namespace'
  | 'cluster_heatmap'
  | 'aging_distribution'
  | 'top_vulnerable_components'
  | 'fixability_breakdown'
>;

const cells = ['unknown', 'low', 'moderate', 'important', 'critical'] as const;
const ages: Readonly<Record<string, Partial<CveListQuery>>> = {
  '0-7': { age_min: 0, age_max: 7 },
  '8-30': { age_min: 8, age_max: 30 },
  '31-90': { age_min: 31, age_max: 90 },
  '91-180': { age_min: 91, age_max: 180 },
  '180+': { age_min: 181 },
};

/** All of them; severities that are not in the distribution are counted as zero. */
export function linkedNumbers(figures: Figures): LinkedNumber[] {
  const one = (name: string, shown: number, query: Partial<CveListQuery>): LinkedNumber => ({ name, shown, query });
  return [
    one('all', figures.stat_total_cves, {}),
    one('fixable and critical', figures.stat_fixable_critical_cves, { severity: ['critical'], fixable: true }),
    one('fixable', figures.fixability_breakdown.fixable, { fixable: true }),
    one('unfixable', figures.fixability_breakdown.unfixable, { fixable: false }),
    ...cells.map((name, severity) => {
      return one(name, figures.severity_distribution.find((slice) => slice.severity === severity)?.count ?? 0, {
        severity: [name],
      });
    }),
    ...figures.cves_per_namespace.flatMap((row) =>
      place(row.namespace, row.count, { row, query: { namespace: row.namespace } }),
    ),
    ...figures.cluster_heatmap.flatMap((row) =>
      place(row.cluster, row.total, { row, query: { cluster: row.cluster } }),
    ),
    ...figures.aging_distribution.map(({ bucket, count }) => one(`age ${bucket}`, count, ages[bucket]!)),
    ...figures.top_vulnerable_components.flatMap((row) => [
      one(row.component_name, row.cve_count, { component_name: row.component_name }),
      one(`${row.component_name} fixable`, row.fixable_count, { component_name: row.component_name, fixable: true }),
      one(`${row.component_name} unfixable`, row.unfixable_count, {
        component_name: row.component_name,
        fixable: false,
      }),
    ]),
  ];
}

interface PlaceRow {
  readonly row: Readonly<Record<(typeof cells)[number], number>>;
  readonly query: Partial<CveListQuery>;
}

function place(name: string, all: number, { row, query }: PlaceRow): LinkedNumber[] {
  const ofSeverity = cells.map((cell) => ({
    name: `${name} ${cell}`,
    shown: row[cell],
    query: { ...query, severity: [cell] },
  }));
  return [{ name, shown: all, query }, ...ofSeverity];
}
