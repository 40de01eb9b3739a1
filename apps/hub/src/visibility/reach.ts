import type { Pair } from '@pratique/hub/contract';

/**
 * How far a caller may see, decided by identity alone and never widened afterwards.
 * `clusters` is the wildcard of a spoke key that is bound to clusters. An empty list reaches nothing.
 */
export type Reach =
  | { readonly kind: 'all' }
  | { readonly kind: 'clusters'; readonly clusters: readonly string[] }
  | { readonly kind: 'pairs'; readonly pairs: readonly Pair[] };

/** The optional `cluster` / `namespace` narrowing of one request. */
export interface ScopeFilter {
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
}

/** Whether the reach itself, before any narrowing, holds the pair. */
export function reaches(reach: Reach, pair: Pair): boolean {
  switch (reach.kind) {
    case 'all':
      return true;
    case 'clusters':
      return reach.clusters.includes(pair.cluster_name);
    case 'pairs':
      return reach.pairs.some((held) => held.namespace === pair.namespace && held.cluster_name === pair.cluster_name);
  }
}

/** Whether somebody of this reach may know that a cluster exists. */
export function reachesCluster(reach: Reach, cluster: string): boolean {
  switch (reach.kind) {
    case 'all':
      return true;
    case 'clusters':
      return reach.clusters.includes(cluster);
    case 'pairs':
      return reach.pairs.some((pair) => pair.cluster_name === cluster);
  }
}

/** Whether a pair passes the narrowing of this request. */
export function passesFilter(filter: ScopeFilter, pair: Pair): boolean {
  return (
    (filter.cluster === undefined || filter.cluster === pair.cluster_name) &&
    (filter.namespace === undefined || filter.namespace === pair.namespace)
  );
}
