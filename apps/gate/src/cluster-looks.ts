/** What the gate asks the API server while it judges: parents of workloads and labels of namespaces. */
import { LRUCache } from 'lru-cache';
import { resources } from '@pratique/kube';
import type { Cluster } from '@pratique/kube';
import type { ImageExtractor } from '@pratique/kube/workload';
import { limits } from './limits.ts';
import { createParents } from './review/parents.ts';
import type { Namespaces, Parents } from './review/needs.ts';

/** What {@link lookAtCluster} works with. */
export interface ClusterLooks {
  /** Absent where there is no cluster: then nothing is known of it. */
  readonly cluster: Pick<Cluster, 'discover' | 'get'> | undefined;
  readonly extractors: readonly ImageExtractor[];
  readonly clock: () => number;
  /** Told what could not be asked, and, with undefined, of what could. */
  readonly onState: (trouble: { readonly what: string; readonly error: unknown } | undefined) => void;
}

/** Parents and labels, remembered for some seconds. */
export function lookAtCluster(looks: ClusterLooks): { readonly parents: Parents; readonly namespaces: Namespaces } {
  const { cluster, extractors, clock, onState } = looks;
  if (cluster === undefined) {
    return { parents: { names: async () => false }, namespaces: { labels: async () => undefined } };
  }
  const parents = createParents({
    async fetch({ apiVersion, kind, namespace, name }) {
      // Names of resources come from the cluster: an `s` behind the kind is a guess.
      const resource = await cluster.discover(apiVersion, kind);
      if (resource === undefined || !resource.namespaced) return undefined;
      const found = await cluster.get(resource, { namespace, name }, { signal: timeout() });
      onState(undefined);
      return found;
    },
    extractors,
    clock,
    keepMs: limits.parentMs,
    entries: limits.parents,
    onTrouble: ({ kind, namespace, name }, error) => onState({ what: `${kind} ${namespace}/${name}`, error }),
  });
  return { parents, namespaces: namespacesOf(cluster, looks) };
}

function namespacesOf(cluster: Pick<Cluster, 'get'>, { clock, onState }: ClusterLooks): Namespaces {
  const known = new LRUCache<string, Readonly<Record<string, string>>>({
    max: limits.parents,
    ttl: limits.parentMs,
    perf: { now: clock },
    ttlResolution: 0,
  });
  return {
    async labels(name) {
      const held = known.get(name);
      if (held !== undefined) return held;
      try {
        const found = await cluster.get(resources.namespaces, { name }, { signal: timeout() });
        onState(undefined);
        // Not there is not "no labels": it may have been made a moment ago.
        if (found === undefined) return undefined;
        const labels = found.metadata.labels ?? {};
        known.set(name, labels);
        return labels;
      } catch (error) {
        onState({ what: `Namespace ${name}`, error });
        return undefined;
      }
    },
  };
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(limits.parentTimeoutMs);
}
