/** The objects of the test cluster and the history of their changes. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { apiVersion } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { tooOld } from './refusal.ts';

/** An object; its fields are those of the API. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ApiMetadata;
  readonly [field: string]: unknown;
}

/** What is read of metadata. */
export interface ApiMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string | null;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
  readonly ownerReferences?: readonly ApiOwner[] | null;
  readonly finalizers?: readonly string[] | null;
  readonly [field: string]: unknown;
}

/** One owner of an object. */
export interface ApiOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** A change as a watch tells it. */
export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly object: ApiObject;
  /** What it was before, so that watches with a selector know when it leaves their view. */
  readonly before: ApiObject | undefined;
}

/** How many changes are remembered; a watch from before them is answered with 410. */
const remembered = 2_000;

/** Keeps objects by kind, namespace and name; every change has a number of its own over all kinds. */
export class ObjectStore {
  #version = 100;
  #oldest = 100;
  readonly #objects = new Map<string, ApiObject>();
  readonly #log: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  get version(): number {
    return this.#version;
  }

  get(kind: Kind, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#objects.get(key(kind, namespace, name));
  }

  /** In order of namespace and name, as etcd has them. */
  list(kind: Kind, namespace?: string): readonly ApiObject[] {
    const prefix = `${kind.group}/${kind.plural}/${namespace === undefined ? '' : `${namespace}/`}`;
    const names = [...this.#objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    return names.map((name) => this.#objects.get(name)!);
  }

  /** Adds an object as new, with everything the server gives it. */
  add(kind: Kind, object: ApiObject): ApiObject {
    return this.#write('ADDED', kind, this.complete(kind, object));
  }

  /** What {@link add} would keep, without its version. */
  complete(kind: Kind, object: ApiObject): ApiObject {
    const { resourceVersion: _, ...metadata } = object.metadata;
    return {
      ...{ apiVersion: apiVersion(kind), kind: kind.kind },
      ...object,
      metadata: { ...metadata, uid: randomUUID(), creationTimestamp: time(this.#now()), generation: 1 },
    };
  }

  /** Replaces an object; what is the same stays the same version, a changed spec counts the generation up. */
  replace(kind: Kind, old: ApiObject, object: ApiObject): ApiObject {
    const next = this.successor(kind, old, object);
    return isDeepStrictEqual(next, old) ? old : this.#write('MODIFIED', kind, next);
  }

  /** What {@link replace} would keep, with the old version. */
  successor(kind: Kind, old: ApiObject, object: ApiObject): ApiObject {
    const { uid, creationTimestamp, resourceVersion, generation = 1, deletionTimestamp } = old.metadata;
    const changed = 'spec' in object && !isDeepStrictEqual(object['spec'], old['spec']);
    return {
      ...{ apiVersion: apiVersion(kind), kind: kind.kind },
      ...object,
      metadata: {
        ...object.metadata,
        ...{ uid, creationTimestamp, resourceVersion, generation: generation + (changed ? 1 : 0) },
        ...(deletionTimestamp == null ? {} : { deletionTimestamp }),
      },
    };
  }

  /** Marks an object as to be deleted, for whoever has to finish something before. */
  mark(kind: Kind, object: ApiObject): ApiObject {
    if (object.metadata.deletionTimestamp != null) return object;
    const metadata = { ...object.metadata, deletionTimestamp: time(this.#now()) };
    return this.#write('MODIFIED', kind, { ...object, metadata });
  }

  remove(kind: Kind, object: ApiObject): ApiObject {
    return this.#write('DELETED', kind, object);
  }

  /** Calls with every change from now on; the answer ends that. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws Refusal 410 for versions before what is remembered */
  since(version: number): readonly Change[] {
    if (version < this.#oldest) throw tooOld(version, this.#oldest);
    return this.#log.filter((change) => change.version > version);
  }

  /** Forgets all history, as compaction of etcd does. */
  forget(): void {
    this.#log.length = 0;
    this.#version += 1;
    this.#oldest = this.#version;
  }

  #write(type: Change['type'], kind: Kind, object: ApiObject): ApiObject {
    this.#version += 1;
    const place = key(kind, object.metadata.namespace, object.metadata.name ?? '');
    const before = this.#objects.get(place);
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    if (type === 'DELETED') this.#objects.delete(place);
    else this.#objects.set(place, kept);
    const change = { version: this.#version, type, kind, object: kept, before };
    this.#log.push(change);
    if (this.#log.length > remembered) this.#oldest = this.#log.shift()?.version ?? this.#oldest;
    for (const listener of this.#listeners) listener(change);
    return kept;
  }
}

/** RFC 3339 to the second, as the API writes times. */
export function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function key(kind: Kind, namespace: string | undefined, name: string): string {
  return `${kind.group}/${kind.plural}/${kind.namespaced ? `${namespace ?? ''}/` : ''}${name}`;
}
