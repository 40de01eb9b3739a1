import { reachesLimit } from '../findings/scores.ts';
import type { WorkflowThresholds } from './workflow.ts';

/** Everything that decides whether a person sees a CVE in a list, apart from where it runs. */
export interface VisibilityFacts {
  /** Aggregates over the scope, as 32-bit floats. */
  readonly cvss: number;
  readonly epss: number;
  /** The limits that apply to this person; null for those they do not apply to. */
  readonly thresholds: WorkflowThresholds | null;
  readonly kev: boolean;
  readonly prioritised: boolean;
  readonly accepted: boolean;
  /** Every occurrence in scope is covered by approved suppression rules. */
  readonly suppressed: boolean;
}

/**
 * The definition of visibility. Thresholds hold together: a CVE must reach both, unless it is known to be
 * exploited, prioritised by hand or under an active risk acceptance. Those three lift thresholds only: a
 * suppressed CVE stays out of lists that do not ask for suppressed ones.
 */
export function isVisible(facts: VisibilityFacts, showSuppressed: boolean): boolean {
  return (showSuppressed || !facts.suppressed) && passesThresholds(facts);
}

/** The threshold half of the definition, with what lifts it. */
export function passesThresholds(facts: VisibilityFacts): boolean {
  return (
    facts.thresholds === null ||
    facts.kev ||
    facts.prioritised ||
    facts.accepted ||
    (reachesLimit(facts.cvss, facts.thresholds.minCvss) && reachesLimit(facts.epss, facts.thresholds.minEpss))
  );
}
