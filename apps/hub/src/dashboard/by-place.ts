import type { DashboardData } from '@pratique/hub/contract';
import { byText } from '../cves/detail.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import { PlaceCounter, type CounterSources } from './place-counter.ts';

type NamespaceRow = DashboardData['cves_per_namespace'][number];
type ClusterRow = DashboardData['cluster_heatmap'][number];

/** The figures by place: each equals the total of the list with that place as its filter. */
export function countByPlace(sources: CounterSources): Pick<DashboardData, 'cves_per_namespace' | 'cluster_heatmap'> {
  const counter = new PlaceCounter(sources);
  return { cves_per_namespace: countByNamespace(sources, counter), cluster_heatmap: countByCluster(sources, counter) };
}

/** By namespace name, clusters merged; most first. `cluster_count` is in how many clusters those CVEs occur there. */
function countByNamespace({ desk, sight }: CounterSources, counter: PlaceCounter): NamespaceRow[] {
  const { namespaces, clusters } = desk.pairNames;
  return [...groupPairs(desk, sight, (pair) => namespaces[pair]!)]
    .map(([namespace, pairs]) => {
      const { bySeverity, pairs: holding } = counter.count(pairs, true);
      const cluster_count = new Set(holding.map((pair) => clusters[pair])).size;
      return { namespace, count: total(bySeverity), ...named(bySeverity), cluster_count };
    })
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || byText(a.namespace, b.namespace));
}

/** Every cluster of the scope by name, also those in which nothing shows. */
function countByCluster({ desk, sight }: CounterSources, counter: PlaceCounter): ClusterRow[] {
  const { clusters } = desk.pairNames;
  return [...groupPairs(desk, sight, (pair) => clusters[pair]!)]
    .map(([cluster, pairs]) => {
      const { bySeverity } = counter.count(pairs, false);
      return { cluster, ...named(bySeverity), total: total(bySeverity) };
    })
    .toSorted((a, b) => byText(a.cluster, b.cluster));
}

function named(counts: readonly number[]) {
  return { unknown: counts[0]!, low: counts[1]!, moderate: counts[2]!, important: counts[3]!, critical: counts[4]! };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function groupPairs(desk: Desk, sight: Sight, name: (pair: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (let pair = 0; pair < sight.view.scope.pairs.length; pair += 1) {
    if (sight.view.scope.pairs[pair] === 1) {
      const group = groups.get(name(pair));
      if (group === undefined) {
        groups.set(name(pair), [pair]);
      } else {
        group.push(pair);
      }
    }
  }
  return groups;
}
