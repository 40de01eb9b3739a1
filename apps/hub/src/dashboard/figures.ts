import type { DashboardData } from '@pratique/hub/contract';
import { bestAcceptance, presentCve } from '../cves/present.ts';
import { countUpcoming } from '../escalations/upcoming.ts';
import { shownCvss, shownEpss } from '../findings/scores.ts';
import { visiblePositions, viewerKey, type Desk, type Sight } from '../visibility/desk.ts';
import { rank, type Comparison } from '../visibility/ranking.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { countByPlace } from './by-place.ts';
import { topComponents } from './components.ts';
import { meanTimeToResolve } from './time-to-resolve.ts';

const secondsPerDay = 86_400;
const secondsPerMinute = 60;
const trendDays = 90;
const fixableTrendDays = 30;
const maxMatrixPoints = 2000;
/** Roughly what the figures take: the matrix is most of it. */
const figuresBytes = 500_000;
const ageBuckets = [
  { bucket: '0-7', below: 8 },
  { bucket: '8-30', below: 31 },
  { bucket: '31-90', below: 91 },
  { bucket: '91-180', below: 181 },
  { bucket: '180+', below: Number.POSITIVE_INFINITY },
];

/** The dashboard as one person asks for it; `now` in epoch seconds. */
export interface DashboardQuestion {
  readonly viewer: Viewer;
  readonly filter: ScopeFilter;
  readonly now: number;
}

/** The figures that come from findings; those of the workflow's own tables are added where they live. */
export type FindingFigures = Omit<
  DashboardData,
  'stat_escalations' | 'stat_open_risk_acceptances' | 'risk_acceptance_pipeline'
>;

/** All figures over one visible set, so that they agree with each other; each equals the total of the list it links to. */
export function dashboardFigures(desk: Desk, { viewer, filter, now }: DashboardQuestion): FindingFigures {
  const scope = desk.scope(viewer, filter);
  const today = Math.floor(now / secondsPerDay);
  // Ages turn over at any second of a day; a minute is how old an answer may be.
  const minute = Math.floor(now / secondsPerMinute);
  const figures = desk.remember(
    `dashboard|${viewerKey(viewer)}|${viewer.userId}|${scope.key}|${minute}`,
    () => figuresBytes,
    () => {
      const sight = desk.sight(viewer, scope);
      const visible = visiblePositions(sight, false);
      const risky = rank(visible, [(position) => -sight.view.epss[position]!], byRisk(desk, sight));
      const present = (position: number) => presentCve(desk, sight, viewer, position);
      return {
        ...severityFigures(sight, visible),
        ...fixability(sight, visible),
        priority_cves: priorityCves({ desk, sight, viewer }, visible).map(present),
        high_epss_cves: Array.from(risky.subarray(0, 5), present),
        ...(scope.pairCount === 0 ? { cve_trend: [], fixable_trend: [] } : trends(sight, visible, today)),
        ...riskMatrix(desk, sight, risky),
        aging_distribution: scope.pairCount === 0 ? [] : ages(sight, visible, now),
        ...countByPlace({ desk, viewer, sight, visible }),
        top_vulnerable_components: topComponents(desk, sight, visible),
        mttr_by_severity: meanTimeToResolve(desk, sight, visible),
      };
    },
  );
  const upcoming = countUpcoming(desk, { viewer, filter, now: now * 1000 });
  return { ...figures, stat_upcoming_escalations: upcoming, data_as_of: new Date(desk.dataAsOf).toISOString() };
}

function severityFigures({ view }: Sight, visible: readonly number[]) {
  const counts = [0, 0, 0, 0, 0];
  let fixableCritical = 0;
  for (const position of visible) {
    counts[view.severity[position]!]! += 1;
    fixableCritical += Number(view.severity[position] === 4 && view.fixable[position] === 1);
  }
  return {
    stat_total_cves: visible.length,
    stat_fixable_critical_cves: fixableCritical,
    severity_distribution: counts.map((count, severity) => ({ severity, count })).filter(({ count }) => count > 0),
  };
}

function fixability({ view }: Sight, visible: readonly number[]) {
  const fixable = visible.filter((position) => view.fixable[position] === 1).length;
  return { fixability_breakdown: { fixable, unfixable: visible.length - fixable } };
}

/** Prioritised CVEs nobody has accepted as far as the viewer may know, those with a deadline first; at most eight. */
function priorityCves(
  { desk, sight, viewer }: { readonly desk: Desk; readonly sight: Sight; readonly viewer: Viewer },
  visible: readonly number[],
): number[] {
  const { priorities, acceptances } = desk.ledger;
  const { view } = sight;
  const ranks = desk.lexicon.cveRanks;
  const deadline = (position: number) => priorities.get(view.cves[position]!)?.deadline ?? null;
  const isAccepted = (cve: number) => bestAcceptance(acceptances.get(cve) ?? [], viewer) !== null;
  return visible
    .filter((position) => priorities.has(view.cves[position]!) && !isAccepted(view.cves[position]!))
    .toSorted((a, b) => {
      const [left, right] = [deadline(a), deadline(b)];
      return (
        Number(left === null) - Number(right === null) ||
        (left ?? view.firstSeen[a]!) - (right ?? view.firstSeen[b]!) ||
        view.severity[b]! - view.severity[a]! ||
        view.epss[b]! - view.epss[a]! ||
        ranks[view.cves[a]!]! - ranks[view.cves[b]!]!
      );
    })
    .slice(0, 8);
}

/** Most likely to be exploited first; ties by score, then by id, so that a snapshot numbered anew answers the same. */
function byRisk(desk: Desk, { view }: Sight): Comparison {
  const ranks = desk.lexicon.cveRanks;
  return (a, b) =>
    view.epss[b]! - view.epss[a]! || view.cvss[b]! - view.cvss[a]! || ranks[view.cves[a]!]! - ranks[view.cves[b]!]!;
}

/** A CVE is new on the day it was first seen anywhere in scope; quiet days are zeros. */
function trends({ view }: Sight, visible: readonly number[], today: number) {
  const days = new Map<number, { bySeverity: number[]; fixable: number; unfixable: number }>();
  for (let day = today - trendDays + 1; day <= today; day += 1) {
    days.set(day, { bySeverity: [0, 0, 0, 0, 0], fixable: 0, unfixable: 0 });
  }
  for (const position of visible) {
    const day = days.get(Math.floor(view.firstSeen[position]! / secondsPerDay));
    if (day !== undefined && view.firstSeen[position] !== 0) {
      day.bySeverity[view.severity[position]!]! += 1;
      day[view.fixable[position] === 1 ? 'fixable' : 'unfixable'] += 1;
    }
  }
  const dated = [...days].map(([day, counts]) => ({
    date: new Date(day * secondsPerDay * 1000).toISOString().slice(0, 10),
    ...counts,
  }));
  return {
    cve_trend: dated.map(({ date, bySeverity }) => ({
      date,
      critical: bySeverity[4]!,
      important: bySeverity[3]!,
      moderate: bySeverity[2]!,
      low: bySeverity[1]!,
    })),
    fixable_trend: dated.slice(-fixableTrendDays).map(({ date, fixable, unfixable }) => ({ date, fixable, unfixable })),
  };
}

/** `risky`: what is visible, the most likely to be exploited first. */
function riskMatrix(desk: Desk, { view }: Sight, risky: Uint32Array) {
  return {
    epss_matrix: Array.from(risky.subarray(0, maxMatrixPoints), (position) => ({
      cve_id: desk.lexicon.cves[view.cves[position]!]!,
      cvss: shownCvss(view.cvss[position]!),
      epss: shownEpss(view.epss[position]!),
      severity: view.severity[position]!,
    })),
    epss_matrix_truncated: risky.length > maxMatrixPoints,
  };
}

/** Whole days since first seen in half-open buckets; CVEs whose first sighting is unknown have no age. */
function ages({ view }: Sight, visible: readonly number[], now: number) {
  const counts = ageBuckets.map(({ bucket }) => ({ bucket, count: 0 }));
  for (const position of visible) {
    const firstSeen = view.firstSeen[position]!;
    if (firstSeen !== 0) {
      const days = Math.floor(Math.max(0, now - firstSeen) / secondsPerDay);
      counts[ageBuckets.findIndex(({ below }) => days < below)]!.count += 1;
    }
  }
  return counts;
}
