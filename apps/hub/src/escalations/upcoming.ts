import type { EscalationRule } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { severityMask } from '../findings/layout.ts';
import { passesThresholds } from '../visibility/decide.ts';
import type { StateMask } from '../visibility/aggregate.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { escalationDueDates, escalationLevels, type DueDates } from './due.ts';

/** How many escalations will come within the warning days, in a viewer's scope. `now` in epoch milliseconds. */
export interface UpcomingQuestion {
  readonly viewer: Viewer;
  readonly filter: ScopeFilter;
  readonly rules: readonly EscalationRule[];
  readonly warningDays: number;
  readonly now: number;
}

/**
 * Counts (CVE, pair) whose next level is due within the warning days. The global thresholds hold for everybody here, priorities and requested
 * acceptances lift them; suppressed CVEs and pairs under an approved acceptance do not escalate. An acceptance for single images
 * or deployments does not excuse a whole pair.
 */
export function countUpcoming(desk: Desk, question: UpcomingQuestion): { readonly count: number } {
  const scope = desk.scope(question.viewer, question.filter);
  const hour = Math.floor(question.now / 3_600_000);
  return desk.remember(
    `upcoming|${scope.key}|${question.viewer.isSecTeam}|${hour}|${JSON.stringify([question.rules, question.warningDays])}`,
    () => 0,
    () => {
      const sight = desk.sight(question.viewer, scope);
      const subjects = new PairSubjects(desk, escalatingCves(desk, sight), sight.view.states);
      const isDue = dueWithin(question);
      let count = 0;
      for (let pair = 0; pair < scope.pairs.length; pair += 1) {
        if (scope.pairs[pair] === 1) {
          subjects.each(pair, (cve, subject) => {
            count += Number(isDue(subject) && !isAccepted(desk, cve, pair));
          });
        }
      }
      return { count };
    },
  );
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

/** What decides in one pair; `firstSeen` in epoch seconds, 0 unknown. */
interface Subject {
  severity: number;
  epss: number;
  firstSeen: number;
}

/**
 * Whether the next level of a subject comes within the warning days. Which rules apply depends on the severity and on the thresholds
 * that the EPSS score reaches alone, so there are few answers to the question after how many days: each is worked out once.
 */
function dueWithin({ rules, warningDays, now }: UpcomingQuestion): (subject: Subject) => boolean {
  const horizon = now + warningDays * 86_400_000;
  const limits = [...new Set(rules.map((rule) => rule.epss_threshold))];
  const delays = new Map<number, DueDates>();
  return ({ severity, epss, firstSeen }) => {
    let key = severity;
    for (const limit of limits) {
      key = key * 2 + Number(epss >= limit);
    }
    let delay = delays.get(key);
    if (delay === undefined) {
      delay = escalationDueDates(rules, { severity, epss, firstSeen: 0 }, now);
      delays.set(key, delay);
    }
    if (delay === null) {
      return false;
    }
    const from = firstSeen === 0 ? now : firstSeen * 1000;
    const next = escalationLevels.find((level) => from + delay[level] > now);
    return next !== undefined && from + delay[next] <= horizon;
  };
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
  readonly #escalates: Uint8Array;
  readonly #states: StateMask;
  /** Plus one; 0 means: not met in this pair. */
  readonly #severity: Uint8Array;
  readonly #epss: Float32Array;
  readonly #firstSeen: Uint32Array;
  readonly #subject: Subject = { severity: 0, epss: 0, firstSeen: 0 };

  constructor(desk: Desk, escalates: Uint8Array, states: StateMask) {
    this.#desk = desk;
    this.#escalates = escalates;
    this.#states = states;
    this.#severity = new Uint8Array(escalates.length);
    this.#epss = new Float32Array(escalates.length);
    this.#firstSeen = new Uint32Array(escalates.length);
  }

  /** Visits the subjects of a pair; the object is the same each time. */
  each(pair: number, visit: (cve: number, subject: Subject) => void): void {
    const met: number[] = [];
    for (const segment of this.#desk.segmentsByPair()[pair]!) {
      this.#fold(segment, met);
    }
    const subject = this.#subject;
    for (const cve of met) {
      subject.severity = this.#severity[cve]! - 1;
      subject.epss = this.#epss[cve]!;
      subject.firstSeen = this.#firstSeen[cve]!;
      visit(cve, subject);
      this.#severity[cve] = 0;
      this.#epss[cve] = 0;
      this.#firstSeen[cve] = 0;
    }
  }

  #fold(segment: number, met: number[]): void {
    const { segmentStart, rowFact, rowComponent, rowFirstSeen, factCve, factFlags, factEpss } = this.#desk.snapshot;
    const last = segmentStart[segment + 1]!;
    for (let row = segmentStart[segment]!; row < last; row += 1) {
      const fact = rowFact[row]!;
      const cve = factCve[fact]!;
      if (this.#escalates[cve] === 0 || !isInStates(rowComponent[row]!, this.#states)) {
        continue;
      }
      if (this.#severity[cve] === 0) {
        met.push(cve);
      }
      this.#severity[cve] = Math.max(this.#severity[cve]!, (factFlags[fact]! & severityMask) + 1);
      this.#epss[cve] = Math.max(this.#epss[cve]!, factEpss[fact]!);
      const seen = rowFirstSeen[row]!;
      if (seen !== 0 && (this.#firstSeen[cve] === 0 || seen < this.#firstSeen[cve]!)) {
        this.#firstSeen[cve] = seen;
      }
    }
  }
}
