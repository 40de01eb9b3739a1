/** The API of one cluster, as far as this product needs it. */
import { inClusterAccess } from './connection/in-cluster.ts';
import type { InClusterConfig } from './connection/in-cluster.ts';
import { kubeconfigAccess } from './connection/kubeconfig.ts';
import type { KubeconfigSource } from './connection/kubeconfig.ts';
import { createTransport } from './connection/transport.ts';
import type { Transport } from './connection/transport.ts';
import { Discovery } from './discovery.ts';
import { kubeFault } from './errors.ts';
import { createLease } from './lease.ts';
import type { Lease, LeaseOptions } from './lease.ts';
import { listAll } from './listing.ts';
import type { ObjectList, Selection } from './listing.ts';
import { asKubeObject } from './object.ts';
import type { KubeObject } from './object.ts';
import { ask } from './requests.ts';
import { describePlace, objectPath } from './resource.ts';
import type { KubeResource, ObjectPlace } from './resource.ts';
import type { Asked } from './status-faults.ts';
import { watchObjects } from './watch.ts';
import type { WatchEvent, WatchRequest } from './watch.ts';

/** How a cluster is reached. */
export interface ClusterOptions {
  readonly config: InClusterConfig | KubeconfigSource;
  readonly now: () => Date;
  /** Between 0 and 1; for the pauses after failures. */
  readonly random: () => number;
}

/** How a change is made. */
export interface WriteOptions {
  /** Everything is checked, webhooks are asked, nothing is kept. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** A change of parts of an object. */
export type ObjectPatch =
  /** RFC 6902, in order, all or nothing. */
  | { readonly type: 'json'; readonly operations: readonly JsonPatchOperation[] }
  /** RFC 7396: fields replace, null removes. */
  | { readonly type: 'merge'; readonly fields: Readonly<Record<string, unknown>> };

/** One operation of RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/** One cluster with one account. All calls throw the faults of this package; what does not exist is undefined. */
export interface Cluster extends Disposable {
  readonly server: string;
  /** The namespace of the service account or of the context. */
  readonly namespace: string | undefined;
  get(
    resource: KubeResource,
    place: ObjectPlace,
    options?: Pick<WriteOptions, 'signal'>,
  ): Promise<KubeObject | undefined>;
  list(resource: KubeResource, selection?: Selection): Promise<ObjectList>;
  /** @throws Fault `api-already-exists` */
  create(resource: KubeResource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** @throws Fault `api-conflict` when it changed since it was read */
  update(resource: KubeResource, object: KubeObject, options?: WriteOptions): Promise<KubeObject | undefined>;
  patch(
    resource: KubeResource,
    place: ObjectPlace,
    patch: ObjectPatch,
    options?: WriteOptions,
  ): Promise<KubeObject | undefined>;
  delete(resource: KubeResource, place: ObjectPlace, options?: WriteOptions): Promise<'deleted' | 'absent'>;
  watch(resource: KubeResource, request: WatchRequest): AsyncGenerator<WatchEvent, void, undefined>;
  /** The resource of a kind as the cluster knows it, or undefined where it knows none. */
  discover(apiVersion: string, kind: string): Promise<KubeResource | undefined>;
  lease(options: LeaseOptions): Lease;
  close(): void;
}

/**
 * Makes the way to a cluster; reads its credentials, sends nothing yet.
 *
 * @throws Fault `service-account-missing`, `kubeconfig-invalid`
 *
 * @example
 * using cluster = await connectCluster({ config: { kind: 'kubeconfig-file', path }, now: () => new Date(), random: Math.random });
 * const secret = await cluster.get(resources.secrets, { namespace: 'connaisseur', name: 'connaisseur-tls' });
 */
export async function connectCluster({ config, now, random }: ClusterOptions): Promise<Cluster> {
  const access = config.kind === 'in-cluster' ? await inClusterAccess(config) : await kubeconfigAccess(config);
  const transport = createTransport(access, now);
  const discovery = new Discovery(transport, now);
  const objects = objectCalls(transport);
  return {
    server: access.server.href,
    namespace: access.namespace,
    ...objects,
    list: (resource, selection = {}) => listAll(transport, resource, selection),
    watch: (resource, request) => watchObjects(transport, resource, request, { now, random }),
    discover: (apiVersion, kind) => discovery.find(apiVersion, kind),
    lease: (options) => createLease(objects, options, now),
    close: () => transport.close(),
    [Symbol.dispose]: () => transport.close(),
  };
}

function objectCalls(transport: Transport): Pick<Cluster, 'get' | 'create' | 'update' | 'patch' | 'delete'> {
  return {
    async get(resource, place, options = {}) {
      const asked: Asked = { verb: 'get', resource, place };
      return known(await ask(transport, { method: 'GET', path: named(resource, place), asked, ...options }), asked);
    },
    async create(resource, object, { dryRun, signal } = {}) {
      const { namespace, name } = object.metadata;
      const asked: Asked = { verb: 'create', resource, place: { namespace, name } };
      const path = `${objectPath(resource, { namespace })}${queryOf({ dryRun })}`;
      const made = await ask(transport, { method: 'POST', path, body: JSON.stringify(object), asked, signal });
      return asKubeObject(made, describePlace(resource, asked.place));
    },
    async update(resource, object, { dryRun, signal } = {}) {
      const place = { namespace: object.metadata.namespace, name: object.metadata.name };
      const asked: Asked = { verb: 'update', resource, place };
      const path = `${named(resource, place)}${queryOf({ dryRun })}`;
      return known(await ask(transport, { method: 'PUT', path, body: JSON.stringify(object), asked, signal }), asked);
    },
    async patch(resource, place, patch, { dryRun, signal } = {}) {
      const asked: Asked = { verb: 'patch', resource, place };
      const path = `${named(resource, place)}${queryOf({ dryRun })}`;
      const body = JSON.stringify(patch.type === 'json' ? patch.operations : patch.fields);
      const contentType = `application/${patch.type === 'json' ? 'json-patch' : 'merge-patch'}+json`;
      return known(await ask(transport, { method: 'PATCH', path, body, contentType, asked, signal }), asked);
    },
    async delete(resource, place, { dryRun, signal } = {}) {
      const asked: Asked = { verb: 'delete', resource, place };
      const path = `${named(resource, place)}${queryOf({ dryRun })}`;
      const gone = await ask(transport, { method: 'DELETE', path, asked, signal });
      return gone === undefined ? 'absent' : 'deleted';
    },
  };
}

/** The path of one object: without a name, a DELETE would mean all of them. */
function named(resource: KubeResource, place: ObjectPlace): string {
  const complete = place.name !== undefined && (!resource.namespaced || place.namespace !== undefined);
  if (complete) return objectPath(resource, place);
  throw kubeFault({
    code: 'object-name-invalid',
    message: `One object of ${resource.plural} needs a name${resource.namespaced ? ' and a namespace' : ''}.`,
    hint: 'Give both; to read several objects, list them.',
  });
}

function queryOf({ dryRun }: WriteOptions): string {
  return dryRun === true ? '?dryRun=All' : '';
}

function known(answer: unknown, { resource, place }: Asked): KubeObject | undefined {
  return answer === undefined ? undefined : asKubeObject(answer, describePlace(resource, place));
}
