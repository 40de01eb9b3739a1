/** Content in memory: for tests, and for work that is thrown away. */
import { checkedChunks, readChecked } from './digest.ts';
import { referrerDescriptor } from './manifest.ts';
import type { Descriptor, Manifest } from './manifest.ts';
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

/** How a memory behaves. */
export interface MemoryOptions {
  /** What it calls itself; default `memory`. */
  readonly name?: string;
  /** Whether it keeps lists of referrers, as registries of OCI 1.1 do; default true. Without it only fallback tags are read. */
  readonly keepsReferrers?: boolean;
  /** The largest blob it takes, in bytes; default 1 GiB. */
  readonly blobBytes?: number;
}

/** A store that forgets everything with the process. */
export function createMemoryStore(options: MemoryOptions = {}): ContentStore {
  return new MemoryStore(options);
}

class MemoryStore implements ContentStore {
  readonly name: string;
  readonly #keepsReferrers: boolean;
  readonly #blobBytes: number;
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #manifests = new Map<string, { stored: StoredManifest; manifest: Manifest }>();
  readonly #tags = new Map<string, string>();

  constructor(options: MemoryOptions) {
    this.name = options.name ?? 'memory';
    this.#keepsReferrers = options.keepsReferrers ?? true;
    this.#blobBytes = options.blobBytes ?? 1024 ** 3;
  }

  async resolve(tagOrDigest: string, waiting?: Waiting): Promise<Descriptor | undefined> {
    return (await this.manifest(tagOrDigest, waiting))?.descriptor;
  }

  async manifest(tagOrDigest: string, waiting?: Waiting): Promise<StoredManifest | undefined> {
    waiting?.signal?.throwIfAborted();
    const target = parseTarget(tagOrDigest);
    const digest = target.kind === 'tag' ? this.#tags.get(target.tag) : target.digest;
    return digest === undefined ? undefined : this.#manifests.get(digest)?.stored;
  }

  async putManifest(write: ManifestWrite, waiting?: Waiting): Promise<ManifestWritten> {
    waiting?.signal?.throwIfAborted();
    const { manifest, descriptor } = prepareManifest(write, this.name);
    checkExpected(write, write.tag === undefined ? undefined : this.#tags.get(write.tag), this.name);
    // A copy, so that a caller who reuses its buffer does not change what is stored.
    const stored = { descriptor, bytes: Uint8Array.from(write.bytes) };
    this.#manifests.set(descriptor.digest, { stored, manifest });
    if (write.tag !== undefined) this.#tags.set(write.tag, descriptor.digest);
    return { descriptor, subjectListed: this.#keepsReferrers && manifest.subject !== undefined, promised: true };
  }

  async deleteManifest(tagOrDigest: string, waiting?: Waiting): Promise<'deleted' | 'absent'> {
    waiting?.signal?.throwIfAborted();
    const target = parseTarget(tagOrDigest);
    if (target.kind === 'tag') return this.#tags.delete(target.tag) ? 'deleted' : 'absent';
    if (!this.#manifests.delete(target.digest)) return 'absent';
    for (const [tag, digest] of this.#tags) if (digest === target.digest) this.#tags.delete(tag);
    return 'deleted';
  }

  async hasBlob(digest: string, waiting?: Waiting): Promise<boolean> {
    waiting?.signal?.throwIfAborted();
    return this.#blobs.has(digest);
  }

  async blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    waiting?: Waiting,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    waiting?.signal?.throwIfAborted();
    const bytes = this.#blobs.get(descriptor.digest);
    return bytes === undefined ? undefined : checkedChunks([bytes], descriptor, this.name);
  }

  async putBlob(write: BlobWrite, waiting?: Waiting): Promise<'written' | 'present'> {
    waiting?.signal?.throwIfAborted();
    if (this.#blobs.has(write.digest)) return 'present';
    const bytes = await readChecked(write.open(), write, { from: 'what was to be written', limit: this.#blobBytes });
    this.#blobs.set(write.digest, bytes);
    return 'written';
  }

  async referrers(digest: string, query?: ReferrerQuery): Promise<ReferrerList> {
    query?.signal?.throwIfAborted();
    const listed = this.#keepsReferrers ? this.#naming(digest) : [];
    const looked = [{ location: `referrers of ${digest} in ${this.name}`, status: this.#keepsReferrers ? 200 : 404 }];
    const further = query?.fallbackWhen ?? ((found) => found.length === 0);
    if (this.#keepsReferrers && !further(listed)) return joinReferrers(listed, { kind: 'absent' }, looked);
    const tag = fallbackTag(digest);
    const fallback = judgeFallback(await this.manifest(tag), digest);
    return joinReferrers(listed, fallback, [...looked, fallbackLook(`tag ${tag} in ${this.name}`, fallback)]);
  }

  async tags(waiting?: Waiting): Promise<readonly string[]> {
    waiting?.signal?.throwIfAborted();
    return [...this.#tags.keys()].sort();
  }

  #naming(digest: string): readonly Descriptor[] {
    return [...this.#manifests.values()]
      .filter(({ manifest }) => manifest.subject?.digest === digest)
      .map(({ manifest, stored }) => referrerDescriptor(manifest, stored.descriptor))
      .sort((one, other) => (one.digest < other.digest ? -1 : 1));
  }
}
