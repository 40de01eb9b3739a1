/** Every place of a workload that names an image (admission 3.3). */
import { excerpt } from '@pratique/runtime/fault';
import { jsonPointer } from '../json-pointer.ts';
import { valuesAt } from './json-path.ts';
import type { JsonPath } from './json-path.ts';

/** One image field. */
export interface WorkloadImage {
  /** JSON pointer to the field (RFC 6901): `/spec/template/spec/containers/0/image`. */
  readonly path: string;
  readonly list: 'containers' | 'initContainers' | 'ephemeralContainers' | 'volumes';
  /** Of the container or volume; empty where it has none. */
  readonly name: string;
  /** As it stands there; empty where a container has none. */
  readonly image: string;
}

/** What a workload runs, or why that cannot be said; `problem` keeps Connaisseur's words. */
export type WorkloadReading =
  | { readonly state: 'read'; readonly images: readonly WorkloadImage[] }
  | { readonly state: 'unreadable'; readonly problem: string };

/** A kind as the API server names it; the version does not matter to where images stand. */
export interface WorkloadKind {
  readonly group: string;
  readonly kind: string;
}

/** Where a custom resource names images: pod specs inside it, and single fields. */
export interface ImageExtractor extends WorkloadKind {
  readonly podSpecs: readonly JsonPath[];
  readonly images: readonly JsonPath[];
}

type Segments = readonly (string | number)[];

const template: Segments = ['spec', 'template', 'spec'];

/** Groups a kind is known under; the empty one too, since old requests leave it out. */
const builtIn: ReadonlyMap<string, { readonly groups: readonly string[]; readonly podSpec: Segments }> = new Map([
  ['Pod', { groups: [''], podSpec: ['spec'] }],
  ['ReplicationController', { groups: [''], podSpec: template }],
  ['Deployment', { groups: ['apps', 'extensions', ''], podSpec: template }],
  ['ReplicaSet', { groups: ['apps', 'extensions', ''], podSpec: template }],
  ['DaemonSet', { groups: ['apps', 'extensions', ''], podSpec: template }],
  ['StatefulSet', { groups: ['apps', ''], podSpec: template }],
  ['Job', { groups: ['batch', ''], podSpec: template }],
  ['CronJob', { groups: ['batch', ''], podSpec: ['spec', 'jobTemplate', 'spec', 'template', 'spec'] }],
]);

/** Of all that fits into a request, more than any workload has, and few enough to be looked at one by one. */
const maxImages = 1000;

/** What a reader met that it cannot go on with; never leaves this file. */
class Unreadable extends Error {}

/**
 * Every image a workload names, in the order containers, init containers, ephemeral containers, image volumes. An extractor
 * for the group and kind goes before what is built in. Never throws, whatever the object is.
 *
 * @example
 * const reading = workloadImages({ group: 'apps', kind: 'Deployment' }, object);
 * if (reading.state === 'read') reading.images.map(({ path, image }) => `${path}: ${image}`);
 */
export function workloadImages(
  kind: WorkloadKind,
  object: unknown,
  extractors: readonly ImageExtractor[] = [],
): WorkloadReading {
  try {
    const images = readImages(kind, object, extractors);
    if (images.length === 0) return { state: 'unreadable', problem: 'no containers found in workload object' };
    return { state: 'read', images };
  } catch (error) {
    if (error instanceof Unreadable) return { state: 'unreadable', problem: error.message };
    throw error;
  }
}

/** Whether images of this kind can be found at all. */
export function isWorkloadKind({ group, kind }: WorkloadKind, extractors: readonly ImageExtractor[] = []): boolean {
  return extractors.some((one) => one.group === group && one.kind === kind) || known({ group, kind }) !== undefined;
}

function known({ group, kind }: WorkloadKind) {
  const found = builtIn.get(kind);
  return found?.groups.includes(group) === true ? found : undefined;
}

function readImages(
  kind: WorkloadKind,
  object: unknown,
  extractors: readonly ImageExtractor[],
): readonly WorkloadImage[] {
  const extractor = extractors.find((one) => one.group === kind.group && one.kind === kind.kind);
  const found = known(kind);
  if (extractor === undefined && found === undefined) {
    throw new Unreadable(`unknown workload kind "${excerpt(kind.kind, 100)}"`);
  }
  const reader = new PodSpecReader(kind.kind);
  const root = reader.objectAt(object, []);
  if (root === undefined) throw reader.wrong([], 'is null');
  if (extractor !== undefined) readExtracted(reader, root, extractor);
  else if (found !== undefined) readBuiltIn(reader, root, found.podSpec);
  return reader.images;
}

function readBuiltIn(reader: PodSpecReader, root: object, podSpec: Segments): void {
  let value: unknown = root;
  for (const [depth, segment] of podSpec.entries()) {
    value = reader.objectAt(memberOf(value as object, segment), podSpec.slice(0, depth + 1));
    // A template that is null runs nothing: "no containers found" says so.
    if (value === undefined) return;
  }
  reader.readPodSpec(value as object, podSpec);
}

function readExtracted(reader: PodSpecReader, root: object, extractor: ImageExtractor): void {
  for (const path of extractor.podSpecs) {
    for (const { segments, value } of valuesAt(root, path)) {
      const spec = reader.objectAt(value, segments);
      if (spec !== undefined) reader.readPodSpec(spec, segments);
    }
  }
  for (const path of extractor.images) {
    for (const { segments, value } of valuesAt(root, path)) {
      reader.add({ segments, list: 'containers', name: '', image: reader.textAt(value, segments) });
    }
  }
}

class PodSpecReader {
  readonly images: WorkloadImage[] = [];
  readonly #kind: string;
  readonly #paths = new Set<string>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  readPodSpec(spec: object, at: Segments): void {
    for (const list of ['containers', 'initContainers', 'ephemeralContainers'] as const) {
      for (const [index, container] of this.#listAt(spec, [...at, list])) {
        const place = [...at, list, index];
        const image = this.textAt(memberOf(container, 'image'), [...place, 'image']);
        this.add({ segments: [...place, 'image'], list, name: this.#nameOf(container), image });
      }
    }
    for (const [index, volume] of this.#listAt(spec, [...at, 'volumes']))
      this.#readVolume(volume, [...at, 'volumes', index]);
  }

  add(found: { readonly segments: Segments; list: WorkloadImage['list']; name: string; image: string }): void {
    const { segments, list, name, image } = found;
    if (this.images.length === maxImages) throw this.wrong([], `names more than ${maxImages} images`);
    const path = jsonPointer(segments);
    // Two extractor paths may name the same field.
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    this.images.push({ path, list, name, image });
  }

  /** Undefined for null and absent, as the decoder of Kubernetes has it. */
  objectAt(value: unknown, at: Segments): object | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw this.wrong(at, 'is not an object');
    return value;
  }

  /** Empty for null and absent, so that a container without an image is refused as one with a wrong image. */
  textAt(value: unknown, at: Segments): string {
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string') throw this.wrong(at, 'is not a string');
    return value;
  }

  wrong(at: Segments, why: string): Unreadable {
    const where = at.length === 0 ? 'the object' : excerpt(jsonPointer(at), 200);
    return new Unreadable(`deserialize conversion to ${excerpt(this.#kind, 100)} failed: ${where} ${why}`);
  }

  #readVolume(volume: object, at: Segments): void {
    const source = this.objectAt(memberOf(volume, 'image'), [...at, 'image']);
    if (source === undefined) return;
    const place = [...at, 'image', 'reference'];
    const image = this.textAt(memberOf(source, 'reference'), place);
    // Without a reference nothing is mounted; the API server wants one in pods.
    if (image !== '') this.add({ segments: place, list: 'volumes', name: this.#nameOf(volume), image });
  }

  #listAt(spec: object, at: Segments): readonly (readonly [number, object])[] {
    const list = memberOf(spec, at.at(-1) ?? '');
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) throw this.wrong(at, 'is not a list');
    if (list.length > maxImages) throw this.wrong(at, `has more than ${maxImages} entries`);
    // A null entry is an empty container to the decoder of Kubernetes, one without an image.
    return list.map((entry: unknown, index) => [index, this.objectAt(entry, [...at, index]) ?? {}] as const);
  }

  #nameOf(entry: object): string {
    const name = memberOf(entry, 'name');
    return typeof name === 'string' ? name : '';
  }
}

function memberOf(value: object, key: string | number): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}
