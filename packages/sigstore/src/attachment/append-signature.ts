/** Adding a signature or attestation to the manifest under its tag, without losing what others add at the same time. */
import { digestOf } from '@pratique/oci';
import type { ContentStore, Descriptor, OciFaultCode, StoredManifest } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import { sigstoreFault } from '../errors.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { findEquivalent } from '../simple-signing/layer.ts';
import type { NewLayer } from '../simple-signing/layer.ts';
import { attachmentLimit, changeLayers, holdsLayer, readSignatureManifest } from '../simple-signing/manifest.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { overStumbles, pauseAfterCollision, pauseToSettle, writeAttempts } from './contention.ts';
import type { Contention } from './contention.ts';

/** What is added, and where. */
export interface AppendRequest extends Contention {
  /** The repository that holds the attachments. */
  readonly store: ContentStore;
  /** Of the image. */
  readonly digest: string;
  readonly kind: 'signature' | 'attestation';
  readonly tagPrefix?: string;
  /** The bytes of the layer: payload or envelope. */
  readonly content: Uint8Array;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Nothing is added when an equivalent layer of this key is there. */
  readonly unlessSignedBy?: PublicKey;
  /** Existing layers that go: attestations of a type that is replaced. */
  readonly replaces?: (layer: Descriptor) => boolean;
  /** Written into the config; without it the manifest is reproducible. */
  readonly created?: Date;
  readonly dockerMediaTypes?: boolean;
  /** Largest content in bytes. @default 128 MiB */
  readonly attachmentLimit?: number;
}

/** Where it is now. */
export interface Appended {
  readonly outcome: 'added' | 'present';
  readonly tag: string;
  /** `registry.example.com/app:sha256-….sig` */
  readonly location: string;
  /** Of the manifest as it was last read. */
  readonly manifestDigest: string;
  /** Of the layer's content. */
  readonly contentDigest: string;
  /** How often the tag was written; more than once means that others wrote too. */
  readonly writes: number;
}

/**
 * Appends a layer and makes sure that it stays: the tag is read again after writing, merged and written again while
 * others overwrite it.
 *
 * @throws Fault `signature-lost`, `signature-manifest-invalid`, `too-many-signatures`, `attachment-too-large`,
 * `signature-option-invalid`, and what the store throws (`registry-tag-immutable`, …)
 */
export async function appendSignature(request: AppendRequest): Promise<Appended> {
  const { store, content, mediaType, annotations } = request;
  refuseTooLarge(content, request.attachmentLimit ?? attachmentLimit);
  const tag = attachmentTag(request.digest, request.kind, request.tagPrefix);
  const layer: NewLayer = { mediaType, digest: digestOf(content), size: content.length, annotations };
  const place = { tag, location: `${store.name}:${tag}`, contentDigest: layer.digest };
  const before = await store.manifest(tag, request);
  const same = findSame(before, place.location, { request, layer });
  if (same !== undefined) return { ...place, outcome: 'present', manifestDigest: same, writes: 0 };
  let stored = before;
  let writes = 0;
  for (let attempt = 0; attempt < writeAttempts; attempt += 1) {
    const written = await overStumbles(() => writeLayers(request, { stored, layer, place }), request);
    if (written) writes += 1;
    await (written ? pauseToSettle(request) : pauseAfterCollision(request));
    stored = await store.manifest(tag, request);
    if (stored !== undefined && holds(stored, place.location, layer)) {
      return { ...place, outcome: 'added', manifestDigest: stored.descriptor.digest, writes };
    }
  }
  throw lost(place.location, writes);
}

interface LayerWrite {
  readonly stored: StoredManifest | undefined;
  readonly layer: NewLayer;
  readonly place: { readonly tag: string; readonly location: string };
}

/** Whether the tag was written; false when it moved while the new manifest was prepared. */
async function writeLayers(request: AppendRequest, { stored, layer, place }: LayerWrite): Promise<boolean> {
  const { store, replaces, created, dockerMediaTypes } = request;
  const layers = stored === undefined ? [] : readSignatureManifest(stored, place.location).layers;
  // Somebody may have merged ours meanwhile; adding it twice would count one signature as two.
  const added = holdsLayer(layers, layer) ? [] : [layer];
  const change = changeLayers({
    existing: stored,
    location: place.location,
    added,
    ...(replaces === undefined ? {} : { without: positions(layers, layer, replaces) }),
    ...(created === undefined ? {} : { created }),
    ...(dockerMediaTypes === undefined ? {} : { dockerMediaTypes }),
  });
  await putBytes(store, request.content, request);
  await putBytes(store, change.config, request);
  const expected = stored?.descriptor.digest ?? null;
  try {
    await store.putManifest({ bytes: change.bytes, mediaType: change.mediaType, tag: place.tag, expected }, request);
    return true;
  } catch (error) {
    if (isFault<OciFaultCode>(error, 'tag-changed')) return false;
    throw error;
  }
}

function positions(
  layers: readonly Descriptor[],
  own: NewLayer,
  replaces: (layer: Descriptor) => boolean,
): ReadonlySet<number> {
  const gone = layers.flatMap((layer, index) => (replaces(layer) && !holdsLayer([layer], own) ? [index] : []));
  return new Set(gone);
}

/** The digest of the manifest that already has an equivalent layer. */
function findSame(
  stored: StoredManifest | undefined,
  location: string,
  { request, layer }: { readonly request: AppendRequest; readonly layer: NewLayer },
): string | undefined {
  if (stored === undefined || request.unlessSignedBy === undefined) return undefined;
  const { layers } = readSignatureManifest(stored, location);
  const check = { layer, payload: request.content, publicKey: request.unlessSignedBy };
  return findEquivalent(layers, check) === undefined ? undefined : stored.descriptor.digest;
}

function holds(stored: StoredManifest, location: string, layer: NewLayer): boolean {
  return holdsLayer(readSignatureManifest(stored, location).layers, layer);
}

/** Writes a blob unless it is there. */
export async function putBytes(store: ContentStore, bytes: Uint8Array, contention: Contention): Promise<string> {
  const digest = digestOf(bytes);
  await store.putBlob({ digest, size: bytes.length, open: () => [bytes] }, contention);
  return digest;
}

/**
 * Refuses an attachment larger than allowed.
 *
 * @throws Fault `attachment-too-large`
 */
export function refuseTooLarge(content: Uint8Array, limit: number): void {
  if (content.length <= limit) return;
  throw sigstoreFault({
    code: 'attachment-too-large',
    message: `The attachment has ${content.length} bytes; at most ${sizeInWords(limit)} are written.`,
    hint: 'Make the predicate smaller, or raise COSIGN_MAX_ATTACHMENT_SIZE for writers and readers.',
    values: { size: content.length, limit },
  });
}

function lost(location: string, writes: number): Error {
  return sigstoreFault({
    code: 'signature-lost',
    message: `The signature was written to ${location} ${writes} times and others overwrote it each time.`,
    hint: 'Let fewer programs sign the same image at once, then sign again.',
    values: { location, writes },
  });
}
