/** Moving content from one store to another, each piece once, a bounded number at a time, never a whole blob in memory. */
import pLimit from 'p-limit';
import { ociFault } from '../errors.ts';
import { childrenOf } from '../manifest.ts';
import type { Descriptor, Manifest } from '../manifest.ts';
import { indexDepth } from '../limits.ts';
import { isForeignLayerType } from '../media-types.ts';
import { readManifest } from '../store-checks.ts';
import type { ContentStore, ManifestWritten, StoredManifest, Waiting } from '../store.ts';

/** Something that arrived, or was there already. */
export interface CopyProgress {
  readonly kind: 'blob' | 'manifest' | 'referrer' | 'attachment';
  readonly digest: string;
  readonly size: number;
  readonly result: 'written' | 'present' | 'mounted';
}

/** What was moved, counted while it moves. */
export interface TransferCounts {
  /** Manifests and indexes, each counted once. */
  manifests: number;
  blobs: { written: number; present: number; mounted: number };
  /** Bytes of blobs that were really sent. */
  bytes: number;
  /** Layers that may be had from their own address only, and stay there. */
  foreignLayers: number;
}

export interface TransferOptions extends Waiting {
  readonly from: ContentStore;
  readonly to: ContentStore;
  /** Blobs at once. */
  readonly concurrency: number;
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** Manifests of one index at once; each may bring blobs, whose number is bounded for all together. */
const manifestsAtOnce = 4;

/** See the top of this file. */
export class Transfer {
  readonly counts: TransferCounts = {
    manifests: 0,
    blobs: { written: 0, present: 0, mounted: 0 },
    bytes: 0,
    foreignLayers: 0,
  };
  readonly #options: TransferOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #blobs = new Map<string, Promise<void>>();
  /** What indexes list; one that names another ten thousand times, and that a third as often, is walked once. */
  readonly #children = new Map<string, Promise<void>>();
  readonly #mountFrom: string | undefined;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#limit = pLimit(options.concurrency);
    this.#mountFrom = sameRegistry(options.from, options.to);
  }

  /** The manifest behind a tag or digest at the source. */
  async read(tagOrDigest: string): Promise<{ stored: StoredManifest; manifest: Manifest } | undefined> {
    const { from } = this.#options;
    const stored = await from.manifest(tagOrDigest, this.#options);
    return stored === undefined ? undefined : { stored, manifest: readManifest(stored, from.name) };
  }

  /** Moves a manifest with everything below it, content before what names it. */
  async move(stored: StoredManifest, tag?: string, depth = 0): Promise<ManifestWritten> {
    const { to, from, onProgress } = this.#options;
    if (depth > indexDepth) throw tooDeep(from, stored.descriptor.digest);
    const manifest = readManifest(stored, from.name);
    const { blobs, manifests } = childrenOf(manifest);
    await Promise.all(blobs.map((blob) => this.#blob(blob)));
    await inParallel(manifests, manifestsAtOnce, (child) => this.#child(child, depth + 1));
    const { mediaType, digest, size } = stored.descriptor;
    const written = await to.putManifest({ bytes: stored.bytes, mediaType, tag }, this.#options);
    this.counts.manifests += 1;
    onProgress?.({ kind: 'manifest', digest, size, result: 'written' });
    return written;
  }

  #child(descriptor: Descriptor, depth: number): Promise<void> {
    const moved = this.#children.get(descriptor.digest) ?? this.#moveChild(descriptor, depth);
    this.#children.set(descriptor.digest, moved);
    return moved;
  }

  async #moveChild(descriptor: Descriptor, depth: number): Promise<void> {
    const found = await this.read(descriptor.digest);
    if (found === undefined) throw missing(this.#options.from, descriptor);
    await this.move(found.stored, undefined, depth);
  }

  #blob(descriptor: Descriptor): Promise<void> {
    const known = this.#blobs.get(descriptor.digest);
    if (known !== undefined) return known;
    const moved = this.#limit(() => this.#moveBlob(descriptor));
    this.#blobs.set(descriptor.digest, moved);
    return moved;
  }

  async #moveBlob(descriptor: Descriptor): Promise<void> {
    const { from, to, onProgress } = this.#options;
    const { digest, size, mediaType } = descriptor;
    if (isForeignLayerType(mediaType) && !(await from.hasBlob(digest, this.#options))) {
      this.counts.foreignLayers += 1;
      return;
    }
    const open = (): AsyncIterable<Uint8Array> => piecesOf(from, descriptor, this.#options);
    const result = await to.putBlob({ digest, size, open, mountFrom: this.#mountFrom }, this.#options);
    this.counts.blobs[result] += 1;
    if (result === 'written') this.counts.bytes += size;
    onProgress?.({ kind: 'blob', digest, size, result });
  }
}

/** Runs `work` over all items, at most `width` at once; the first failure ends it. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(width);
  try {
    await Promise.all(items.map((item) => limit(() => work(item))));
  } finally {
    limit.clearQueue();
  }
}

async function* piecesOf(
  from: ContentStore,
  descriptor: Descriptor,
  waiting: Waiting,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = await from.blob(descriptor, waiting);
  if (pieces === undefined) throw missing(from, descriptor);
  yield* pieces;
}

/** The repository to mount from, where both stores are repositories of one registry. */
function sameRegistry(from: ContentStore, to: ContentStore): string | undefined {
  const [one, other] = [placeOf(from), placeOf(to)];
  return one === undefined || other === undefined || one.registry !== other.registry ? undefined : one.repository;
}

function placeOf(store: ContentStore): { registry: string; repository: string } | undefined {
  const { registry, repository } = store as { registry?: unknown; repository?: unknown };
  return typeof registry === 'string' && typeof repository === 'string' ? { registry, repository } : undefined;
}

function missing(from: ContentStore, { digest }: Descriptor): Error {
  return ociFault({
    code: 'content-missing',
    message: `${from.name} does not have ${digest}, which an image there names.`,
    hint: 'The image is incomplete at its source; push it again there.',
    values: { store: from.name, digest },
  });
}

function tooDeep(from: ContentStore, digest: string): Error {
  return ociFault({
    code: 'manifest-invalid',
    message: `${digest} in ${from.name} holds indexes within indexes, deeper than ${indexDepth}.`,
    hint: 'No image needs that; check where it comes from.',
    values: { store: from.name, digest },
  });
}
