/** Which columns the list has, which of them are shown, and how close the rows stand. */
import type { SortKey } from '@pratique/hub/contract';

export const columnIds = [
  'cve',
  'severity',
  'cvss',
  'epss',
  'component',
  'images',
  'deployments',
  'fixable',
  'fixed_by',
  'first_seen',
  'published',
  'os',
  'impact',
  'kev_due',
  'remediation',
  'deadline',
  'suppressed',
  'rhacs_state',
] as const;
export type ColumnId = (typeof columnIds)[number];

/** The CVE itself cannot be hidden: it is what a row is about. */
export const fixedColumn = 'cve' satisfies ColumnId;

export const defaultColumns: readonly ColumnId[] = [
  'cve',
  'severity',
  'cvss',
  'epss',
  'images',
  'deployments',
  'fixable',
  'first_seen',
  'published',
];

/** What a column is sorted by, for those that the hub can sort by. */
export const sortKeyOf: Readonly<Partial<Record<ColumnId, SortKey>>> = {
  cve: 'cve_id',
  severity: 'severity',
  cvss: 'cvss',
  epss: 'epss_probability',
  images: 'affected_images',
  deployments: 'affected_deployments',
  fixable: 'fixable',
  first_seen: 'first_seen',
  published: 'published_on',
  impact: 'impact_score',
  deadline: 'priority_deadline',
};

/**
 * Least widths, in rem, for where columns cannot take their width from their content because most of it is not drawn.
 * Wide enough for the heading, its sort mark, and the usual content.
 */
export const columnWidths: Readonly<Record<ColumnId, number>> = {
  cve: 15,
  severity: 6.5,
  cvss: 4.75,
  epss: 6.75,
  component: 11,
  images: 5.25,
  deployments: 7.25,
  fixable: 5.75,
  fixed_by: 9,
  first_seen: 6.75,
  published: 6.75,
  os: 9,
  impact: 7.5,
  kev_due: 7.5,
  remediation: 7.5,
  deadline: 9.5,
  suppressed: 8,
  rhacs_state: 8,
};
/** Width, in rem, of the column to tick rows in. */
export const tickWidth = 2.75;

export const densities = ['compact', 'comfortable'] as const;
export type Density = (typeof densities)[number];

/**
 * Reads a choice of columns from an address or from storage: `cve,severity` or a list. Unknown names are dropped,
 * the CVE is always there, and columns keep their order, so that two people who show the same see the same.
 */
export function readColumns(value: unknown): readonly ColumnId[] | undefined {
  const wanted = (Array.isArray(value) ? value : [value]).flatMap((one) =>
    typeof one === 'string' ? one.split(',') : [],
  );
  const known = inOrder(wanted);
  return known.length === 0 ? undefined : inOrder([fixedColumn, ...known]);
}

/** The columns among these names, each once, in the order of the table. */
export function inOrder(names: readonly string[]): readonly ColumnId[] {
  return columnIds.filter((id) => names.includes(id));
}

/** Whether two choices show the same. */
export function sameColumns(a: readonly ColumnId[], b: readonly ColumnId[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
