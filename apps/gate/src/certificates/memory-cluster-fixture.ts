/** The objects of a cluster in memory, for tests of decisions: one writer, no network, no time. */
import type { ClusterObject, ClusterObjects, ClusterPatch, ClusterRef, Written } from './cluster.ts';

/** Objects by kind and name. */
export class MemoryCluster implements ClusterObjects {
  readonly #objects = new Map<string, ClusterObject>();
  readonly #listeners = new Map<string, (object: ClusterObject | undefined) => void>();
  #version = 0;

  at(ref: ClusterRef): ClusterObject | undefined {
    return this.#objects.get(key(ref));
  }

  put(ref: ClusterRef, object: ClusterObject): ClusterObject {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    const kept = { ...object, metadata };
    this.#objects.set(key(ref), kept);
    this.#listeners.get(key(ref))?.(kept);
    return kept;
  }

  async read(ref: ClusterRef): Promise<ClusterObject | undefined> {
    return this.at(ref);
  }

  async create(ref: ClusterRef, object: ClusterObject): Promise<Written> {
    if (this.at(ref) !== undefined) return { outcome: 'conflict' };
    return { outcome: 'written', object: this.put(ref, object) };
  }

  async replace(ref: ClusterRef, object: ClusterObject): Promise<Written> {
    const { resourceVersion } = this.at(ref)?.metadata ?? {};
    if (resourceVersion !== object.metadata.resourceVersion) return { outcome: 'conflict' };
    return { outcome: 'written', object: this.put(ref, object) };
  }

  async patch(ref: ClusterRef, operations: readonly ClusterPatch[]): Promise<Written> {
    const before = this.at(ref);
    if (before === undefined) return { outcome: 'conflict' };
    const document = structuredClone(before);
    for (const operation of operations) if (!apply(document, operation)) return { outcome: 'conflict' };
    return { outcome: 'written', object: this.put(ref, document) };
  }

  async annotate(ref: ClusterRef, annotations: Readonly<Record<string, string | null>>): Promise<Written> {
    const before = this.at(ref);
    if (before === undefined) return { outcome: 'conflict' };
    const merged = Object.entries({ ...before.metadata.annotations, ...annotations }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    );
    const metadata = { ...before.metadata, annotations: Object.fromEntries(merged) };
    return { outcome: 'written', object: this.put(ref, { ...before, metadata }) };
  }

  watch(ref: ClusterRef, { onObject }: Parameters<ClusterObjects['watch']>[1]): { stop(): void } {
    this.#listeners.set(key(ref), onObject);
    onObject(this.at(ref));
    return { stop: () => void this.#listeners.delete(key(ref)) };
  }

  lead(): { stop(): Promise<void> } {
    return { stop: () => Promise.resolve() };
  }
}

function key({ kind, name }: ClusterRef): string {
  return `${kind}/${name}`;
}

function apply(document: ClusterObject, { op, path, value }: ClusterPatch): boolean {
  const parts = path.slice(1).split('/');
  const last = parts.pop() ?? '';
  const parent = parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document) as Record<
    string,
    unknown
  >;
  if (op === 'test') return parent[last] === value;
  parent[last] = value;
  return true;
}
