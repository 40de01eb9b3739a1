import type { EscalationRule } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { severityMask } from '../findings/layout.ts';
import { reachesLimit } from '../findings/scores.ts';
import { passesThresholds } from '../visibility/decide.ts';
import type { StateMask } from '../visibility/aggregate.ts';
import { viewerKey, type Desk, type Sight } from '../visibility/desk.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';
import type { WorkflowEscalation } from '../visibility/workflow.ts';
import { escalationDueDates, escalationLevels, type DueDates } from './due.ts';

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
      const subjects = new PairSubjects(desk, escalatingCves(desk, sight), sight.view.states);
      const horizon = new Horizon(desk.ledger.workflow.escalation, question.now);
      let count = 0;
      for (let pair = 0; pair < scope.pairs.length; pair += 1) {
        if (scope.pairs[pair] === 1) {
          count += subjects.count(pair, horizon, (cve) => isAccepted(desk, cve, pair));
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

/**
 * When the next level of something first seen then comes within the warning days, by the kind of rules that apply to it. Which do depends
 * on the severity and on the thresholds that the EPSS score reaches, so there are few kinds, and each is worked out once.
 */
class Horizon {
  readonly #rules: readonly EscalationRule[];
  readonly #now: number;
  readonly #end: number;
  readonly #limits: readonly number[];
  readonly #delays = new Map<number, DueDates>();

  /** `now` in epoch milliseconds. */
  constructor({ rules, warningDays }: WorkflowEscalation, now: number) {
    this.#rules = rules;
    this.#now = now;
    this.#end = now + warningDays * 86_400_000;
    this.#limits = [...new Set(rules.map((rule) => rule.epss_threshold))];
  }

  /** `firstSeen` in epoch seconds, 0 unknown. */
  isDue(severity: number, epss: number, firstSeen: number): boolean {
    const now = this.#now;
    let kind = severity;
    for (const limit of this.#limits) {
      kind = kind * 2 + Number(reachesLimit(epss, limit));
    }
    let delay = this.#delays.get(kind);
    if (delay === undefined) {
      delay = escalationDueDates(this.#rules, { severity, epss, firstSeen: 0 }, now);
      this.#delays.set(kind, delay);
    }
    if (delay === null) {
      return false;
    }
    const from = firstSeen === 0 ? now : firstSeen * 1000;
    for (const level of escalationLevels) {
      const due = from + delay[level];
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

/**
 * The escalating CVEs of one pair after the other, with their worst there. A fleet has tens of millions of (row, pair), so
 * nothing is allocated for any of them.
 */
class PairSubjects {
  readonly #desk: Desk;
  readonly #states: StateMask;
  /** CVE plus one by fact; 0 where it does not escalate. */
  readonly #cveOfFact: Uint32Array;
  /** Plus one; 0 means: not met in this pair. */
  readonly #severity: Uint8Array;
  readonly #epss: Float32Array;
  readonly #firstSeen: Uint32Array;
  readonly #met: Uint32Array;

  constructor(desk: Desk, escalates: Uint8Array, states: StateMask) {
    const { factCve } = desk.snapshot;
    this.#desk = desk;
    this.#states = states;
    this.#cveOfFact = factCve.map((cve) => (escalates[cve] === 1 ? cve + 1 : 0));
    this.#severity = new Uint8Array(escalates.length);
    this.#epss = new Float32Array(escalates.length);
    this.#firstSeen = new Uint32Array(escalates.length);
    this.#met = new Uint32Array(escalates.length);
  }

  /** How many subjects of a pair are due and nothing excuses. */
  count(pair: number, horizon: Horizon, isExcused: (cve: number) => boolean): number {
    let met = 0;
    for (const segment of this.#desk.segmentsByPair()[pair]!) {
      met = this.#fold(segment, met);
    }
    let count = 0;
    for (let at = 0; at < met; at += 1) {
      const cve = this.#met[at]!;
      if (horizon.isDue(this.#severity[cve]! - 1, this.#epss[cve]!, this.#firstSeen[cve]!) && !isExcused(cve)) {
        count += 1;
      }
      this.#severity[cve] = 0;
      this.#epss[cve] = 0;
      this.#firstSeen[cve] = 0;
    }
    return count;
  }

  #fold(segment: number, before: number): number {
    const { segmentStart, segmentStates, rowFact, rowComponent, rowFirstSeen, factFlags, factEpss } =
      this.#desk.snapshot;
    const takesAll = (segmentStates[segment]! & ~this.#states) === 0;
    const cveOfFact = this.#cveOfFact;
    const severities = this.#severity;
    const likelihoods = this.#epss;
    const sightings = this.#firstSeen;
    const last = segmentStart[segment + 1]!;
    let met = before;
    for (let row = segmentStart[segment]!; row < last; row += 1) {
      const fact = rowFact[row]!;
      const cve = cveOfFact[fact]! - 1;
      if (cve === -1 || !(takesAll || isInStates(rowComponent[row]!, this.#states))) {
        continue;
      }
      const severity = (factFlags[fact]! & severityMask) + 1;
      const worst = severities[cve]!;
      if (worst === 0) {
        this.#met[met] = cve;
        met += 1;
      }
      if (severity > worst) {
        severities[cve] = severity;
      }
      if (factEpss[fact]! > likelihoods[cve]!) {
        likelihoods[cve] = factEpss[fact]!;
      }
      const seen = rowFirstSeen[row]!;
      if (seen !== 0 && (sightings[cve] === 0 || seen < sightings[cve]!)) {
        sightings[cve] = seen;
      }
    }
    return met;
  }
}
