import type { SortKey } from '@pratique/hub/contract';
import type { Desk, Sight } from '../visibility/desk.ts';
import { rank, type Comparison, type RankingKey } from '../visibility/ranking.ts';

/** How a list is to be ordered. */
export interface Ordering {
  readonly key: SortKey;
  readonly descending: boolean;
}

/**
 * Orders positions of a sight: by the key, ties by severity, CVSS and EPSS descending, then CVE id, so
 * that pages never overlap; then CVEs with a manual priority first, whatever the direction. Missing
 * dates are the earliest.
 */
export function orderPositions(
  desk: Desk,
  sight: Sight,
  positions: ArrayLike<number>,
  ordering: Ordering,
): Uint32Array {
  const value = sortValue(desk, sight, ordering.key);
  const direction = ordering.descending ? -1 : 1;
  const { priorities } = desk.ledger;
  const { cves } = sight.view;
  const harm = byHarm(desk, sight);
  const exact: Comparison = (a, b) => direction * (value(a) - value(b)) || harm(a, b);
  // Worst first begins with the severity already.
  const isByHarm = ordering.key === 'severity' && ordering.descending;
  const keys = isByHarm ? [harmKey(sight)] : [(position: number) => direction * value(position), harmKey(sight)];
  const isPrior = (position: number) => priorities.has(cves[position]!);
  const order = rank(positions, keys, exact);
  return priorities.size === 0 ? order : partition(order, isPrior);
}

/** Those that pass first, each half in the order it was in. */
function partition(order: Uint32Array, passes: (position: number) => boolean): Uint32Array {
  const first = order.filter(passes);
  const parted = new Uint32Array(order.length);
  parted.set(first);
  let next = first.length;
  for (const position of order) {
    if (!passes(position)) {
      parted[next] = position;
      next += 1;
    }
  }
  return parted;
}

/** Worst first: severity, CVSS, EPSS; then CVE id. */
function byHarm(desk: Desk, { view }: Sight): Comparison {
  const ranks = desk.lexicon.cveRanks;
  return (a, b) =>
    view.severity[b]! - view.severity[a]! ||
    view.cvss[b]! - view.cvss[a]! ||
    view.epss[b]! - view.epss[a]! ||
    ranks[view.cves[a]!]! - ranks[view.cves[b]!]!;
}

/** Severity and CVSS, coarse enough for the 24 bits a 32-bit float holds exactly, with the first digits of EPSS behind them. */
function harmKey({ view }: Sight): RankingKey {
  return (position) => {
    const score = Math.min(127, Math.floor(view.cvss[position]! * 10));
    const likelihood = Math.min(8191, Math.floor(view.epss[position]! * 8191));
    return -((view.severity[position]! * 128 + score) * 8192 + likelihood);
  };
}

function sortValue(desk: Desk, { view }: Sight, key: SortKey): (position: number) => number {
  switch (key) {
    case 'severity':
      return (position) => view.severity[position]!;
    case 'cvss':
      return (position) => view.cvss[position]!;
    case 'epss_probability':
      return (position) => view.epss[position]!;
    case 'impact_score':
      return (position) => view.impact[position]!;
    case 'affected_deployments':
      return (position) => view.deployments[position]!;
    case 'affected_images':
      return (position) => view.images[position]!;
    case 'first_seen':
      return (position) => view.firstSeen[position]!;
    case 'published_on':
      return (position) => view.published[position]!;
    case 'fixable':
      return (position) => view.fixable[position]!;
    case 'cve_id': {
      const ranks = desk.lexicon.cveRanks;
      return (position) => ranks[view.cves[position]!]!;
    }
    case 'priority_deadline': {
      const { priorities } = desk.ledger;
      return (position) => priorities.get(view.cves[position]!)?.deadline ?? 0;
    }
  }
}
