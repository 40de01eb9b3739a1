/** How many escalations are coming, naively; see naive-oracle-fixture.ts. */
import type { EscalationRule } from '@pratique/hub/contract';
import { aggregate, distinct, judgeAll, reaches, type Asked, type Judged } from './naive-oracle-fixture.ts';
import type { ScopeFilter } from './reach.ts';

const day = 86_400;

/** Every (CVE, namespace of a cluster) of the scope whose next level comes within the warning days. */
export function naiveUpcoming(asked: Asked, filter: ScopeFilter): number {
  return judgeAll(asked, filter)
    .filter((one) => escalates(asked, one))
    .flatMap((one) => places(one).map((place) => ({ cve: one.cve, place, rows: rowsIn(one, place) })))
    .filter(({ cve, place }) => !isExcused(asked, cve, place))
    .filter(({ rows }) => isNextLevelNear(asked, aggregate(rows))).length;
}

function escalates({ workflow }: Asked, one: Judged): boolean {
  const { minCvss, minEpss } = workflow.thresholds;
  const isRequested = workflow.acceptances.some(({ cveId, status }) => cveId === one.cve && status === 'requested');
  const isReached = reaches(one.cvss, minCvss) && reaches(one.epss, minEpss);
  return !one.suppressed && (one.kev || one.prioritised || isRequested || isReached);
}

function places(one: Judged): string[] {
  return distinct(one.occurrences.map(({ deployment }) => JSON.stringify([deployment.namespace, deployment.cluster])));
}

function rowsIn(one: Judged, place: string) {
  return one.occurrences
    .filter(({ deployment }) => JSON.stringify([deployment.namespace, deployment.cluster]) === place)
    .map(({ row }) => row);
}

function isExcused({ workflow }: Asked, cve: string, place: string): boolean {
  return workflow.acceptances.some(
    ({ cveId, status, mode, targets }) =>
      cveId === cve &&
      status === 'approved' &&
      (mode === 'all' ||
        (mode === 'namespace' &&
          targets.some((target) => JSON.stringify([target.namespace, target.cluster_name]) === place))),
  );
}

function isNextLevelNear({ workflow, now }: Asked, facts: ReturnType<typeof aggregate>): boolean {
  const applicable = workflow.escalation.rules.filter(({ severity_min, epss_threshold, match }) => {
    const severe = facts.severity >= severity_min;
    const likely = reaches(facts.epss, epss_threshold);
    return match === 'all' ? severe && likely : severe || likely;
  });
  if (applicable.length === 0) return false;
  const seen = facts.firstSeen === null ? now : Math.floor(facts.firstSeen);
  const levels: ((rule: EscalationRule) => number)[] = [
    (rule) => rule.days_to_level1,
    (rule) => rule.days_to_level2,
    (rule) => rule.days_to_level3,
  ];
  const next = levels.map((days) => seen + Math.min(...applicable.map(days)) * day).find((due) => due > now);
  return next !== undefined && next <= now + workflow.escalation.warningDays * day;
}
