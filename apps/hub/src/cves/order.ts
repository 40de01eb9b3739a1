import type { SortKey } from '@pratique/hub/contract';
import type { Desk, Sight } from '../visibility/desk.ts';

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
export function orderPositions(desk: Desk, sight: Sight, positions: readonly number[], ordering: Ordering): number[] {
  const value = sortValue(desk, sight, ordering.key);
  const direction = ordering.descending ? -1 : 1;
  const { view } = sight;
  const ranks = desk.lexicon.cveRanks;
  const { priorities } = desk.ledger;
  return positions.toSorted((a, b) => {
    const prioritised = Number(priorities.has(view.cves[b]!)) - Number(priorities.has(view.cves[a]!));
    return (
      prioritised ||
      direction * (value(a) - value(b)) ||
      view.severity[b]! - view.severity[a]! ||
      view.cvss[b]! - view.cvss[a]! ||
      view.epss[b]! - view.epss[a]! ||
      ranks[view.cves[a]!]! - ranks[view.cves[b]!]!
    );
  });
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
