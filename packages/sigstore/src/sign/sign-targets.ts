/** Which digests are signed when an image of several platforms is signed as a whole. */
import { isImageEntry, mediaTypes, readManifest } from '@pratique/oci';
import type { ContentStore, Descriptor, Waiting } from '@pratique/oci';
import { sigstoreFault } from '../errors.ts';

/** What is to be signed. */
export interface SignTargets extends Waiting {
  readonly store: ContentStore;
  /** Tag or digest. */
  readonly target: string;
  /** Also manifests that are no images: build attestations inside the index. */
  readonly includeAttachments?: boolean;
}

// An index for every platform there is has some dozens of entries; each becomes a signature.
const targetLimit = 1000;

/**
 * The image or index itself, then everything it lists, nested indexes too, each digest once.
 *
 * @throws Fault `image-not-found`, `too-many-signatures`, and what the store throws
 */
export async function listSignTargets(request: SignTargets): Promise<readonly Descriptor[]> {
  const { store, target } = request;
  const top = await store.resolve(target, request);
  if (top === undefined) throw imageNotFound(store.name, target);
  const found = new Map([[top.digest, top]]);
  const open = [top];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const child of await childrenOf(next, request)) {
      if (found.has(child.digest)) continue;
      if (found.size === targetLimit) throw tooMany(store.name, target);
      found.set(child.digest, child);
      open.push(child);
    }
  }
  return [...found.values()];
}

/** The fault for an image that is not there; nothing is written for a digest that does not exist. */
export function imageNotFound(store: string, target: string): Error {
  return sigstoreFault({
    code: 'image-not-found',
    message: `There is no image ${target} in ${store}.`,
    hint: 'Check the name and push the image first.',
    values: { store, target },
  });
}

async function childrenOf(descriptor: Descriptor, request: SignTargets): Promise<readonly Descriptor[]> {
  if (!mediaTypes.isIndexType(descriptor.mediaType)) return [];
  const stored = await request.store.manifest(descriptor.digest, request);
  if (stored === undefined) throw imageNotFound(request.store.name, descriptor.digest);
  const index = readManifest(stored, request.store.name);
  if (index.kind !== 'index') return [];
  return index.manifests.filter(
    (entry) =>
      (mediaTypes.isIndexType(entry.mediaType) || mediaTypes.isImageManifestType(entry.mediaType)) &&
      (request.includeAttachments === true || isImageEntry(entry)),
  );
}

function tooMany(store: string, target: string): Error {
  return sigstoreFault({
    code: 'too-many-signatures',
    message: `${target} in ${store} lists more than ${targetLimit} manifests.`,
    hint: 'Sign the manifests that matter by their digests, without --recursive.',
    values: { store, target, limit: targetLimit },
  });
}
