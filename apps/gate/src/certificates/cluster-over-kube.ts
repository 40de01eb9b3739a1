/** The objects that certificates need, over the API server. */
import { isFault } from '@pratique/runtime/fault';
import { resources } from '@pratique/kube';
import type { Cluster, JsonPatchOperation, KubeObject, KubeResource, WatchEvent } from '@pratique/kube';
import type { ClusterKind, ClusterObject, ClusterObjects, ClusterPatch, ClusterRef, Written } from './cluster.ts';

const kinds: Readonly<Record<ClusterKind, KubeResource>> = {
  Secret: resources.secrets,
  ConfigMap: resources.configMaps,
  MutatingWebhookConfiguration: resources.mutatingWebhooks,
  ValidatingWebhookConfiguration: resources.validatingWebhooks,
};

/** Objects are listed anew so often, in case a watch went silent without breaking. */
const resyncMs = 120_000;

/** How often the lease is renewed, and how long a holder that says nothing is believed. */
export interface LeaseTimes {
  readonly durationSeconds: number;
  readonly everyMs: number;
}

const usualLease: LeaseTimes = { durationSeconds: 15, everyMs: 4_000 };

/**
 * The objects of one namespace of a cluster. Closing the cluster stays with the caller.
 *
 * @example
 * const objects = clusterObjects(cluster, 'connaisseur');
 */
export function clusterObjects(cluster: Cluster, namespace: string, lease: LeaseTimes = usualLease): ClusterObjects {
  const place = ({ kind, name }: ClusterRef) => (kinds[kind].namespaced ? { namespace, name } : { name });
  const write = (ref: ClusterRef, object: ClusterObject): KubeObject =>
    ({ ...object, metadata: { ...object.metadata, ...place(ref) } }) as KubeObject;
  return {
    read: (ref) => cluster.get(kinds[ref.kind], place(ref)),
    create: (ref, object) => orConflict(() => cluster.create(kinds[ref.kind], write(ref, object))),
    replace: (ref, object) => orConflict(() => cluster.update(kinds[ref.kind], write(ref, object))),
    async patch(ref, operations) {
      try {
        const patch = { type: 'json', operations: operations as readonly JsonPatchOperation[] } as const;
        return await orConflict(() => cluster.patch(kinds[ref.kind], place(ref), patch));
      } catch (error) {
        // A test that fails is refused as invalid (422), like a patch that is wrong; what is there now tells them apart.
        if (
          isFault(error, 'api-refused') &&
          (await hasMoved(operations, () => cluster.get(kinds[ref.kind], place(ref))))
        )
          return { outcome: 'conflict' };
        throw error;
      }
    },
    annotate: (ref, annotations) =>
      orConflict(() =>
        cluster.patch(kinds[ref.kind], place(ref), { type: 'merge', fields: { metadata: { annotations } } }),
      ),
    watch(ref, listener) {
      const ending = new AbortController();
      const { signal } = ending;
      const selection = kinds[ref.kind].namespaced ? { namespace } : {};
      const request = { ...selection, fieldSelector: `metadata.name=${ref.name}`, resyncMs, signal };
      void follow(cluster.watch(kinds[ref.kind], request), ref.name, listener);
      return { stop: () => ending.abort() };
    },
    lead(name, { identity, onChange, onTrouble }) {
      const ending = new AbortController();
      const kept = cluster
        .lease({ namespace, name, holder: identity, ...lease })
        .keep(ending.signal, (state) => {
          if (state.state === 'unknown') onTrouble(state.fault);
          onChange(state.state === 'held');
        })
        .catch(onTrouble);
      return { stop: () => (ending.abort(), kept) };
    },
  };
}

async function follow(
  events: AsyncIterable<WatchEvent>,
  name: string,
  listener: { onObject(object: ClusterObject | undefined): void; onTrouble(error: unknown): void },
): Promise<void> {
  try {
    for await (const event of events) {
      if (event.type === 'interrupted') listener.onTrouble(event.fault);
      else if (event.type === 'listed') listener.onObject(event.items.find((item) => item.metadata.name === name));
      else if (event.object.metadata.name === name)
        listener.onObject(event.type === 'deleted' ? undefined : event.object);
    }
  } catch (error) {
    listener.onTrouble(error);
  }
}

async function orConflict(write: () => Promise<ClusterObject | undefined>): Promise<Written> {
  try {
    const object = await write();
    return object === undefined ? { outcome: 'conflict' } : { outcome: 'written', object };
  } catch (error) {
    if (isFault(error, 'api-conflict') || isFault(error, 'api-already-exists')) return { outcome: 'conflict' };
    throw error;
  }
}

async function hasMoved(
  operations: readonly ClusterPatch[],
  read: () => Promise<ClusterObject | undefined>,
): Promise<boolean> {
  const expected = operations.find(({ op, path }) => op === 'test' && path === '/metadata/resourceVersion')?.value;
  return expected !== undefined && (await read())?.metadata.resourceVersion !== expected;
}
