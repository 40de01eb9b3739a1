import type { CveListQuery, CvePage, SortKey } from '@pratique/hub/contract';
import { sortKeys } from '@pratique/hub/contract/words';
import { cvesOfToday } from '../dashboard/today.ts';
import { reachesLimit } from '../findings/scores.ts';
import { passingPositions, viewerKey, type Desk, type Sight } from '../visibility/desk.ts';
import type { Viewer } from '../visibility/viewer.ts';
import {
  componentNameTest,
  componentTest,
  deploymentTest,
  imageNameTest,
  isSeenAfter,
  statesOf,
  wantedSeverities,
  type CveTest,
} from './filters.ts';
import { orderPositions, type Ordering } from './order.ts';
import { bestAcceptance, presentCve, remediationStatus } from './present.ts';
import { cvesSearched, isIdSearched, parseSearch } from './text-search.ts';

const secondsPerDay = 86_400;
const secondsPerMinute = 60;

/** The list as one person asks for it. `now` in epoch seconds, for ages. */
export interface CveListQuestion {
  readonly viewer: Viewer;
  readonly query: CveListQuery;
  readonly now: number;
  /** Epoch milliseconds of the visit before this one, for `today=new`; null or absent: nothing is new. */
  readonly lastVisit?: number | null;
}

/** The page of the CVE list: find within scope, decide with visibility, filter, order, present. */
export function listCves(desk: Desk, question: CveListQuestion): CvePage {
  const { query, viewer } = question;
  const { sight, order } = orderedCves(desk, question);
  const from = (query.page - 1) * query.page_size;
  const items = order.slice(from, from + query.page_size);
  return {
    items: Array.from(items, (position) => presentCve(desk, sight, viewer, position)),
    total: order.length,
    page: query.page,
    page_size: query.page_size,
    data_as_of: new Date(desk.dataAsOf).toISOString(),
  };
}

/** All positions that pass, in order. Computed once per (version, workflow, viewer, filters). */
export function orderedCves(desk: Desk, question: CveListQuestion): { sight: Sight; order: Uint32Array } {
  const { viewer, query } = question;
  const sight = desk.sight(viewer, desk.scope(viewer, query), statesOf(query));
  const { page: _page, page_size: _size, ...filters } = query;
  // An age turns over at the second a CVE was first seen, not at midnight.
  const age = usesAge(query) ? Math.floor(question.now / secondsPerMinute) : 0;
  const own = query.risk_status === undefined && query.today === undefined ? '' : viewer.userId;
  const today = query.today === undefined ? '' : `${question.lastVisit}|${Math.floor(question.now / secondsPerDay)}`;
  const key = `list|${viewerKey(viewer)}|${own}|${sight.view.scope.key}|${age}|${today}|${JSON.stringify(filters)}`;
  const order = desk.remember(
    key,
    (kept: Uint32Array) => kept.byteLength,
    () => {
      const passing = passingPositions(sight, query.show_suppressed, filterOf(desk, sight, question));
      return orderPositions(desk, sight, passing, orderingOf(query));
    },
  );
  return { sight, order };
}

type PositionTest = (position: number) => boolean;

function usesAge(query: CveListQuery): boolean {
  return query.age_min !== undefined || query.age_max !== undefined;
}

function orderingOf(query: CveListQuery): Ordering {
  const known = (sortKeys as readonly string[]).includes(query.sort_by);
  return { key: known ? (query.sort_by as SortKey) : 'severity', descending: query.sort_desc };
}

/** All filters of the query, together, on positions of the sight; null where there is none. */
function filterOf(desk: Desk, sight: Sight, question: CveListQuestion): PositionTest | null {
  const { query } = question;
  const { view } = sight;
  const tests: ((position: number) => boolean)[] = [];
  const onCve = (test: CveTest | null) => {
    if (test !== null) {
      tests.push((position) => test(view.cves[position]!));
    }
  };
  const severities = wantedSeverities(query.severity);
  if (severities !== null) {
    tests.push((position) => severities.has(view.severity[position]!));
  }
  if (query.fixable !== undefined) {
    tests.push((position) => (view.fixable[position] === 1) === query.fixable);
  }
  if (query.kev !== undefined) {
    tests.push((position) => (sight.kev[position] === 1) === query.kev);
  }
  if (query.cvss_min !== undefined) {
    tests.push((position) => reachesLimit(view.cvss[position]!, query.cvss_min!));
  }
  if (query.epss_min !== undefined) {
    tests.push((position) => reachesLimit(view.epss[position]!, query.epss_min!));
  }
  if (query.prioritized_only) {
    onCve((cve) => desk.ledger.priorities.has(cve));
  }
  if (usesAge(query)) {
    tests.push(ageTest(sight, question));
  }
  if (query.first_seen_after !== undefined) {
    const moment = Date.parse(query.first_seen_after);
    tests.push((position) => isSeenAfter(view.firstSeen[position]!, moment));
  }
  onCve(searchTest(desk, sight, query.search));
  onCve(componentTest(desk, view, query.component));
  onCve(componentNameTest(desk, view, query.component_name));
  onCve(deploymentTest(desk, view, query.deployment));
  onCve(imageNameTest(desk, view, query.image_name));
  onCve(riskTest(desk, question));
  onCve(remediationTest(desk, sight, query.remediation_status));
  onCve(todayTest(desk, question));
  return tests.length === 0 ? null : (position) => tests.every((test) => test(position));
}

/** What the dashboard counts under a reason of "today", so that the count and its list agree. */
function todayTest(desk: Desk, { viewer, query, now, lastVisit }: CveListQuestion): CveTest | null {
  if (query.today === undefined) {
    return null;
  }
  const cves = cvesOfToday(desk, { viewer, filter: query, now, lastVisit: lastVisit ?? null }, query.today);
  return (cve) => cves.has(cve);
}

/** Part of a CVE id, or of the name of a component, image or deployment that holds it within the scope. */
function searchTest(desk: Desk, { view }: Sight, search: string | undefined): CveTest | null {
  const wanted = parseSearch(search);
  if (wanted === null) {
    return null;
  }
  const { cves } = desk.lexicon;
  const found = cvesSearched(desk, view, wanted);
  return (cve) => found[cve] === 1 || isIdSearched(wanted, cves[cve]!);
}

function ageTest({ view }: Sight, { query, now }: CveListQuestion): (position: number) => boolean {
  return (position) => {
    const firstSeen = view.firstSeen[position]!;
    if (firstSeen === 0) {
      return false;
    }
    const days = Math.floor(Math.max(0, now - firstSeen) / secondsPerDay);
    return days >= (query.age_min ?? 0) && days <= (query.age_max ?? Number.POSITIVE_INFINITY);
  };
}

function riskTest(desk: Desk, { query, viewer }: CveListQuestion): CveTest | null {
  const wanted = query.risk_status;
  if (wanted !== 'any' && wanted !== 'requested' && wanted !== 'approved') {
    return null;
  }
  return (cve) => {
    const best = bestAcceptance(desk.ledger.acceptances.get(cve) ?? [], viewer);
    return best !== null && (wanted === 'any' || best.status === wanted);
  };
}

function remediationTest(desk: Desk, sight: Sight, wanted: string | undefined): CveTest | null {
  return wanted === undefined ? null : (cve) => remediationStatus(desk, sight, cve) === wanted;
}
