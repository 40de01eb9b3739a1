import type { DashboardData } from '@pratique/hub/contract';
import { rowsOfCve } from '../findings/snapshot.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import { pairKey } from '../visibility/scope.ts';

/**
 * Days from first sighting in the pair to resolution, averaged by the CVE's severity in scope. Declined
 * fixes are no fixes, and a resolution dated before the sighting says nothing. Visible CVEs
 * only, as in every figure beside it.
 */
export function meanTimeToResolve(
  desk: Desk,
  sight: Sight,
  visible: readonly number[],
): DashboardData['mttr_by_severity'] {
  const days = new Map<number, number[]>();
  for (const position of visible) {
    const cve = sight.view.cves[position]!;
    for (const remediation of desk.ledger.remediations.get(cve) ?? []) {
      const pair = desk.pairNames.byName.get(pairKey(remediation.namespace, remediation.cluster_name));
      if (
        remediation.resolvedAt === null ||
        remediation.status === 'wont_fix' ||
        pair === undefined ||
        sight.view.scope.pairs[pair] === 0
      ) {
        continue;
      }
      const firstSeen = firstSeenInPair(desk, cve, pair);
      const taken = (remediation.resolvedAt / 1000 - firstSeen) / 86_400;
      if (firstSeen !== 0 && taken >= 0) {
        const severity = sight.view.severity[position]!;
        const known = days.get(severity);
        if (known === undefined) {
          days.set(severity, [taken]);
        } else {
          known.push(taken);
        }
      }
    }
  }
  return [...days]
    .toSorted(([a], [b]) => a - b)
    .map(([severity, taken]) => ({
      severity,
      avg_days: Math.round((taken.reduce((sum, value) => sum + value, 0) / taken.length) * 10_000) / 10_000,
      count: taken.length,
    }));
}

/** Epoch seconds; 0 when it does not run there or nobody knows since when. A pair runs a few dozen segments, a CVE may sit in thousands. */
function firstSeenInPair(desk: Desk, cve: number, pair: number): number {
  let first = 0;
  for (const segment of desk.segmentsByPair()[pair]!) {
    const { start, end } = rowsOfCve(desk.snapshot, segment, cve);
    for (let row = start; row < end; row += 1) {
      const seen = desk.snapshot.rowFirstSeen[row]!;
      if (seen !== 0 && (first === 0 || seen < first)) {
        first = seen;
      }
    }
  }
  return first;
}
