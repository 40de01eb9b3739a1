/** The objects as they were seen last, kept by watches. */
import { isFault } from '@pratique/runtime/fault';
import type { CertificateProblem } from './certificates.ts';
import type { ClusterObject, ClusterObjects, ClusterRef, ClusterWatch } from './cluster.ts';
import { describeTrouble } from './trouble.ts';
import type { Problems } from './problems.ts';
import type { Looked } from './readings.ts';

/** Watches objects and calls back when one changes. */
export class WatchedObjects {
  readonly #cluster: ClusterObjects;
  readonly #problems: Problems;
  readonly #changed: () => void;
  readonly #looked = new Map<ClusterRef, ClusterObject | undefined>();
  readonly #watches = new Map<ClusterRef, ClusterWatch>();
  /** Whose watch broke and has told nothing since; whether it may be watched at all. */
  readonly #broken = new Map<ClusterRef, { readonly isForbidden: boolean }>();

  constructor(cluster: ClusterObjects, problems: Problems, changed: () => void) {
    this.#cluster = cluster;
    this.#problems = problems;
    this.#changed = changed;
  }

  /** Watches an object from now on; once is enough. */
  watch(ref: ClusterRef): void {
    if (this.#watches.has(ref)) return;
    const part = `${ref.kind} ${ref.name}`;
    const watch = this.#cluster.watch(ref, {
      onObject: (object) => {
        this.#broken.delete(ref);
        this.#problems.set(part, []);
        this.set(ref, object);
        this.#changed();
      },
      onTrouble: (error) => {
        const isForbidden = isFault(error, 'api-forbidden');
        if (isOptional(ref) && isForbidden) return this.#doWithout(ref);
        this.#broken.set(ref, { isForbidden });
        this.#changed();
        this.#problems.set(part, [clusterAway(`${part} cannot be watched`, error)]);
      },
    });
    this.#watches.set(ref, watch);
  }

  // The chart gives the right to see it only where it renders it; what must not be seen cannot be kept up either.
  #doWithout(ref: ClusterRef): void {
    this.#watches.get(ref)?.stop();
    if (!this.#looked.has(ref)) this.set(ref, undefined);
    this.#changed();
  }

  /** Whether some watch is broken, so that changes are only seen by reading. */
  get isBroken(): boolean {
    return this.#broken.size > 0;
  }

  /**
   * Reads what is not watched just now: a watch that is taken up again says nothing until something changes.
   *
   * @throws the faults of the cluster
   */
  async readBroken(): Promise<void> {
    const failures: unknown[] = [];
    for (const [ref, { isForbidden }] of this.#broken) {
      try {
        this.set(ref, await this.#cluster.read(ref));
      } catch (error) {
        failures.push(error);
        continue;
      }
      // What may be read but not watched goes on being said, for it is seen later than promised.
      if (isForbidden || !this.#broken.delete(ref)) continue;
      this.#problems.set(`${ref.kind} ${ref.name}`, []);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Stops watching; what was seen is forgotten, for it may be old when it is wanted again. */
  forget(ref: ClusterRef): void {
    this.#watches.get(ref)?.stop();
    this.#watches.delete(ref);
    this.#looked.delete(ref);
    this.#broken.delete(ref);
    this.#problems.set(`${ref.kind} ${ref.name}`, []);
  }

  at(ref: ClusterRef): Looked {
    return this.#looked.has(ref) ? { state: 'read', object: this.#looked.get(ref) } : { state: 'unread' };
  }

  /** Takes what a write or a read gave, without waiting for the watch to tell it. */
  set(ref: ClusterRef, object: ClusterObject | undefined): void {
    this.#looked.set(ref, object);
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }
}

/** The problem that the API server cannot be asked, or refuses. */
export function clusterAway(what: string, error: unknown): CertificateProblem {
  const { message, hint } = describeTrouble(error);
  return { code: 'cluster-away', severity: 'medium', cause: `${what}: ${message}`, fix: hint };
}

function isOptional({ kind }: ClusterRef): boolean {
  return kind === 'ValidatingWebhookConfiguration';
}
