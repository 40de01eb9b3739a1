/** One holder among several replicas, agreed on through a Lease object (coordination.k8s.io/v1). */
import { setTimeout as pause } from 'node:timers/promises';
import { isFault } from '@pratique/runtime/fault';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { kubeFault } from './errors.ts';
import type { KubeObject } from './object.ts';
import type { ObjectPlace, KubeResource } from './resource.ts';
import { resources } from './resource.ts';

/** What a lease is about. */
export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Who this is; different for every process: the name of the pod. */
  readonly holder: string;
  /** How long a holder that says nothing more is believed. Whole seconds; 15 by default. */
  readonly durationSeconds?: number;
  /** Milliseconds between attempts, 5,000 by default; must be clearly less than the duration. */
  readonly everyMs?: number;
}

/** Whether this process is the one. */
export type LeaseState =
  | { readonly state: 'held' }
  | { readonly state: 'other'; readonly holder: string }
  /** The API could not be asked; whoever held it before must now act as if it did not. */
  | { readonly state: 'unknown'; readonly fault: Error };

/** A lease that is tried for. */
export interface Lease {
  /** Takes or renews it if that is possible now. Never throws for what the API says. */
  attempt(): Promise<LeaseState>;
  /** Attempts until the signal fires, telling every state that differs from the one before; gives it up at the end. */
  keep(signal: AbortSignal, changed: (state: LeaseState) => void): Promise<void>;
  /** Lets another take it at once, where this process holds it. */
  release(): Promise<void>;
}

/** What a lease needs of the API. */
export interface LeaseStore {
  get(resource: KubeResource, place: ObjectPlace): Promise<KubeObject | undefined>;
  create(resource: KubeResource, object: KubeObject): Promise<KubeObject>;
  update(resource: KubeResource, object: KubeObject): Promise<KubeObject | undefined>;
}

const Spec = Type.Object({
  holderIdentity: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  leaseDurationSeconds: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  acquireTime: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  renewTime: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  leaseTransitions: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
});
type Spec = Static<typeof Spec>;

/** Makes a lease; nothing is asked yet. */
export function createLease(store: LeaseStore, options: LeaseOptions, now: () => Date): Lease {
  const claim = new Claim(store, options, now);
  const everyMs = options.everyMs ?? 5_000;
  return {
    attempt: () => claim.attempt(),
    release: () => claim.release(),
    async keep(signal, changed) {
      let before = '';
      while (!signal.aborted) {
        const state = await claim.attempt();
        const words = `${state.state} ${state.state === 'other' ? state.holder : ''}`;
        if (words !== before) changed(state);
        before = words;
        await pause(everyMs, undefined, { signal }).catch(() => undefined);
      }
      await claim.release();
    },
  };
}

class Claim {
  readonly #store: LeaseStore;
  readonly #options: LeaseOptions;
  readonly #now: () => Date;
  /** What was last seen, and when by our own clock: clocks of replicas differ, so their times are compared only with themselves. */
  #seen: { readonly version: string; readonly at: number } | undefined;

  constructor(store: LeaseStore, options: LeaseOptions, now: () => Date) {
    this.#store = store;
    this.#options = options;
    this.#now = now;
  }

  async attempt(): Promise<LeaseState> {
    try {
      return await this.#attempt();
    } catch (error) {
      // Another was faster: it is known who with the next attempt.
      if (isFault(error, 'api-conflict') || isFault(error, 'api-already-exists'))
        return { state: 'other', holder: 'another that was faster' };
      return { state: 'unknown', fault: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  async release(): Promise<void> {
    const { namespace, name, holder } = this.#options;
    try {
      const lease = await this.#store.get(resources.leases, { namespace, name });
      const spec = lease === undefined ? undefined : specOf(lease);
      if (lease === undefined || spec?.holderIdentity !== holder) return;
      // As client-go does: without a holder, and valid for a second only.
      await this.#store.update(resources.leases, {
        ...lease,
        spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(this.#now()) },
      });
    } catch {
      // It runs out by itself.
    }
  }

  async #attempt(): Promise<LeaseState> {
    const { namespace, name, holder } = this.#options;
    const lease = await this.#store.get(resources.leases, { namespace, name });
    if (lease === undefined) {
      await this.#store.create(resources.leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { namespace, name },
        spec: this.#spec({ leaseTransitions: 0 }, true),
      });
      return { state: 'held' };
    }
    const spec = specOf(lease);
    const owner = spec.holderIdentity ?? '';
    if (owner !== holder && owner !== '' && !this.#ranOut(lease, spec)) return { state: 'other', holder: owner };
    await this.#store.update(resources.leases, { ...lease, spec: this.#spec(spec, owner !== holder) });
    return { state: 'held' };
  }

  /** Whether nothing was heard of the holder for as long as it said it may be silent. */
  #ranOut(lease: KubeObject, spec: Spec): boolean {
    const at = this.#now().getTime();
    const version = `${lease.metadata.resourceVersion} ${spec.renewTime}`;
    if (this.#seen?.version !== version) this.#seen = { version, at };
    return at - this.#seen.at > (spec.leaseDurationSeconds ?? 15) * 1000;
  }

  #spec(before: Spec, takenOver: boolean): Spec {
    const time = microTime(this.#now());
    return {
      holderIdentity: this.#options.holder,
      leaseDurationSeconds: this.#options.durationSeconds ?? 15,
      acquireTime: takenOver ? time : (before.acquireTime ?? time),
      renewTime: time,
      leaseTransitions: (before.leaseTransitions ?? 0) + (takenOver && before.holderIdentity !== undefined ? 1 : 0),
    };
  }
}

function specOf({ spec }: KubeObject): Spec {
  if (spec === undefined || spec === null) return {};
  if (Value.Check(Spec, spec)) return spec;
  throw kubeFault({
    code: 'api-answer-invalid',
    message: 'The Lease object does not have the form of a lease.',
    hint: 'Delete it; it is made anew: kubectl delete lease',
  });
}

/** MicroTime of apimachinery: six digits after the second. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
