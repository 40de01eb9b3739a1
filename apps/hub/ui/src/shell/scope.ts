/** The part of the fleet a person narrowed their view to. It lives in the address and follows every link. */
import type { Pair } from '@pratique/hub/contract';
import { useSearch } from '@tanstack/react-router';

export interface Scope {
  readonly cluster?: string;
  readonly ns?: string;
}

const maxName = 255;

/** Reads `cluster` and `ns` from the address; anything that is not a usable name is left out. */
export function readScope(raw: Record<string, unknown>): Scope {
  const cluster = nameOf(raw['cluster']);
  const ns = nameOf(raw['ns']);
  return { ...(cluster === undefined ? {} : { cluster }), ...(ns === undefined ? {} : { ns }) };
}

function nameOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= maxName ? text : undefined;
}

/** The scope as the hub's questions take it. */
export function scopeQuery(scope: Scope): { cluster: string | undefined; namespace: string | undefined } {
  return { cluster: scope.cluster, namespace: scope.ns };
}

/** The scope of the page being shown. */
export function useScope(): Scope {
  const search = useSearch({ strict: false });
  return readScope(search);
}

/** Clusters to choose from, each once, in order. */
export function clustersOf(pairs: readonly Pair[]): readonly string[] {
  return [...new Set(pairs.map((pair) => pair.cluster_name))].sort((a, b) => a.localeCompare(b));
}

/** Namespaces to choose from: those of the cluster, or of all clusters. */
export function namespacesOf(pairs: readonly Pair[], cluster: string | undefined): readonly string[] {
  const within = cluster === undefined ? pairs : pairs.filter((pair) => pair.cluster_name === cluster);
  return [...new Set(within.map((pair) => pair.namespace))].sort((a, b) => a.localeCompare(b));
}

/** Choosing a cluster keeps the namespace only where it exists there. */
export function withCluster(
  scope: Scope,
  cluster: string | undefined,
  pairs: readonly Pair[],
): { cluster: string | undefined; ns: string | undefined } {
  const kept = scope.ns !== undefined && namespacesOf(pairs, cluster).includes(scope.ns);
  return { cluster, ns: kept ? scope.ns : undefined };
}
