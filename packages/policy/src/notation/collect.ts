/** Reads what notation stores: one manifest per signature with the image as its subject, its envelope as the only layer. */
import { mediaTypes, parseManifest, readChecked } from '@pratique/oci';
import type { ContentStore, Descriptor, ImageManifest, ReferrerList } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import pLimit from 'p-limit';
import type { CanonicalImage } from '../image/canonical-image.ts';
import { signatureType } from './evidence.ts';
import type { NotationEvidence, StoredSignature } from './evidence.ts';
import { envelopeBytes, judgedSignatures, openedManifests } from './limits.ts';

/** What reading came to. */
export type Collected =
  | { readonly state: 'collected'; readonly evidence: NotationEvidence }
  | { readonly state: 'no-image' }
  | { readonly state: 'failed'; readonly at: 'image' | 'signatures'; readonly fault: Fault };

// As many as notation's own client asks at the same time is one; the registry should not notice us more than that much.
const atOnce = 4;

/** Resolves the image and reads its signatures. Only bugs and an abort throw. */
export async function collectNotation(
  store: ContentStore,
  image: CanonicalImage,
  signal: AbortSignal,
): Promise<Collected> {
  let at: 'image' | 'signatures' = 'image';
  try {
    // The manifest itself, not what a header says of it: size and type are compared with what was signed.
    const stored = await store.manifest(image.digest ?? image.tag ?? 'latest', { signal });
    if (stored === undefined) return { state: 'no-image' };
    at = 'signatures';
    const { digest, mediaType, size } = stored.descriptor;
    const list = await store.referrers(digest, { signal, fallbackWhen: (listed) => !listed.some(isSurelySignature) });
    const found = await openAll({ store, digest, signal }, list);
    const evidence = {
      repository: `${image.registry}/${image.repository}`,
      image: { digest, mediaType, size },
      signatures: found.slice(0, judgedSignatures),
      isCut: found.length > judgedSignatures,
      looked: list.looked.map(({ location, status }) => `${location} ${status}`),
    };
    return { state: 'collected', evidence };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { state: 'failed', at, fault: error };
  }
}

interface Opening {
  readonly store: ContentStore;
  readonly digest: string;
  readonly signal: AbortSignal;
}

async function openAll(opening: Opening, list: ReferrerList): Promise<readonly StoredSignature[]> {
  const sure = list.descriptors.filter(isSurelySignature);
  const perhaps = list.descriptors.filter((entry) => !isSurelySignature(entry) && mayBeSignature(entry));
  const queue = pLimit(atOnce);
  const found: StoredSignature[] = [];
  // Ten and one more, so that it is known whether there are more; those that say what they are come first.
  for (const part of [sure.slice(0, judgedSignatures + 1), perhaps.slice(0, openedManifests)]) {
    if (found.length > judgedSignatures) break;
    const opened = await Promise.all(part.map((entry) => queue(() => open(opening, entry))));
    found.push(...opened.filter((each) => each !== undefined));
  }
  return found;
}

/** The signature in a manifest, or undefined where it is about something else. */
async function open(opening: Opening, entry: Descriptor): Promise<StoredSignature | undefined> {
  const { digest } = entry;
  try {
    const content = await readSignature(opening, entry);
    return content === undefined ? undefined : { digest, content };
  } catch (error) {
    if (!isFault(error)) throw error;
    return {
      digest,
      content: badContent.has(error.code)
        ? { state: 'bad', because: error.message }
        : { state: 'failed', fault: error },
    };
  }
}

/** Faults that say what is stored is bad, where any other says that it could not be looked at. */
const badContent: ReadonlySet<string> = new Set([
  'content-mismatch',
  'content-too-large',
  'manifest-invalid',
  'manifest-unsupported',
]);

async function readSignature({ store, digest, signal }: Opening, entry: Descriptor) {
  const stored = await store.manifest(entry.digest, { signal });
  if (stored === undefined) return isSurelySignature(entry) ? bad('its manifest is gone') : undefined;
  const { mediaType } = stored.descriptor;
  const manifest = parseManifest(stored.bytes, { mediaType, what: `the manifest ${entry.digest} in ${store.name}` });
  if (manifest.kind !== 'manifest' || !isSignature(manifest) || manifest.subject?.digest !== digest) return undefined;
  const [layer, second] = manifest.layers;
  if (layer === undefined || second !== undefined)
    return bad(`its manifest has ${manifest.layers.length} layers instead of one`);
  if (layer.size > envelopeBytes) return bad(`its envelope is larger than ${sizeInWords(envelopeBytes)}`);
  const blob = await store.blob(layer, { signal });
  if (blob === undefined) return bad('its envelope is not there: the upload was not completed');
  const bytes = await readChecked(blob, layer, { from: store.name, limit: envelopeBytes });
  return { state: 'read', mediaType: layer.mediaType, bytes } as const;
}

function bad(because: string) {
  return { state: 'bad', because } as const;
}

function isSignature({ artifactType, config }: ImageManifest): boolean {
  return artifactType === signatureType || config.mediaType === signatureType;
}

function isSurelySignature({ mediaType, artifactType }: Descriptor): boolean {
  return mediaType === mediaTypes.ociManifest && artifactType === signatureType;
}

/** Old fallback lists say nothing of the type. */
function mayBeSignature({ mediaType, artifactType }: Descriptor): boolean {
  return mediaType === mediaTypes.ociManifest && (artifactType === undefined || artifactType === '');
}
