import type { Today, TodayItem, TodayReason } from '@pratique/hub/contract';
import { todayReasons } from '@pratique/hub/contract/words';
import { isSeenAfter } from '../cves/filters.ts';
import { bestAcceptance, presentCve, remediationStatus } from '../cves/present.ts';
import { reachesLimit } from '../findings/scores.ts';
import { viewerKey, visiblePositions, type Desk, type Sight } from '../visibility/desk.ts';
import { pairsOfCve } from '../visibility/occurrences.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';

const maxItems = 8;
const maxNamespaces = 3;
/** One in ten or more CVEs with this score is exploited within a month. */
const likelyEpss = 0.1;
const likelySeverity = 3;
const answerBytes = 8_000;

/** What one person should do today. */
export interface TodayQuestion {
  readonly viewer: Viewer;
  readonly filter: ScopeFilter;
  /** Epoch seconds. */
  readonly now: number;
  /** Epoch milliseconds of when the person was last seen before this visit; null: nothing is new to them. */
  readonly lastVisit: number | null;
}

/** Everything of {@link Today} that findings and workflow tell. */
export type TodayFigures = Omit<Today, 'last_visit'>;

/** The few things to do: of every kind some before any kind fills the list, each CVE once, under its first reason. */
export function todayOf(desk: Desk, question: TodayQuestion): TodayFigures {
  const { viewer, filter, now, lastVisit } = question;
  const scope = desk.scope(viewer, filter);
  const day = new Date(now * 1000).toISOString().slice(0, 10);
  const key = `today|${viewerKey(viewer)}|${viewer.userId}|${scope.key}|${day}|${lastVisit}`;
  const figures = desk.remember(
    key,
    () => answerBytes,
    () => {
      const sight = desk.sight(viewer, scope);
      const work = { desk, sight, viewer, day, lastVisit };
      const kinds = sortByReason(work);
      const counts = Object.fromEntries(
        todayReasons.map((reason) => [reason, kinds[reason].length]),
      ) as Today['counts'];
      return { items: mix(kinds).map(([reason, position]) => present(work, reason, position)), counts };
    },
  );
  return { ...figures, data_as_of: new Date(desk.dataAsOf).toISOString() };
}

/** The CVEs that count under one reason: what the list shows when a person follows that count. */
export function cvesOfToday(desk: Desk, question: TodayQuestion, reason: TodayReason): ReadonlySet<number> {
  const { viewer, filter, now, lastVisit } = question;
  const sight = desk.sight(viewer, desk.scope(viewer, filter));
  const day = new Date(now * 1000).toISOString().slice(0, 10);
  const positions = sortByReason({ desk, sight, viewer, day, lastVisit })[reason];
  return new Set(positions.map((position) => sight.view.cves[position]!));
}

interface Work {
  readonly desk: Desk;
  readonly sight: Sight;
  readonly viewer: Viewer;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly lastVisit: number | null;
}

type Kinds = Readonly<Record<TodayReason, number[]>>;

function sortByReason(work: Work): Kinds {
  const kinds: Kinds = { kev_overdue: [], kev: [], priority: [], likely: [], new: [] };
  for (const position of visiblePositions(work.sight, false)) {
    const reason = reasonOf(work, position);
    if (reason !== null && !isDone(work, position)) {
      kinds[reason].push(position);
    }
  }
  for (const reason of todayReasons) {
    kinds[reason].sort(byUrgency(work, reason));
  }
  return kinds;
}

function reasonOf({ desk, sight, day, lastVisit }: Work, position: number): TodayReason | null {
  const { view } = sight;
  const cve = view.cves[position]!;
  if (sight.kev[position] === 1) {
    const due = desk.ledger.knownExploited.get(cve) ?? null;
    return due !== null && due < day ? 'kev_overdue' : 'kev';
  }
  if (desk.ledger.priorities.has(cve)) {
    return 'priority';
  }
  if (
    view.fixable[position] === 1 &&
    view.severity[position]! >= likelySeverity &&
    reachesLimit(view.epss[position]!, likelyEpss)
  ) {
    return 'likely';
  }
  return isSeenAfter(view.firstSeen[position]!, lastVisit) ? 'new' : null;
}

/** Somebody has decided already: accepted as far as the viewer may know, or dealt with wherever it runs. */
function isDone({ desk, sight, viewer }: Work, position: number): boolean {
  const cve = sight.view.cves[position]!;
  const acceptance = bestAcceptance(desk.ledger.acceptances.get(cve) ?? [], viewer);
  return acceptance?.status === 'approved' || remediationStatus(desk, sight, cve) === 'remediated';
}

function dueOf({ desk, sight }: Work, position: number): string | null {
  const cve = sight.view.cves[position]!;
  const listed = sight.kev[position] === 1 ? (desk.ledger.knownExploited.get(cve) ?? null) : null;
  const deadline = desk.ledger.priorities.get(cve)?.deadline ?? null;
  return listed ?? (deadline === null ? null : new Date(deadline).toISOString().slice(0, 10));
}

const noDay = '9999-12-31';
const levels = ['critical', 'high', 'medium', 'low'] as const;
/** Kinds in which an earlier day is more urgent. Once a day has passed it says nothing any more: four years late is not worse than two. */
const dated: readonly TodayReason[] = ['kev', 'priority'];
const byLikelihood: readonly TodayReason[] = ['kev_overdue', 'likely'];

/** What is due first, then what the security team calls more urgent, then what is worst; overdue and likely ones by their likelihood. */
function byUrgency(work: Work, reason: TodayReason): (a: number, b: number) => number {
  const { desk, sight } = work;
  const { view } = sight;
  const ranks = desk.lexicon.cveRanks;
  const likelihood = (a: number, b: number) => view.epss[b]! - view.epss[a]!;
  const harm = (a: number, b: number) => view.severity[b]! - view.severity[a]!;
  const [first, second] = byLikelihood.includes(reason) ? [likelihood, harm] : [harm, likelihood];
  const decided = byDecision(work, dated.includes(reason));
  return (a, b) =>
    decided(a, b) ||
    first(a, b) ||
    second(a, b) ||
    view.cvss[b]! - view.cvss[a]! ||
    ranks[view.cves[a]!]! - ranks[view.cves[b]!]!;
}

/** By day, where days count, then by the level the security team gave. */
function byDecision(work: Work, daysCount: boolean): (a: number, b: number) => number {
  const { desk, sight } = work;
  const level = (position: number) => {
    const priority = desk.ledger.priorities.get(sight.view.cves[position]!);
    return priority === undefined ? levels.length : levels.indexOf(priority.level);
  };
  return (a, b) => {
    const [left, right] = daysCount ? [dueOf(work, a) ?? noDay, dueOf(work, b) ?? noDay] : [noDay, noDay];
    return left === right ? level(a) - level(b) : left < right ? -1 : 1;
  };
}

/** Takes the best of each kind in turn until the list is full, then puts the kinds in order. */
function mix(kinds: Kinds): (readonly [TodayReason, number])[] {
  const taken: (readonly [TodayReason, number])[] = [];
  for (let turn = 0; turn < maxItems && taken.length < maxItems; turn += 1) {
    for (const reason of todayReasons) {
      const position = kinds[reason][turn];
      if (position !== undefined && taken.length < maxItems) {
        taken.push([reason, position]);
      }
    }
  }
  return taken.toSorted(([a], [b]) => todayReasons.indexOf(a) - todayReasons.indexOf(b));
}

function present(work: Work, reason: TodayReason, position: number): TodayItem {
  const { desk, sight, viewer } = work;
  const { view } = sight;
  const pairs = pairsOfCve(desk.snapshot, { cve: view.cves[position]!, scope: view.scope, states: view.states });
  const namespaces = [...new Set(pairs.map((pair) => desk.pairNames.namespaces[pair]!))].toSorted();
  const {
    cve_id,
    severity,
    cvss,
    epss_probability,
    fixable,
    fixed_by,
    component_names,
    affected_deployments,
    first_seen,
    priority_level,
  } = presentCve(desk, sight, viewer, position);
  return {
    cve_id,
    reason,
    severity,
    cvss,
    epss_probability,
    fixable,
    fixed_by,
    component_names,
    affected_deployments,
    namespaces: namespaces.slice(0, maxNamespaces),
    namespace_count: namespaces.length,
    due: dueOf(work, position),
    priority_level,
    first_seen,
  };
}
