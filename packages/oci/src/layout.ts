/** An OCI image layout on disk: image-spec "Image Layout". Written so that a crash leaves the old state, read as if a stranger had made it. */
import { join } from 'node:path';
import pLimit from 'p-limit';
import { checkBytes, checkedChunks, isDigest, parseDigest } from './digest.ts';
import { ociFault } from './errors.ts';
import { addEntry, annotateEntries, entriesOf, refName, removeTag, tagOf } from './layout/index-entries.ts';
import type { RawEntry } from './layout/index-entries.ts';
import { hasFolder, makeFolder, openFile, pieces, readFile, removeFile, writeFile } from './layout/files.ts';
import { Subjects } from './layout/subjects.ts';
import { indexBytes } from './limits.ts';
import { manifestToBytes, parseManifest } from './manifest.ts';
import type { Descriptor, ImageIndex } from './manifest.ts';
import { ociIndex } from './media-types.ts';
import { isTag } from './reference.ts';
import { fallbackLook, fallbackTag, joinReferrers, judgeFallback } from './referrers.ts';
import { checkExpected, parseTarget, prepareManifest } from './store-checks.ts';
import type {
  BlobWrite,
  ContentStore,
  ManifestWrite,
  ManifestWritten,
  ReferrerList,
  ReferrerQuery,
  StoredManifest,
  Waiting,
} from './store.ts';

/** A layout; everything else is in {@link ContentStore}. */
export interface LayoutStore extends ContentStore {
  readonly folder: string;
  /** The entries of `index.json` with their annotations: what the layout was made for. */
  entries(waiting?: Waiting): Promise<readonly Descriptor[]>;
  /** Adds annotations to the entries of one manifest. */
  annotate(digest: string, annotations: Readonly<Record<string, string>>): Promise<void>;
}

/** How a layout is opened. */
export interface LayoutOptions {
  /** Makes the folder and its files where they are missing; otherwise a folder without them is a fault. */
  readonly create?: boolean;
}

const marker = { file: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}', bytes: 4_096 };

/**
 * Opens a layout. One process at a time should write to it; several may read.
 *
 * @throws Fault `layout-invalid`, `layout-unavailable`
 */
export async function openLayout(folder: string, options: LayoutOptions = {}): Promise<LayoutStore> {
  const blobs = join(folder, 'blobs');
  if (options.create === true) await create(folder);
  const found = await readFile(join(folder, marker.file), marker.bytes);
  if (found === undefined) throw invalid(folder, `it has no file ${marker.file}`);
  if (versionOf(found) !== '1.0.0') throw invalid(folder, `its file ${marker.file} does not say version 1.0.0`);
  // A link in place of a folder would lead reading and writing out of the layout.
  for (const path of [blobs, join(blobs, 'sha256'), join(blobs, 'sha512')]) await hasFolder(path);
  return new Layout(folder);
}

class Layout implements LayoutStore {
  readonly name: string;
  readonly folder: string;
  readonly #subjects: Subjects;
  /** Changes of `index.json` one after the other. */
  readonly #alone = pLimit(1);

  constructor(folder: string) {
    this.folder = folder;
    this.name = `layout ${folder}`;
    this.#subjects = new Subjects(join(folder, 'blobs'));
  }

  async resolve(tagOrDigest: string, waiting?: Waiting): Promise<Descriptor | undefined> {
    return (await this.manifest(tagOrDigest, waiting))?.descriptor;
  }

  async manifest(tagOrDigest: string, waiting?: Waiting): Promise<StoredManifest | undefined> {
    waiting?.signal?.throwIfAborted();
    const target = parseTarget(tagOrDigest);
    if (target.kind === 'digest') return this.#read(target.digest);
    const digest = digestOfTag(await this.#index(), target.tag);
    if (digest === undefined) return undefined;
    const found = await this.#read(digest);
    if (found !== undefined) return found;
    throw ociFault({
      code: 'content-missing',
      message: `The tag ${target.tag} in ${this.name} points at ${digest}, which is not there.`,
      hint: 'The layout is incomplete; make it again.',
      values: { store: this.name, tag: target.tag, digest },
    });
  }

  async putManifest(write: ManifestWrite, waiting?: Waiting): Promise<ManifestWritten> {
    waiting?.signal?.throwIfAborted();
    const { manifest, descriptor } = prepareManifest(write, this.name);
    await this.#alone(async () => {
      const index = await this.#index();
      checkExpected(write, write.tag === undefined ? undefined : digestOfTag(index, write.tag), this.name);
      await this.#write(descriptor.digest, [write.bytes]);
      await this.#rewrite(index, addEntry(entriesOf(index.document), { descriptor, manifest, tag: write.tag }));
    });
    return { descriptor, subjectListed: manifest.subject !== undefined, promised: true };
  }

  async deleteManifest(tagOrDigest: string, waiting?: Waiting): Promise<'deleted' | 'absent'> {
    waiting?.signal?.throwIfAborted();
    const target = parseTarget(tagOrDigest);
    return this.#alone(async () => {
      const index = await this.#index();
      const entries = entriesOf(index.document);
      if (target.kind === 'tag') {
        if (digestOfTag(index, target.tag) === undefined) return 'absent';
        await this.#rewrite(index, removeTag(entries, target.tag));
        return 'deleted';
      }
      const kept = entries.filter((entry) => entry.digest !== target.digest);
      if (kept.length < entries.length) await this.#rewrite(index, kept);
      this.#subjects.forget(target.digest);
      const removed = await removeFile(this.#path(target.digest));
      return removed || kept.length < entries.length ? 'deleted' : 'absent';
    });
  }

  async hasBlob(digest: string, waiting?: Waiting): Promise<boolean> {
    waiting?.signal?.throwIfAborted();
    const opened = await openFile(this.#path(digest));
    await opened?.file.close();
    return opened !== undefined;
  }

  async blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    waiting?: Waiting,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    waiting?.signal?.throwIfAborted();
    const path = this.#path(descriptor.digest);
    const opened = await openFile(path);
    await opened?.file.close();
    // Opened again when it is read: a stream nobody starts would otherwise keep its file open.
    return opened === undefined ? undefined : checkedChunks(streamOf(path, waiting), descriptor, this.name);
  }

  async putBlob(write: BlobWrite, waiting?: Waiting): Promise<'written' | 'present'> {
    waiting?.signal?.throwIfAborted();
    const opened = await openFile(this.#path(write.digest));
    await opened?.file.close();
    if (opened?.size === write.size) return 'present';
    await this.#write(write.digest, checkedChunks(write.open(), write, 'what was to be written'));
    return 'written';
  }

  async referrers(digest: string, query?: ReferrerQuery): Promise<ReferrerList> {
    parseDigest(digest);
    const listed = await this.#subjects.naming(digest, query?.signal);
    const looked = [{ location: `manifests in ${this.name}`, status: 200 }];
    const further = query?.fallbackWhen ?? ((found) => found.length === 0);
    if (!further(listed)) return joinReferrers(listed, { kind: 'absent' }, looked);
    const tag = fallbackTag(digest);
    const fallback = judgeFallback(await this.manifest(tag, query), digest);
    return joinReferrers(listed, fallback, [...looked, fallbackLook(`tag ${tag} in ${this.name}`, fallback)]);
  }

  async tags(waiting?: Waiting): Promise<readonly string[]> {
    waiting?.signal?.throwIfAborted();
    const entries = entriesOf((await this.#index()).document);
    const tags = entries.map(tagOf).filter((tag) => tag !== undefined);
    return [...new Set(tags.filter(isTag))].sort();
  }

  async entries(waiting?: Waiting): Promise<readonly Descriptor[]> {
    waiting?.signal?.throwIfAborted();
    return (await this.#index()).manifests;
  }

  annotate(digest: string, annotations: Readonly<Record<string, string>>): Promise<void> {
    return this.#alone(async () => {
      const index = await this.#index();
      await this.#rewrite(index, annotateEntries(entriesOf(index.document), digest, annotations));
    });
  }

  async #read(digest: string): Promise<StoredManifest | undefined> {
    const bytes = await readFile(this.#path(digest), indexBytes);
    if (bytes === undefined) return undefined;
    checkBytes(bytes, { digest }, this.name);
    const { mediaType, artifactType } = parseManifest(bytes, { what: `the manifest ${digest} in ${this.name}` });
    const descriptor = { mediaType, digest, size: bytes.byteLength };
    return { descriptor: artifactType === undefined ? descriptor : { ...descriptor, artifactType }, bytes };
  }

  async #write(digest: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const blobs = join(this.folder, 'blobs');
    const folder = join(blobs, parseDigest(digest).algorithm);
    await makeFolder(folder);
    for (const path of [blobs, folder]) await hasFolder(path);
    await writeFile(this.#path(digest), source, folder);
  }

  async #index(): Promise<ImageIndex> {
    const path = join(this.folder, 'index.json');
    const bytes = await readFile(path, indexBytes);
    if (bytes === undefined) throw invalid(this.folder, 'it has no file index.json');
    const index = parseManifest(bytes, { mediaType: ociIndex, what: path });
    if (index.kind === 'index') return index;
    throw invalid(this.folder, 'its index.json is no index');
  }

  #rewrite(index: ImageIndex, entries: readonly RawEntry[]): Promise<void> {
    const bytes = manifestToBytes({ ...index.document, manifests: entries });
    return writeFile(join(this.folder, 'index.json'), [bytes], this.folder);
  }

  /** Where content lies. The digest is taken apart first, so nothing but its digits becomes a path. */
  #path(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.folder, 'blobs', algorithm, hex);
  }
}

async function create(folder: string): Promise<void> {
  await makeFolder(join(folder, 'blobs', 'sha256'));
  const empty = manifestToBytes({ schemaVersion: 2, mediaType: ociIndex, manifests: [] });
  // The marker last: what has it is complete.
  for (const [name, bytes] of [
    ['index.json', empty],
    [marker.file, Buffer.from(marker.content)],
  ] as const) {
    const opened = await openFile(join(folder, name));
    await opened?.file.close();
    if (opened === undefined) await writeFile(join(folder, name), [bytes], folder);
  }
}

async function* streamOf(path: string, waiting?: Waiting): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = await openFile(path);
  if (opened === undefined) return;
  try {
    for await (const piece of pieces(opened.file, path)) {
      waiting?.signal?.throwIfAborted();
      yield piece;
    }
  } finally {
    await opened.file.close();
  }
}

function digestOfTag(index: ImageIndex, tag: string): string | undefined {
  return index.manifests.find((entry) => entry.annotations?.[refName] === tag && isDigest(entry.digest))?.digest;
}

function versionOf(bytes: Buffer): unknown {
  try {
    return (JSON.parse(bytes.toString('utf8')) as { imageLayoutVersion?: unknown } | null)?.imageLayoutVersion;
  } catch {
    return undefined;
  }
}

function invalid(folder: string, problem: string): Error {
  return ociFault({
    code: 'layout-invalid',
    message: `The folder ${folder} is not an OCI image layout: ${problem}.`,
    hint: 'Check the path; a layout has the files oci-layout and index.json and a folder blobs.',
    values: { folder, problem },
  });
}
