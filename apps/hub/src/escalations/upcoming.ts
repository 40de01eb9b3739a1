import { isInStates } from '../cves/filters.ts';
import { severityMask } from '../findings/layout.ts';
import { passesThresholds } from '../visibility/decide.ts';
import type { StateMask } from '../visibility/aggregate.ts';
import { viewerKey, type Desk, type Sight } from '../visibility/desk.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';
import type { WorkflowEscalation } from '../visibility/workflow.ts';
import { escalationDueDates, escalationLevels } from './due.ts';

/** How many escalations will come within the warning days, in a viewer's scope. `now` in epoch milliseconds. */
export interface UpcomingQuestion {
  readonly viewer: Viewer;
  readonly filter: ScopeFilter;
  readonly now: number;
}

/**
 * Counts (CVE, pair) whose next level is due within the warning days. The global thresholds hold for everybody here, priorities and requested
 * acceptances lift them; suppressed CVEs and pairs under an approved acceptance do not escalate. An acceptance for single images
 * or deployments does not excuse a whole pair.
 */
export function countUpcoming(desk: Desk, question: UpcomingQuestion): number {
  const scope = desk.scope(question.viewer, question.filter);
  const hour = Math.floor(question.now / 3_600_000);
  const { count } = desk.remember(
    `upcoming|${viewerKey(question.viewer)}|${scope.key}|${hour}`,
    () => 0,
    () => {
      const sight = desk.sight(question.viewer, scope);
      const horizon = new Horizon(desk.ledger.workflow.escalation, question.now);
      const escalating = { escalates: escalatingCves(desk, sight), states: sight.view.states, horizon };
      const subjects = new PairSubjects(desk, escalating);
      let count = 0;
      for (let pair = 0; pair < scope.pairs.length; pair += 1) {
        if (scope.pairs[pair] === 1) {
          count += subjects.count(pair, (cve) => isAccepted(desk, cve, pair));
        }
      }
      return { count };
    },
  );
  return count;
}

/** 1 for each CVE index that may escalate at all. */
function escalatingCves(desk: Desk, sight: Sight): Uint8Array {
  const { view } = sight;
  const { ledger } = desk;
  const escalates = new Uint8Array(desk.lexicon.cves.length);
  for (let position = 0; position < view.cves.length; position += 1) {
    const cve = view.cves[position]!;
    const facts = {
      cvss: view.cvss[position]!,
      epss: view.epss[position]!,
      thresholds: ledger.workflow.thresholds,
      kev: sight.kev[position] === 1,
      prioritised: ledger.priorities.has(cve),
      accepted: (ledger.acceptances.get(cve) ?? []).some((acceptance) => acceptance.status === 'requested'),
      suppressed: sight.suppressed[position] === 1,
    };
    escalates[cve] = Number(!facts.suppressed && passesThresholds(facts));
  }
  return escalates;
}

/** Severities are 0 to 4. */
const severities = 5;
/** Where no rule applies: later than any end. */
const never = Number.POSITIVE_INFINITY;

/**
 * When the next level of something first seen then comes within the warning days. Which rules apply depends on the severity and on how many of
 * the rules' thresholds the EPSS score reaches, so there are few kinds; the delays of each are worked out once, because a fleet asks millions of times.
 */
class Horizon {
  readonly #now: number;
  readonly #end: number;
  /** Ascending, as 32-bit floats. */
  readonly #limits: Float32Array;
  /** Milliseconds to each of three levels, by kind. */
  readonly #delays: Float64Array;

  /** `now` in epoch milliseconds. */
  constructor({ rules, warningDays }: WorkflowEscalation, now: number) {
    this.#now = now;
    this.#end = now + warningDays * 86_400_000;
    this.#limits = Float32Array.from(new Set(rules.map((rule) => Math.fround(rule.epss_threshold)))).sort();
    const kinds = severities * (this.#limits.length + 1);
    this.#delays = new Float64Array(kinds * escalationLevels.length).fill(never);
    for (let kind = 0; kind < kinds; kind += 1) {
      const reached = Math.floor(kind / severities);
      const epss = reached === 0 ? Number.NEGATIVE_INFINITY : this.#limits[reached - 1]!;
      const due = escalationDueDates(rules, { severity: kind % severities, epss, firstSeen: 0 }, now);
      escalationLevels.forEach((level, at) => {
        this.#delays[kind * escalationLevels.length + at] = due?.[level] ?? never;
      });
    }
  }

  /** How many of the thresholds a score reaches. */
  reached(epss: number): number {
    let reached = 0;
    while (reached < this.#limits.length && epss >= this.#limits[reached]!) {
      reached += 1;
    }
    return reached;
  }

  /** `reached`: see above. `firstSeen` in epoch seconds, 0 unknown. */
  isDue(severity: number, reached: number, firstSeen: number): boolean {
    const delays = this.#delays;
    const now = this.#now;
    const from = firstSeen === 0 ? now : firstSeen * 1000;
    const first = (reached * severities + severity) * escalationLevels.length;
    for (let at = first; at < first + escalationLevels.length; at += 1) {
      const due = from + delays[at]!;
      if (due > now) {
        return due <= this.#end;
      }
    }
    return false;
  }
}

function isAccepted(desk: Desk, cve: number, pair: number): boolean {
  const namespace = desk.pairNames.namespaces[pair];
  const cluster = desk.pairNames.clusters[pair];
  return (desk.ledger.acceptances.get(cve) ?? []).some(
    ({ status, mode, targets }) =>
      status === 'approved' &&
      (mode === 'all' ||
        (mode === 'namespace' &&
          targets.some((target) => target.namespace === namespace && target.cluster_name === cluster))),
  );
}

const weightSeverity = 0b111;
const reachedShift = 3;

interface Escalating {
  /** 1 for each CVE index that may escalate at all. */
  readonly escalates: Uint8Array;
  readonly states: StateMask;
  readonly horizon: Horizon;
}

/**
 * The escalating CVEs of one pair after the other, with their worst there. A fleet has tens of millions of (row, pair), so
 * nothing is allocated for any of them.
 */
class PairSubjects {
  readonly #desk: Desk;
  readonly #states: StateMask;
  readonly #horizon: Horizon;
  /** Severity plus one, and how many thresholds the score reaches, by fact; 0 where its CVE does not escalate. */
  readonly #weights: Uint32Array;
  /** The higher of each, by CVE; 0 means: not met in this pair. */
  readonly #worst: Uint32Array;
  readonly #firstSeen: Uint32Array;
  readonly #met: Uint32Array;

  constructor(desk: Desk, { escalates, states, horizon }: Escalating) {
    const { factCve, factFlags, factEpss } = desk.snapshot;
    this.#desk = desk;
    this.#states = states;
    this.#horizon = horizon;
    this.#weights = factCve.map((cve, fact) =>
      escalates[cve] === 0
        ? 0
        : (horizon.reached(factEpss[fact]!) << reachedShift) | ((factFlags[fact]! & severityMask) + 1),
    );
    this.#worst = new Uint32Array(escalates.length);
    this.#firstSeen = new Uint32Array(escalates.length);
    this.#met = new Uint32Array(escalates.length);
  }

  /** How many subjects of a pair are due and nothing excuses. */
  count(pair: number, isExcused: (cve: number) => boolean): number {
    let met = 0;
    for (const segment of this.#desk.segmentsByPair()[pair]!) {
      met = this.#fold(segment, met);
    }
    let count = 0;
    const worst = this.#worst;
    const sighting = this.#firstSeen;
    for (const cve of this.#met.subarray(0, met)) {
      const weight = worst[cve]!;
      const isDue = this.#horizon.isDue((weight & weightSeverity) - 1, weight >>> reachedShift, sighting[cve]!);
      count += Number(isDue && !isExcused(cve));
      worst[cve] = 0;
      sighting[cve] = 0;
    }
    return count;
  }

  #fold(segment: number, before: number): number {
    const { segmentStart, segmentStates, rowFact, rowComponent, rowFirstSeen, factCve } = this.#desk.snapshot;
    const takesAll = (segmentStates[segment]! & ~this.#states) === 0;
    const weights = this.#weights;
    const worst = this.#worst;
    const sightings = this.#firstSeen;
    const last = segmentStart[segment + 1]!;
    let met = before;
    for (let row = segmentStart[segment]!; row < last; row += 1) {
      const fact = rowFact[row]!;
      const weight = weights[fact]!;
      if (weight === 0 || !(takesAll || isInStates(rowComponent[row]!, this.#states))) {
        continue;
      }
      const cve = factCve[fact]!;
      const known = worst[cve]!;
      if (known === 0) {
        this.#met[met] = cve;
        met += 1;
      }
      if (weight !== known) {
        const severity = Math.max(weight & weightSeverity, known & weightSeverity);
        worst[cve] = (Math.max(weight >>> reachedShift, known >>> reachedShift) << reachedShift) | severity;
      }
      const seen = rowFirstSeen[row]!;
      const first = sightings[cve]!;
      if (seen !== 0 && (first === 0 || seen < first)) {
        sightings[cve] = seen;
      }
    }
    return met;
  }
}
