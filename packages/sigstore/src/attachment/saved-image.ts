/**
 * Images saved with their signatures into a folder (an OCI layout), as cosign's `save` writes it and its `load` reads it: entries are
 * told apart by an annotation, not by tags. Bundles are entries of their own kind or only among the blobs.
 */
import { copyImage } from '@pratique/oci';
import type { ContentStore, CopyReport, Descriptor, LayoutStore, StoredManifest, Waiting } from '@pratique/oci';
import { mediaTypes } from '@pratique/oci';
import { sigstoreFault } from '../errors.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import type { Contention } from './contention.ts';

const kindAnnotation = 'kind';

/** Values of the annotation. */
const kinds = {
  image: 'dev.cosignproject.cosign/image',
  index: 'dev.cosignproject.cosign/imageIndex',
  signatures: 'dev.cosignproject.cosign/sigs',
  attestations: 'dev.cosignproject.cosign/atts',
} as const;

/** What is saved. */
export interface SaveRequest extends Contention {
  /** The repository of the image. */
  readonly store: ContentStore;
  /** Tag or digest. */
  readonly target: string;
  /** Tag of the image in the layout; by digest only without it. */
  readonly tag?: string;
  readonly layout: LayoutStore;
  readonly tagPrefix?: string;
}

/**
 * Saves an image with its signatures, attestations and referrers.
 *
 * @throws Fault as `copyImage` of the oci package
 */
export async function saveImage(request: SaveRequest): Promise<CopyReport> {
  const { store, target, tag, layout, tagPrefix, random, sleep, signal } = request;
  const report = await copyImage({
    from: store,
    to: layout,
    source: target,
    random,
    sleep,
    ...(tag === undefined ? {} : { tag }),
    ...(tagPrefix === undefined ? {} : { attachmentTagPrefix: tagPrefix }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { digest, mediaType } = report.root;
  await layout.annotate(digest, { [kindAnnotation]: mediaTypes.isIndexType(mediaType) ? kinds.index : kinds.image });
  // Only those of the image itself: cosign expects one entry of each kind.
  for (const [kind, value] of [
    ['signature', kinds.signatures],
    ['attestation', kinds.attestations],
  ] as const) {
    const attached = await layout.resolve(attachmentTag(digest, kind, tagPrefix), request);
    if (attached !== undefined) await layout.annotate(attached.digest, { [kindAnnotation]: value });
  }
  return report;
}

/** A saved image, read like a repository. */
export interface SavedImage {
  /** Answers for `sha256-….sig` and `.att` with what the layout has as signatures and attestations. */
  readonly store: ContentStore;
  readonly image: Descriptor;
}

/**
 * Finds the image in a layout and makes its signatures readable where readers look for them.
 *
 * @throws Fault `saved-image-unclear` where no entry, or more than one, is an image; `layout-invalid`, `layout-unavailable` of the oci package
 */
export async function openSavedImage(layout: LayoutStore, waiting: Waiting = {}): Promise<SavedImage> {
  const entries = await layout.entries(waiting);
  const image = imageAmong(entries, layout.name);
  const attached = new Map<string, string>();
  for (const [kind, value] of [
    ['signature', kinds.signatures],
    ['attestation', kinds.attestations],
  ] as const) {
    const entry = entries.find(({ annotations }) => annotations?.[kindAnnotation] === value);
    if (entry !== undefined) attached.set(attachmentTag(image.digest, kind), entry.digest);
  }
  return { store: withTags(layout, attached), image };
}

/** Where a saved image goes. */
export interface LoadRequest extends Contention {
  readonly layout: LayoutStore;
  readonly store: ContentStore;
  readonly tag?: string;
  /** Overwrite attachments that exist and differ. */
  readonly force?: boolean;
}

/**
 * Puts a saved image with all that belongs to it into a repository, blobs before manifests.
 *
 * @throws Fault `saved-image-unclear`, and as `copyImage` of the oci package
 */
export async function loadImage({ layout, store, tag, force, ...contention }: LoadRequest): Promise<CopyReport> {
  const saved = await openSavedImage(layout, contention);
  return copyImage({
    ...contention,
    from: saved.store,
    to: store,
    source: saved.image.digest,
    ...(tag === undefined ? {} : { tag }),
    ...(force === undefined ? {} : { force }),
  });
}

/** The entry that says it is the image; in layouts of other tools the only one that can be. */
function imageAmong(entries: readonly Descriptor[], layout: string): Descriptor {
  const said = entries.filter(({ annotations }) => {
    const kind = annotations?.[kindAnnotation];
    return kind === kinds.image || kind === kinds.index;
  });
  const candidates = said.length > 0 ? said : entries.filter(mayBeImage);
  const [image, ...others] = new Map(candidates.map((entry) => [entry.digest, entry])).values();
  if (image !== undefined && others.length === 0) return image;
  throw sigstoreFault({
    code: 'saved-image-unclear',
    message: `${layout} holds ${candidates.length} images instead of one.`,
    hint: 'Give a folder that `save` wrote for one image.',
    values: { layout, images: candidates.length },
  });
}

function mayBeImage({ annotations, artifactType }: Descriptor): boolean {
  const tag = annotations?.['org.opencontainers.image.ref.name'] ?? '';
  return annotations?.[kindAnnotation] === undefined && artifactType === undefined && !/^sha256-[0-9a-f]{64}/.test(tag);
}

/** The layout with further tags. */
function withTags(layout: LayoutStore, further: ReadonlyMap<string, string>): ContentStore {
  const target = (tagOrDigest: string): string => further.get(tagOrDigest) ?? tagOrDigest;
  return {
    name: layout.name,
    resolve: (name, waiting): Promise<Descriptor | undefined> => layout.resolve(target(name), waiting),
    manifest: (name, waiting): Promise<StoredManifest | undefined> => layout.manifest(target(name), waiting),
    putManifest: (write, waiting) => layout.putManifest(write, waiting),
    deleteManifest: (name, waiting) => layout.deleteManifest(name, waiting),
    hasBlob: (digest, waiting) => layout.hasBlob(digest, waiting),
    blob: (descriptor, waiting) => layout.blob(descriptor, waiting),
    putBlob: (write, waiting) => layout.putBlob(write, waiting),
    referrers: (digest, query) => layout.referrers(digest, query),
    tags: async (waiting) => [...new Set([...(await layout.tags(waiting)), ...further.keys()])].sort(),
  };
}
