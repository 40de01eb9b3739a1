import type { EscalationRule } from '@pratique/hub/contract';
import { reachesLimit } from '../findings/scores.ts';

const millisecondsPerDay = 86_400_000;
export const escalationLevels = [1, 2, 3] as const;
export type EscalationLevel = (typeof escalationLevels)[number];

/** What decides about the escalation of a CVE in a pair. */
export interface EscalationSubject {
  readonly severity: number;
  readonly epss: number;
  /** Epoch milliseconds; null when unknown, which means: age nothing. */
  readonly firstSeen: number | null;
}

/** When a subject reaches each level, in epoch milliseconds; null when no rule applies. */
export type DueDates = Readonly<Record<EscalationLevel, number>> | null;

/**
 * The one evaluation of escalation rules, for job, preview and pages: a rule applies when its conditions hold (`all`, or
 * `any`, which rules stored without a word mean), and each level is due after the fewest days any applicable rule names.
 */
export function escalationDueDates(
  rules: readonly EscalationRule[],
  subject: EscalationSubject,
  now: number,
): DueDates {
  const applicable = rules.filter((rule) => applies(rule, subject));
  if (applicable.length === 0) {
    return null;
  }
  const from = subject.firstSeen ?? now;
  const due = (days: (rule: EscalationRule) => number) => from + Math.min(...applicable.map(days)) * millisecondsPerDay;
  return {
    1: due((rule) => rule.days_to_level1),
    2: due((rule) => rule.days_to_level2),
    3: due((rule) => rule.days_to_level3),
  };
}

function applies(rule: EscalationRule, subject: EscalationSubject): boolean {
  const severe = subject.severity >= rule.severity_min;
  // Some ask with 32-bit scores, some with what a person sees of them.
  const likely = reachesLimit(Math.fround(subject.epss), rule.epss_threshold);
  return rule.match === 'all' ? severe && likely : severe || likely;
}
