/** Storing a sigstore bundle beside an image: a manifest that names the image as its subject, and a list that names the manifest. */
import { addReferrer, digestOf, fallbackTag, judgeFallback, mediaTypes } from '@pratique/oci';
import type { ContentStore, Descriptor } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { bundleMediaType } from '../bundle/bundle-parse.ts';
import { sigstoreFault } from '../errors.ts';
import { goJson } from '../json/go-json.ts';
import { attachmentLimit, rfc3339 } from '../simple-signing/manifest.ts';
import { putBytes, refuseTooLarge } from './append-signature.ts';
import { bundleAnnotations } from './collect-referrers.ts';
import { overStumbles, pauseToSettle, writeAttempts } from './contention.ts';
import type { Contention } from './contention.ts';

/** A bundle and the image it is about. */
export interface AttachRequest extends Contention {
  /** The repository that holds the attachments. */
  readonly store: ContentStore;
  /** The image: media type, digest and size of its manifest or index. */
  readonly subject: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
  /** JSON of the bundle. */
  readonly bundle: Uint8Array;
  readonly content: 'dsse-envelope' | 'message-signature';
  /** Absent for a message. */
  readonly predicateType?: string;
  /** Written into the manifest. */
  readonly created: Date;
  /** Largest bundle in bytes. @default 128 MiB */
  readonly attachmentLimit?: number;
}

/** Where the bundle is now. */
export type Attached = {
  /** Of the manifest that carries the bundle. */
  readonly digest: string;
  /** `registry.example.com/app@sha256:…` */
  readonly location: string;
} & (
  | {
      readonly outcome: 'attached';
      /** Who lists it: the store, or the index under the fallback tag. */
      readonly listedBy: 'store' | 'fallback-tag';
      /** The fallback tag held the image itself (`cosign copy` puts it there) and holds the list now. */
      readonly replacedSubject: boolean;
    }
  /** It is stored, but nobody will find it: the list could not be written. Listing it later repairs that. */
  | { readonly outcome: 'partial'; readonly fault: Fault; readonly descriptor: Descriptor }
);

/**
 * Stores a bundle and lists it.
 *
 * @throws Fault `fallback-tag-occupied` before anything is written, `attachment-too-large`, and what the store throws
 */
export async function attachBundle(request: AttachRequest): Promise<Attached> {
  const { store, subject, bundle } = request;
  refuseTooLarge(bundle, request.attachmentLimit ?? attachmentLimit);
  await refuseOccupied(store, subject.digest, request);
  const written = bundleManifest(request);
  const { mediaType } = written.descriptor;
  const { subjectListed, descriptor } = await overStumbles(async () => {
    await putBytes(store, bundle, request);
    await putBytes(store, Buffer.from('{}'), request);
    return store.putManifest({ bytes: written.bytes, mediaType }, request);
  }, request);
  const place = { digest: descriptor.digest, location: `${store.name}@${descriptor.digest}` };
  if (subjectListed) return { ...place, outcome: 'attached', listedBy: 'store', replacedSubject: false };
  const listed = { ...written.descriptor, digest: descriptor.digest, size: descriptor.size };
  return { ...place, ...(await listBundle(request, listed)) };
}

/** The list a bundle is entered into. */
export interface ListRequest extends Contention {
  readonly store: ContentStore;
  readonly subject: Pick<Descriptor, 'digest'>;
}

type Listed =
  | Pick<Extract<Attached, { outcome: 'attached' }>, 'outcome' | 'listedBy' | 'replacedSubject'>
  | Pick<Extract<Attached, { outcome: 'partial' }>, 'outcome' | 'fault' | 'descriptor'>;

/**
 * Makes sure that a stored bundle is found: by the store's own list, else in the index under the fallback tag. Also the repair of a
 * bundle that an earlier run could only store.
 */
export async function listBundle(request: ListRequest, descriptor: Descriptor): Promise<Listed> {
  const { store, subject } = request;
  try {
    const { descriptors, source } = await store.referrers(subject.digest, request);
    const known = descriptors.some(({ digest }) => digest === descriptor.digest);
    if (known && source !== 'fallback-tag') return { outcome: 'attached', listedBy: 'store', replacedSubject: false };
    const replacedSubject = await keepListed(request, descriptor);
    return { outcome: 'attached', listedBy: 'fallback-tag', replacedSubject };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { outcome: 'partial', fault: error, descriptor };
  }
}

/** Adds the entry until it is still there after everybody else who was writing must have finished. */
async function keepListed(request: ListRequest, descriptor: Descriptor): Promise<boolean> {
  const { store, subject } = request;
  let replacedSubject = false;
  for (let attempt = 0; attempt < writeAttempts; attempt += 1) {
    const added = await overStumbles(() => addReferrer(store, subject.digest, descriptor, request), request);
    replacedSubject ||= added.replacedSubject;
    if (added.writes === 0) return replacedSubject;
    await pauseToSettle(request);
  }
  throw sigstoreFault({
    code: 'signature-lost',
    message: `The bundle ${descriptor.digest} is stored in ${store.name}, but others overwrote the list ${fallbackTag(subject.digest)} each time.`,
    hint: 'Let fewer programs sign the same image at once, then sign again.',
    values: { store: store.name, digest: descriptor.digest },
  });
}

/** Looks before anything is written whether the list could be written at all. */
async function refuseOccupied(store: ContentStore, digest: string, contention: Contention): Promise<void> {
  const { looked, source } = await store.referrers(digest, contention);
  const tag = fallbackTag(digest);
  if (source === 'listed' || looked.some(({ location, status }) => status === 200 && !location.includes(tag))) return;
  const content = judgeFallback(await store.manifest(tag, contention), digest);
  if (content.kind !== 'foreign') return;
  throw sigstoreFault({
    code: 'fallback-tag-occupied',
    message: `The tag ${tag} in ${store.name}, where bundles are listed, holds something else: ${content.what}.`,
    hint: 'Look at what the tag holds; delete or move it if nobody needs it, or sign with --format legacy.',
    values: { store: store.name, tag, what: content.what },
  });
}

/** The manifest of a bundle and the descriptor by which lists name it (digest and size as they will be). */
export function bundleManifest(
  request: Pick<AttachRequest, 'subject' | 'bundle' | 'content' | 'predicateType' | 'created'>,
): {
  readonly bytes: Uint8Array;
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'artifactType' | 'annotations'>;
} {
  const { subject, bundle, content, predicateType, created } = request;
  const annotations = {
    [bundleAnnotations.content]: content,
    ...(predicateType === undefined ? {} : { [bundleAnnotations.predicateType]: predicateType }),
    [bundleAnnotations.created]: rfc3339(created),
  };
  const mediaType = mediaTypes.ociManifest;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType: bundleMediaType,
    config: { ...mediaTypes.emptyConfigDescriptor },
    layers: [{ mediaType: bundleMediaType, digest: digestOf(bundle), size: bundle.length }],
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    annotations,
  };
  return {
    bytes: Buffer.from(goJson(manifest)),
    descriptor: { mediaType, artifactType: bundleMediaType, annotations },
  };
}
