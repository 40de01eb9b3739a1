import type { Pair } from '@pratique/hub/contract';
import { byText } from '../cves/detail.ts';
import type { Desk } from '../visibility/desk.ts';
import type { Viewer } from '../visibility/viewer.ts';

/**
 * The pairs a person can choose from: for those who see everything, all pairs something runs in;
 * for others exactly the pairs of their statement, whether or not anything runs there.
 */
export function listNamespaces(desk: Desk, viewer: Viewer): Pair[] {
  const pairs =
    viewer.reach.kind === 'pairs'
      ? viewer.reach.pairs.map(({ namespace, cluster_name }) => ({ namespace, cluster_name }))
      : scopePairs(desk, viewer);
  return pairs.toSorted((a, b) => byText(a.cluster_name, b.cluster_name) || byText(a.namespace, b.namespace));
}

function scopePairs(desk: Desk, viewer: Viewer): Pair[] {
  const scope = desk.scope(viewer, {});
  const { namespaces, clusters } = desk.pairNames;
  return namespaces.flatMap((namespace, pair) =>
    scope.pairs[pair] === 1 ? [{ namespace, cluster_name: clusters[pair]! }] : [],
  );
}
