/** Kubernetes manifests on disk, and every image field in them with the line it stands on. */
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isWorkloadKind, workloadImages } from '@pratique/kube/workload';
import { excerpt } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { cliFault } from '../errors.ts';

/** Where an image field stands. */
export interface ImageUse {
  /** As it stands there. */
  readonly image: string;
  readonly namespace: string;
  /** Absent for images that were named on the command line. */
  readonly place?: ImagePlace;
}

/** One field of one object of a file. */
export interface ImagePlace {
  /** As it was named, `-` for standard input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  readonly name: string;
  readonly container: string;
  /** JSON pointer within the object. */
  readonly path: string;
}

/** What was read of all files. */
export interface WorkloadFiles {
  readonly uses: readonly ImageUse[];
  /** Objects that were read and hold no images the gate looks at, by kind. */
  readonly otherKinds: ReadonlyMap<string, number>;
  /** Labels of the namespaces that the files themselves define. */
  readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** A file with its text. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** Of one manifest, in bytes. */
export const manifestLimit = 16 * 1024 * 1024;
const mostFiles = 5000;

/**
 * Reads files, and all `.yaml`, `.yml` and `.json` files below folders.
 *
 * @param standardInput the text behind `-`
 * @throws Fault `not-found`, `too-large`, … of reading; `manifest-unreadable` for too many files
 */
export async function readFiles(
  paths: readonly string[],
  standardInput: () => Promise<string>,
): Promise<readonly TextFile[]> {
  const files: TextFile[] = [];
  for (const path of paths) {
    for (const file of path === '-' ? ['-'] : await filesBelow(path)) {
      if (files.length >= mostFiles) throw tooMany(path);
      const text = file === '-' ? await standardInput() : await textOf(file);
      files.push({ file, text });
    }
  }
  return files;
}

async function textOf(file: string): Promise<string> {
  return decodeText(
    await readFileBounded(file, { bytes: manifestLimit, what: `the manifest ${file}` }),
    `the manifest ${file}`,
  );
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  // A path that is not there is told by reading it.
  if (found?.isDirectory() !== true) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && /\.(?:ya?ml|json)$/.test(entry.name));
  const names = files.map((entry) => join(path, relative(path, join(entry.parentPath, entry.name))));
  return names.filter((name) => !/(?:^|\/)(?:\.|node_modules\/)/.test(relative(path, name))).toSorted();
}

/**
 * Finds the images. Objects of a `List` count as objects of their own.
 *
 * @param namespace of objects that name none
 * @throws Fault `manifest-unreadable` with file and line: what cannot be read was not judged
 */
export function imagesIn(files: readonly TextFile[], namespace: string): WorkloadFiles {
  const read: Reading = { uses: [], otherKinds: new Map(), namespaceLabels: new Map() };
  for (const source of files) {
    const lines = new LineCounter();
    // kubectl expands merge keys: a container behind one must not stay unseen.
    for (const document of parseAllDocuments(source.text, { lineCounter: lines, logLevel: 'error', merge: true })) {
      const [error] = document.errors;
      if (error !== undefined) {
        throw unreadable(source, lines.linePos(error.pos[0]).line, error.message.split('\n')[0] ?? '');
      }
      for (const object of objectsIn(plain(document, source))) {
        const at = (pointer: readonly string[]) => positionOf({ document, lines }, [...object.prefix, ...pointer]);
        readObject(object, { read, source, at, namespace });
      }
    }
  }
  return read;
}

interface Reading {
  readonly uses: ImageUse[];
  readonly otherKinds: Map<string, number>;
  readonly namespaceLabels: Map<string, Readonly<Record<string, string>>>;
}

interface ObjectReading {
  readonly read: Reading;
  readonly source: TextFile;
  /** Where something of the object stands. */
  readonly at: (pointer: readonly string[]) => { readonly line: number; readonly column: number };
  readonly namespace: string;
}

function readObject(object: FoundObject, { read, source, at, namespace }: ObjectReading): void {
  const { kind, name, value } = object;
  if (kind.kind === 'Namespace' && kind.group === '') read.namespaceLabels.set(name, labelsOf(value));
  if (!isWorkloadKind(kind)) {
    read.otherKinds.set(kind.kind, (read.otherKinds.get(kind.kind) ?? 0) + 1);
    return;
  }
  const reading = workloadImages(kind, value);
  if (reading.state === 'unreadable') {
    throw unreadable(source, at(fieldOf(reading.problem)).line, `${kind.kind} ${name}: ${reading.problem}`);
  }
  for (const { path, image, name: container } of reading.images) {
    const place = { file: source.file, ...at(segmentsOf(path)), kind: kind.kind, name, container, path };
    read.uses.push({ image, namespace: object.namespace ?? namespace, place });
  }
}

interface FoundObject {
  readonly kind: { readonly group: string; readonly kind: string };
  readonly name: string;
  readonly namespace?: string;
  readonly value: unknown;
  /** From the top of the document. */
  readonly prefix: readonly string[];
}

/** The objects of a document; none where it is empty or something else than an object of Kubernetes. */
function objectsIn(value: unknown, prefix: readonly string[] = [], like?: FoundObject['kind']): readonly FoundObject[] {
  const apiVersion = textAt(value, 'apiVersion');
  const kind = textAt(value, 'kind') ?? like?.kind;
  if (kind === undefined) return [];
  const group = apiVersion === undefined ? (like?.group ?? '') : groupOf(apiVersion);
  const items = memberOf(value, 'items');
  // Items of a typed list say neither kind nor version.
  if (kind.endsWith('List') && Array.isArray(items)) {
    const item = kind === 'List' ? undefined : { group, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((one, index) => objectsIn(one, [...prefix, 'items', String(index)], item));
  }
  const metadata = memberOf(value, 'metadata');
  const namespace = textAt(metadata, 'namespace');
  const name = textAt(metadata, 'name') ?? textAt(metadata, 'generateName') ?? '';
  return [{ kind: { group, kind }, name, value, prefix, ...(namespace === undefined ? {} : { namespace }) }];
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

function plain(document: Document, source: TextFile): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw unreadable(source, 1, error instanceof Error ? error.message : 'it cannot be resolved');
  }
}

function positionOf(
  { document, lines }: { readonly document: Document; readonly lines: LineCounter },
  path: readonly string[],
): { readonly line: number; readonly column: number } {
  // Behind an alias there is no node of its own; then the nearest one above is named.
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length).map(keyOf), true);
    const range = memberOf(node, 'range');
    if (Array.isArray(range) && typeof range[0] === 'number') {
      const { line, col } = lines.linePos(range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function keyOf(segment: string): string | number {
  return /^\d+$/.test(segment) ? Number(segment) : segment;
}

function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const labels = memberOf(memberOf(value, 'metadata'), 'labels');
  if (typeof labels !== 'object' || labels === null) return {};
  return Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, String(text)]));
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  return Reflect.get(value, name);
}

function textAt(value: unknown, name: string): string | undefined {
  const found = memberOf(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function unreadable({ file, text }: TextFile, line: number, problem: string): Error {
  return cliFault({
    code: 'manifest-unreadable',
    message: `${excerpt(file)}:${line} cannot be read: ${excerpt(problem, 300)}.`,
    hint: text.includes('{{')
      ? 'Templates have to be rendered first: helm template NAME CHART | pratique review -f -'
      : 'Correct the manifest; the gate would refuse it as well.',
    values: { file: excerpt(file, 300), line },
  });
}

/** The field a problem is about, where it names one. */
function fieldOf(problem: string): readonly string[] {
  return segmentsOf(/(\/\S+) is not/.exec(problem)?.[1] ?? '');
}

function tooMany(path: string): Error {
  return cliFault({
    code: 'manifest-unreadable',
    message: `There are more than ${mostFiles} files below ${excerpt(path)}.`,
    hint: 'Name the folders that hold manifests.',
  });
}
