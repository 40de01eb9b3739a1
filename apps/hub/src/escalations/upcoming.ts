import type { EscalationRule } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { severityMask } from '../findings/layout.ts';
import { passesThresholds } from '../visibility/decide.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { escalationDueDates, nextEscalation } from './due.ts';

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
      const escalates = escalatingCves(desk, sight);
      let count = 0;
      for (let pair = 0; pair < scope.pairs.length; pair += 1) {
        if (scope.pairs[pair] === 1) {
          count += countInPair(desk, sight, { ...question, pair, escalates });
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

interface PairQuestion extends UpcomingQuestion {
  readonly pair: number;
  readonly escalates: Uint8Array;
}

function countInPair(desk: Desk, sight: Sight, question: PairQuestion): number {
  const { rules, warningDays, now, pair } = question;
  const horizon = now + warningDays * 86_400_000;
  let count = 0;
  for (const [cve, subject] of subjectsOfPair(desk, sight, question)) {
    const next = nextEscalation(escalationDueDates(rules, subject, now), now);
    if (next !== null && next.at <= horizon && !isAccepted(desk, cve, pair)) {
      count += 1;
    }
  }
  return count;
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

function subjectsOfPair(desk: Desk, sight: Sight, { pair, escalates }: PairQuestion) {
  const { segmentStart, rowFact, rowComponent, rowFirstSeen, factCve, factFlags, factEpss } = desk.snapshot;
  const subjects = new Map<number, { severity: number; epss: number; firstSeen: number | null }>();
  for (const segment of desk.segmentsByPair()[pair]!) {
    for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
      const fact = rowFact[row]!;
      const cve = factCve[fact]!;
      if (escalates[cve] === 0 || !isInStates(rowComponent[row]!, sight.view.states)) {
        continue;
      }
      const subject = subjects.get(cve) ?? { severity: 0, epss: 0, firstSeen: null };
      const seen = rowFirstSeen[row]! * 1000;
      subject.severity = Math.max(subject.severity, factFlags[fact]! & severityMask);
      subject.epss = Math.max(subject.epss, factEpss[fact]!);
      subject.firstSeen = seen === 0 ? subject.firstSeen : Math.min(subject.firstSeen ?? seen, seen);
      subjects.set(cve, subject);
    }
  }
  return subjects;
}
