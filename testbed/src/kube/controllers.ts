/** As much of the controllers as it takes for workloads to run: Deployment → ReplicaSet → Pod, endpoints, garbage collection. */
import { createHash } from 'node:crypto';
import type { Actor } from './access.ts';
import type { Kind } from './kinds.ts';
import type { ApiObject, ApiOwner, ObjectStore } from './object-store.ts';
import { time } from './object-store.ts';
import type { Endpoint } from './admission/call.ts';
import { endpointSliceOf, endpointsOf } from './endpoints.ts';
import { Refusal } from './refusal.ts';
import type { Rest } from './rest.ts';
import { fitsSelector } from './selectors.ts';
import type { LabelSelector } from './selectors.ts';

/** What the controllers stand on. */
export interface ControllerTools {
  readonly store: ObjectStore;
  readonly rest: Rest;
  readonly kindOf: (plural: string) => Kind;
  readonly now: () => Date;
  /** Whether a pod comes up. */
  readonly podStarts: (pod: ApiObject) => boolean;
  /** Where a Service really leads to, by `namespace/name`. */
  readonly routes: ReadonlyMap<string, Endpoint>;
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: LabelSelector;
  readonly template?: { readonly metadata?: ApiObject['metadata']; readonly spec?: unknown };
}

/** Runs them whenever something changed, until nothing is left to do. */
export class Controllers {
  readonly #tools: ControllerTools;
  readonly #told = new Map<string, string>();
  #dirty = false;
  #running: Promise<void> | undefined;
  #pods = 0;

  constructor(tools: ControllerTools) {
    this.#tools = tools;
  }

  poke(): void {
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Ends when there is nothing left to do. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // Begins after whoever changed something has finished with it.
    await Promise.resolve();
    while (this.#dirty) {
      this.#dirty = false;
      for (const deployment of this.#all('deployments'))
        await this.#attempt(deployment, () => this.#deploy(deployment));
      for (const set of this.#all('replicasets')) await this.#attempt(set, () => this.#replicate(set));
      for (const pod of this.#all('pods')) await this.#attempt(pod, async () => this.#start(pod));
      for (const service of this.#all('services')) await this.#attempt(service, async () => this.#connect(service));
      this.#collect();
    }
  }

  /** What admission refuses becomes an event and a condition, as in a real cluster, and is tried again with the next change. */
  async #attempt(object: ApiObject, work: () => Promise<void>): Promise<void> {
    const uid = object.metadata.uid ?? '';
    try {
      await work();
      this.#told.delete(uid);
    } catch (error) {
      // Also what a strange object leads to: it must not stop the others.
      const message = error instanceof Error ? error.message : String(error);
      if ((error instanceof Refusal && error.code === 409) || this.#told.get(uid) === message) return;
      this.#told.set(uid, message);
      this.#event(object, message);
    }
  }

  async #deploy(deployment: ApiObject): Promise<void> {
    const spec = deployment['spec'] as WorkloadSpec;
    const wanted = replicasOf(deployment);
    const hash = createHash('sha256').update(JSON.stringify(spec.template)).digest('hex').slice(0, 10);
    const owned = this.#owned('replicasets', deployment);
    const current = owned.find((set) => set.metadata.labels?.['pod-template-hash'] === hash);
    if (current === undefined) await this.#createSet(deployment, hash, owned.length + 1);
    else if (replicasOf(current) !== wanted) await this.#scale(current, wanted);
    const ready = current === undefined ? 0 : readyOf(current);
    for (const old of owned) if (old !== current && replicasOf(old) > 0 && ready >= wanted) await this.#scale(old, 0);
    const total = this.#owned('replicasets', deployment).reduce((sum, set) => sum + statusOf(set, 'replicas'), 0);
    this.#setStatus('deployments', deployment, {
      observedGeneration: deployment.metadata.generation,
      ...{ replicas: total, updatedReplicas: current === undefined ? 0 : statusOf(current, 'replicas') },
      ...{ readyReplicas: ready, availableReplicas: ready, unavailableReplicas: Math.max(0, wanted - ready) },
      conditions: [condition('Available', ready >= wanted ? 'True' : 'False', 'MinimumReplicasAvailable')],
    });
  }

  async #createSet(deployment: ApiObject, hash: string, revision: number): Promise<void> {
    const { template, selector, replicas } = deployment['spec'] as WorkloadSpec;
    const labels = { ...template?.metadata?.labels, 'pod-template-hash': hash };
    await this.#create('replicasets', deployment, 'deployment-controller', {
      metadata: {
        ...{ name: `${deployment.metadata.name}-${hash}`, labels },
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      },
      spec: {
        replicas: replicas ?? 1,
        selector: { ...selector, matchLabels: { ...selector?.matchLabels, 'pod-template-hash': hash } },
        template: { ...template, metadata: { ...template?.metadata, labels } },
      },
    });
  }

  async #scale(set: ApiObject, replicas: number): Promise<void> {
    const kind = this.#tools.kindOf('replicasets');
    const { namespace, name } = set.metadata;
    const address = { kind, namespace, name, subresource: undefined };
    await this.#tools.rest.update(
      address,
      { ...set, spec: { ...(set['spec'] as object), replicas } },
      manner('deployment-controller'),
    );
  }

  async #replicate(set: ApiObject): Promise<void> {
    const { template } = set['spec'] as WorkloadSpec;
    const pods = this.#owned('pods', set).filter((pod) => pod.metadata.deletionTimestamp == null);
    for (const pod of pods.slice(replicasOf(set))) this.#tools.store.remove(this.#tools.kindOf('pods'), pod);
    try {
      for (let count = pods.length; count < replicasOf(set); count += 1)
        await this.#create('pods', set, 'replicaset-controller', {
          metadata: {
            generateName: `${set.metadata.name}-`,
            labels: template?.metadata?.labels,
            annotations: template?.metadata?.annotations,
          },
          spec: template?.spec,
        });
    } finally {
      const now = this.#owned('pods', set);
      this.#setStatus('replicasets', set, {
        ...{ replicas: now.length, observedGeneration: set.metadata.generation },
        ...{ readyReplicas: now.filter(isReady).length, availableReplicas: now.filter(isReady).length },
      });
    }
  }

  async #create(plural: string, owner: ApiObject, controller: string, object: ApiObject): Promise<void> {
    const kind = this.#tools.kindOf(plural);
    const { namespace } = owner.metadata;
    const ownerReferences: ApiOwner[] = [
      {
        ...{ apiVersion: owner.apiVersion ?? '', kind: owner.kind ?? '' },
        ...{ name: owner.metadata.name ?? '', uid: owner.metadata.uid ?? '' },
        ...{ controller: true, blockOwnerDeletion: true },
      },
    ];
    const whole = { ...object, metadata: { ...object.metadata, namespace, ownerReferences } };
    await this.#tools.rest.create(
      { kind, namespace, name: undefined, subresource: undefined },
      whole,
      manner(controller),
    );
  }

  /** What a kubelet would say. */
  #start(pod: ApiObject): void {
    const before = pod['status'] as Readonly<Record<string, unknown>> | undefined;
    if (before?.['podIP'] !== undefined) return;
    this.#pods += 1;
    const starts = this.#tools.podStarts(pod);
    const { containers = [] } = pod['spec'] as {
      readonly containers?: readonly { readonly name: string; readonly image: string }[];
    };
    this.#setStatus('pods', pod, {
      ...{ phase: starts ? 'Running' : 'Pending', podIP: `10.244.${this.#pods >> 8}.${this.#pods & 255}` },
      startTime: time(this.#tools.now()),
      conditions: [condition('Ready', starts ? 'True' : 'False', starts ? '' : 'ContainersNotReady')],
      containerStatuses: containers.map(({ name, image }) => ({
        ...{ name, image, imageID: image, ready: starts, started: starts, restartCount: 0 },
        state: starts
          ? { running: { startedAt: time(this.#tools.now()) } }
          : { waiting: { reason: 'ContainerCreating' } },
      })),
    });
  }

  /** Endpoints of a Service: its ready pods, or where the test really serves it. */
  #connect(service: ApiObject): void {
    const { selector } = service['spec'] as { readonly selector?: Readonly<Record<string, string>> };
    if (selector === undefined) return;
    const pods = this.#all('pods').filter(
      (pod) =>
        pod.metadata.namespace === service.metadata.namespace &&
        fitsSelector({ matchLabels: selector }, pod.metadata.labels),
    );
    const route = this.#tools.routes.get(`${service.metadata.namespace}/${service.metadata.name}`);
    const seen = { ready: pods.filter(isReady), waiting: pods.filter((pod) => !isReady(pod)), route };
    this.#put('endpoints', endpointsOf(service, seen));
    this.#put('endpointslices', endpointSliceOf(service, seen));
  }

  #put(plural: string, object: ApiObject): void {
    const { store, kindOf } = this.#tools;
    const old = store.get(kindOf(plural), object.metadata.namespace, object.metadata.name ?? '');
    if (old === undefined) store.add(kindOf(plural), object);
    else store.replace(kindOf(plural), old, object);
  }

  /** What belongs to something that is gone goes too. */
  #collect(): void {
    const { store, kindOf } = this.#tools;
    const alive = new Set(
      ['deployments', 'replicasets', 'pods', 'services'].flatMap((plural) =>
        this.#all(plural).map(({ metadata }) => metadata.uid),
      ),
    );
    for (const plural of ['replicasets', 'pods', 'endpoints', 'endpointslices'])
      for (const object of this.#all(plural)) {
        const owners = object.metadata.ownerReferences ?? [];
        const ours = owners.filter(({ kind }) => ['Deployment', 'ReplicaSet', 'Service'].includes(kind));
        if (ours.length > 0 && !ours.some(({ uid }) => alive.has(uid))) store.remove(kindOf(plural), object);
      }
  }

  #event(object: ApiObject, message: string): void {
    const { name = '', namespace, uid } = object.metadata;
    const at = time(this.#tools.now());
    this.#tools.store.add(this.#tools.kindOf('events'), {
      metadata: {
        namespace,
        name: `${name}.${createHash('sha256').update(`${uid}${message}`).digest('hex').slice(0, 16)}`,
      },
      involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid },
      ...{ reason: 'FailedCreate', message: `Error creating: ${message}`, type: 'Warning' },
      ...{
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
        source: { component: `${object.kind?.toLowerCase()}-controller` },
      },
    });
  }

  #setStatus(plural: string, object: ApiObject, status: Readonly<Record<string, unknown>>): void {
    const { store, kindOf } = this.#tools;
    const now = store.get(kindOf(plural), object.metadata.namespace, object.metadata.name ?? '');
    if (now !== undefined) store.replace(kindOf(plural), now, { ...now, status });
  }

  #all(plural: string): readonly ApiObject[] {
    return this.#tools.store.list(this.#tools.kindOf(plural));
  }

  #owned(plural: string, owner: ApiObject): readonly ApiObject[] {
    return this.#all(plural).filter((object) =>
      (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid),
    );
  }
}

function manner(controller: string) {
  const name = `system:serviceaccount:kube-system:${controller}`;
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
  const actor: Actor = { name, groups, rules: 'all' };
  return { actor, dryRun: false, fieldManager: 'kube-controller-manager' };
}

/** Pods of one set at most: they are objects in memory, and somebody will try a million. */
const mostReplicas = 50;

function replicasOf(set: ApiObject): number {
  return Math.min(mostReplicas, (set['spec'] as WorkloadSpec).replicas ?? 1);
}

function statusOf(object: ApiObject, field: string): number {
  return Number((object['status'] as Readonly<Record<string, unknown>> | undefined)?.[field] ?? 0);
}

function readyOf(set: ApiObject): number {
  return statusOf(set, 'readyReplicas');
}

function isReady(pod: ApiObject): boolean {
  const { conditions = [] } = (pod['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

function condition(type: string, status: string, reason: string) {
  return { type, status, ...(reason !== '' && { reason }) };
}
