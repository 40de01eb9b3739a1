import type { Snapshot } from '../findings/snapshot.ts';
import { allStrings } from '../findings/string-table.ts';
import { passesFilter, reaches, type Reach, type ScopeFilter } from './reach.ts';

/** The pairs of a snapshot that one question looks at. An empty scope holds nothing; it is never "all". */
export interface Scope {
  /** Equal for equal sets of pairs: what results are cached by. */
  readonly key: string;
  /** 1 for each pair in scope. */
  readonly pairs: Uint8Array;
  readonly pairCount: number;
}

/** Key of the scope that holds every pair. */
export const wholeKey = 'all';

/** The pairs of a snapshot with their texts, by index. */
export interface PairNames {
  readonly namespaces: readonly string[];
  readonly clusters: readonly string[];
  readonly byName: ReadonlyMap<string, number>;
}

/** Decodes the pair names of a snapshot; done once per version and thread. */
export function pairNamesOf(snapshot: Snapshot): PairNames {
  const namespaces = allStrings(snapshot.names.pairNamespaces);
  const clusterNames = allStrings(snapshot.names.clusters);
  const clusters = Array.from(snapshot.pairCluster, (cluster) => clusterNames[cluster]!);
  const byName = new Map(namespaces.map((namespace, pair) => [pairKey(namespace, clusters[pair]!), pair]));
  return { namespaces, clusters, byName };
}

/** Key of a pair in maps; NUL occurs in neither name. */
export function pairKey(namespace: string, cluster: string): string {
  return `${namespace}\u0000${cluster}`;
}

/** What a caller's reach, narrowed by this request's filter, covers of a snapshot. */
export function resolveScope(names: PairNames, reach: Reach, filter: ScopeFilter): Scope {
  const count = names.namespaces.length;
  const pairs = new Uint8Array(count);
  let pairCount = 0;
  const admit = (pair: number) => {
    if (pairs[pair] === 0) {
      pairs[pair] = 1;
      pairCount += 1;
    }
  };
  if (reach.kind === 'pairs') {
    for (const held of reach.pairs) {
      const pair = names.byName.get(pairKey(held.namespace, held.cluster_name));
      if (pair !== undefined && passesFilter(filter, held)) {
        admit(pair);
      }
    }
  } else {
    for (let pair = 0; pair < count; pair += 1) {
      const named = { namespace: names.namespaces[pair]!, cluster_name: names.clusters[pair]! };
      if (reaches(reach, named) && passesFilter(filter, named)) {
        admit(pair);
      }
    }
  }
  return { key: scopeKey(pairs, pairCount), pairs, pairCount };
}

function scopeKey(pairs: Uint8Array, pairCount: number): string {
  if (pairCount === pairs.length) {
    return wholeKey;
  }
  const bits = Buffer.alloc(Math.ceil(pairs.length / 8));
  pairs.forEach((admitted, pair) => {
    if (admitted === 1) {
      bits[pair >>> 3]! |= 1 << (pair & 7);
    }
  });
  return pairCount === 0 ? 'none' : bits.toString('base64');
}
