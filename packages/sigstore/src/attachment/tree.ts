/** Everything that hangs on an image: what is under tags made of its digest, and what names it as its subject. */
import { parseManifest } from '@pratique/oci';
import type { ContentStore, Descriptor, Manifest, StoredManifest, Waiting } from '@pratique/oci';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import type { AttachmentKind } from '../simple-signing/tags.ts';
import { bundleAnnotations, openedLimit } from './collect-referrers.ts';
import { isBadContent } from './stored-content.ts';

/** One thing that is attached. */
export interface TreeNode {
  readonly kind: AttachmentKind | 'referrer';
  /** As a person can look it up: `registry.example.com/app:sha256-….sig`, `registry.example.com/app@sha256:…`. */
  readonly location: string;
  /** Of its manifest. */
  readonly digest: string;
  /** Of a referrer: what it says it is, by the artifact type of its manifest. */
  readonly artifactType?: string;
  /** What its manifest says that it attests; a hint, not verified. */
  readonly predicateType?: string;
  readonly layers: readonly TreeLayer[];
  /** Why its layers are not known. */
  readonly problem?: string;
}

/** One layer of it. */
export interface TreeLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly predicateType?: string;
}

/** Whose attachments are listed. */
export interface TreeRequest extends Waiting {
  /** The repository that holds the attachments. */
  readonly store: ContentStore;
  /** Of the image. */
  readonly digest: string;
  readonly tagPrefix?: string;
}

const kinds: readonly AttachmentKind[] = ['signature', 'attestation', 'sbom'];

/**
 * Lists what is attached, tags first.
 *
 * @throws Fault of the store: a tree with parts that could not be looked at would look complete
 */
export async function attachmentTree(request: TreeRequest): Promise<readonly TreeNode[]> {
  const [tagged, referrers] = await Promise.all([
    Promise.all(kinds.map((kind) => taggedNode(request, kind))),
    referrerNodes(request),
  ]);
  return [...tagged.flat(), ...referrers];
}

async function taggedNode(request: TreeRequest, kind: AttachmentKind): Promise<readonly TreeNode[]> {
  const { store, digest, tagPrefix } = request;
  const tag = attachmentTag(digest, kind, tagPrefix);
  const stored = await store.manifest(tag, request);
  if (stored === undefined) return [];
  const location = `${store.name}:${tag}`;
  return [{ kind, location, digest: stored.descriptor.digest, ...contentsOf(readLeniently(stored, location)) }];
}

async function referrerNodes(request: TreeRequest): Promise<readonly TreeNode[]> {
  const { store, digest } = request;
  // Both places: a list the registry keeps may lack what an older one wrote under the fallback tag.
  const { descriptors } = await store.referrers(digest, { ...request, fallbackWhen: () => true });
  const nodes: TreeNode[] = [];
  for (const descriptor of descriptors.slice(0, openedLimit)) nodes.push(...(await referrerNode(request, descriptor)));
  const [beyond] = descriptors.slice(openedLimit);
  return beyond === undefined ? nodes : [...nodes, notOpened(store.name, beyond, descriptors.length - openedLimit)];
}

/** A tree that ends without saying so would look complete. */
function notOpened(store: string, { digest }: Descriptor, count: number): TreeNode {
  const problem = `${count} more referrers are listed and were not opened, this one first`;
  return { kind: 'referrer', location: `${store}@${digest}`, digest, layers: [], problem };
}

async function referrerNode(request: TreeRequest, descriptor: Descriptor): Promise<readonly TreeNode[]> {
  const { store, digest } = request;
  const location = `${store.name}@${descriptor.digest}`;
  const stored = await store.manifest(descriptor.digest, request);
  const place = { kind: 'referrer', location, digest: descriptor.digest } as const;
  if (stored === undefined) return [{ ...place, layers: [], problem: 'it is listed, but gone' }];
  const read = readLeniently(stored, location);
  // Anybody can write the list of the fallback tag; what itself names another subject does not hang here.
  if (typeof read !== 'string' && read.subject?.digest !== digest) return [];
  return [{ ...place, ...claimsOf(read), ...contentsOf(read) }];
}

function readLeniently(stored: StoredManifest, what: string): Manifest | string {
  try {
    return parseManifest(stored.bytes, { mediaType: stored.descriptor.mediaType, what });
  } catch (error) {
    if (isBadContent(error)) return error.message;
    throw error;
  }
}

function claimsOf(manifest: Manifest | string): Pick<TreeNode, 'artifactType' | 'predicateType'> {
  if (typeof manifest === 'string') return {};
  const artifactType = manifest.artifactType ?? (manifest.kind === 'manifest' ? manifest.config.mediaType : undefined);
  const predicateType = manifest.annotations[bundleAnnotations.predicateType];
  return {
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(predicateType === undefined ? {} : { predicateType }),
  };
}

function contentsOf(manifest: Manifest | string): Pick<TreeNode, 'layers' | 'problem'> {
  if (typeof manifest === 'string') return { layers: [], problem: manifest };
  const entries = manifest.kind === 'manifest' ? manifest.layers : manifest.manifests;
  return {
    layers: entries.map(({ mediaType, digest, annotations }) => {
      const predicateType = annotations?.[layerAnnotations.predicateType];
      return { mediaType, digest, ...(predicateType === undefined ? {} : { predicateType }) };
    }),
  };
}
