/** The page of the CVE list, naively; see naive-oracle-fixture.ts. */
import type { CveListItem, CveListQuery } from '@pratique/hub/contract';
import {
  ascending,
  isSearched,
  listItem,
  reaches,
  visibleOf,
  wantsSeverity,
  type Asked,
  type Judged,
} from './naive-oracle-fixture.ts';

function passesFilters(
  asked: Asked,
  query: CveListQuery,
  { one, item }: { readonly one: Judged; readonly item: CveListItem },
): boolean {
  const age = one.firstSeen === null ? null : Math.floor(Math.max(0, asked.now - one.firstSeen) / 86_400);
  const usesAge = query.age_min !== undefined || query.age_max !== undefined;
  const risk = query.risk_status;
  const names = item.component_names;
  return [
    wantsSeverity(query.severity, one.severity),
    query.fixable === undefined || query.fixable === one.fixable,
    query.kev === undefined || query.kev === one.kev,
    !query.prioritized_only || one.prioritised,
    query.cvss_min === undefined || reaches(one.cvss, query.cvss_min),
    query.epss_min === undefined || reaches(one.epss, query.epss_min),
    !usesAge || (age !== null && age >= (query.age_min ?? 0) && age <= (query.age_max ?? Infinity)),
    isSearched(query.search, one.cve, one.occurrences),
    query.component_name === undefined || names.includes(query.component_name),
    query.first_seen_after === undefined ||
      (one.firstSeen !== null && Math.floor(one.firstSeen) * 1000 > Date.parse(query.first_seen_after)),
    query.component === undefined || names.some((name) => name.toLowerCase().includes(query.component!.toLowerCase())),
    query.deployment === undefined || one.occurrences.some(({ deployment }) => deployment.name === query.deployment),
    query.image_name === undefined || one.occurrences.some(({ imageName }) => imageName === query.image_name),
    !(risk === 'any' || risk === 'requested' || risk === 'approved') ||
      (risk === 'any' ? item.has_risk_acceptance : item.risk_acceptance_status === risk),
    query.remediation_status === undefined || item.remediation_status === query.remediation_status,
  ].every(Boolean);
}

function sortValue(key: string, { one, item }: { readonly one: Judged; readonly item: CveListItem }): number | string {
  const values: Readonly<Record<string, number | string>> = {
    cvss: one.cvss,
    epss_probability: one.epss,
    affected_deployments: item.affected_deployments,
    affected_images: item.affected_images,
    first_seen: one.firstSeen ?? -Infinity,
    published_on: one.published ?? -Infinity,
    cve_id: one.cve,
    fixable: Number(one.fixable),
    impact_score: one.impact,
    priority_deadline: item.priority_deadline === null ? -Infinity : Date.parse(item.priority_deadline),
  };
  return values[key] ?? one.severity;
}

/** The page of the list that a query asks for. */
export function naiveList(
  asked: Asked,
  query: CveListQuery,
): { readonly items: CveListItem[]; readonly total: number } {
  const shown = visibleOf(asked, query, {
    ...(query.rhacs_state === undefined ? {} : { state: query.rhacs_state }),
    showSuppressed: query.show_suppressed,
  })
    .map((one) => ({ one, item: listItem(asked, one) }))
    .filter((entry) => passesFilters(asked, query, entry));
  const direction = query.sort_desc ? -1 : 1;
  const ordered = shown.toSorted(
    (a, b) =>
      Number(b.one.prioritised) - Number(a.one.prioritised) ||
      direction * ascending(sortValue(query.sort_by, a), sortValue(query.sort_by, b)) ||
      b.one.severity - a.one.severity ||
      b.one.cvss - a.one.cvss ||
      b.one.epss - a.one.epss ||
      ascending(a.one.cve, b.one.cve),
  );
  const from = (query.page - 1) * query.page_size;
  return { items: ordered.slice(from, from + query.page_size).map(({ item }) => item), total: shown.length };
}
