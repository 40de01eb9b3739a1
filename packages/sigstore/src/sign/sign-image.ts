/**
 * Signing an image in the formats of both generations: the tag format first, because every verifier reads it, then the
 * bundle. What is stored is read back and verified before it counts.
 */
import { repositoryName } from '@pratique/oci';
import type { ContentStore, Descriptor, OciFaultCode, Reference } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { appendSignature } from '../attachment/append-signature.ts';
import type { Appended } from '../attachment/append-signature.ts';
import { attachBundle } from '../attachment/attach-bundle.ts';
import type { Attached } from '../attachment/attach-bundle.ts';
import type { Contention } from '../attachment/contention.ts';
import { signPredicateType, writeSignStatement } from '../bundle/statement.ts';
import type { SignatureUse } from '../keys/algorithms.ts';
import { payloadMediaType } from '../simple-signing/layer.ts';
import { writePayload } from '../simple-signing/payload.ts';
import { makeEnvelopeBundle, makeLayer } from './make-signature.ts';
import { readBackBundle, readBackLayer } from './read-back.ts';
import { imageNotFound } from './sign-targets.ts';
import { checkMaterial } from './signing-material.ts';
import type { SigningMaterial } from './signing-material.ts';

/** Where attachments of an image are written, and how. */
export interface AttachmentPlace extends Contention {
  /** The repository of the image. */
  readonly store: ContentStore;
  /** The repository for signatures, where it is another one (`COSIGN_REPOSITORY`). */
  readonly signatureStore?: ContentStore;
  /** Tag or digest of the image; a tag is resolved once. */
  readonly target: string;
  /** How signatures name the image's repository. */
  readonly reference: Pick<Reference, 'registry' | 'repository'>;
  /** @default both, in this order */
  readonly formats?: readonly SignatureUse[];
  readonly tagPrefix?: string;
  /** Time of signing, for manifests of bundles. */
  readonly now: Date;
  /** Written into the config of the tag format; without it the manifest is reproducible. */
  readonly created?: Date;
  readonly dockerMediaTypes?: boolean;
  /** Largest attachment in bytes. @default 128 MiB */
  readonly attachmentLimit?: number;
  /** Read back and verify what was stored. @default true */
  readonly verifyAfter?: boolean;
  /** Tried before anything is signed or logged: a log entry cannot be taken back. */
  readonly preflight?: () => Promise<void>;
}

/** One image to be signed. */
export interface SignImageRequest extends AttachmentPlace {
  readonly material: SigningMaterial;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Texts instead of registry and repository in the tag format, one signature each. */
  readonly identities?: readonly string[];
}

/** What became of one format. */
export type FormatResult =
  | ({ readonly format: 'legacy'; readonly state: 'stored' } & Appended)
  | ({ readonly format: 'bundle'; readonly state: 'stored' } & Extract<Attached, { outcome: 'attached' }>)
  /** Stored, but not found by readers. */
  | ({ readonly format: 'bundle'; readonly state: 'unlisted' } & Extract<Attached, { outcome: 'partial' }>)
  | { readonly format: SignatureUse; readonly state: 'failed'; readonly fault: Fault };

/** What was done. */
export interface SignResult {
  /** Of the image. */
  readonly digest: string;
  readonly results: readonly FormatResult[];
  /** Not everything that was asked for is in place; the results say what is missing. */
  readonly partial: boolean;
}

/** Both generations, the one that everybody reads first. */
export const bothFormats: readonly SignatureUse[] = ['legacy', 'bundle'];

/**
 * Signs one image or index.
 *
 * @throws Fault `image-not-found`, `signature-option-invalid`, `signing-failed`, `signature-lost`, …: nothing is in place.
 * Where one format is in place and the other failed, the result is partial and carries the fault.
 *
 * @example
 * const material = { signer: signerFor(key) };
 * const { digest, results } = await signImage({ store, target: '1.0', reference, material, now, random, sleep });
 */
export async function signImage(request: SignImageRequest): Promise<SignResult> {
  const { material, annotations = {} } = request;
  const subject = await resolveSubject(request, material);
  return storeFormats(request, subject, {
    legacy: () => signLegacy(request, subject),
    async *bundle() {
      const bundle = await makeEnvelopeBundle(material, writeSignStatement(subject.digest, annotations));
      yield await storeBundle(request, { subject, bundle, predicateType: signPredicateType, material });
    },
  });
}

/**
 * Finds the image, and refuses before anything is made public what could not be stored or verified.
 *
 * @throws Fault `image-not-found`, `signature-option-invalid`, and what the preflight throws
 */
export async function resolveSubject(place: AttachmentPlace, material: SigningMaterial): Promise<Descriptor> {
  // The bytes themselves, for the digest a registry names in a header may be missing or wrong.
  const stored = await place.store.manifest(place.target, place);
  if (stored === undefined) throw imageNotFound(place.store.name, place.target);
  checkMaterial(material, (place.formats ?? bothFormats).includes('legacy'));
  await place.preflight?.();
  return stored.descriptor;
}

/** Runs the formats in their order; see {@link signImage} for what a failure means. */
export async function storeFormats(
  place: AttachmentPlace,
  subject: Descriptor,
  store: Readonly<Record<SignatureUse, () => AsyncIterable<FormatResult>>>,
): Promise<SignResult> {
  const wanted = bothFormats.filter((format) => (place.formats ?? bothFormats).includes(format));
  const results: FormatResult[] = [];
  for (const format of wanted) {
    try {
      for await (const result of store[format]()) results.push(result);
    } catch (error) {
      if (!isFault(error) || !mayContinue(error, results, format === wanted.at(-1))) throw error;
      results.push({ format, state: 'failed', fault: error });
    }
  }
  return { digest: subject.digest, results, partial: results.some(({ state }) => state !== 'stored') };
}

/** A later failure leaves what is in place; an immutable tag leaves the bundle format, which needs none. */
function mayContinue(error: Fault, done: readonly FormatResult[], last: boolean): boolean {
  if (done.some(({ state }) => state !== 'failed')) return true;
  return !last && isFault<OciFaultCode>(error, 'registry-tag-immutable');
}

async function* signLegacy(request: SignImageRequest, subject: Descriptor): AsyncGenerator<FormatResult> {
  const { material, annotations = {}, identities = [repositoryName(request.reference)] } = request;
  for (const identity of identities) {
    const made = await makeLayer(material, writePayload({ identity, digest: subject.digest, annotations }));
    const layer = { subject, ...made, material, kind: 'signature', mediaType: payloadMediaType } as const;
    yield await storeLayer(request, layer);
  }
}

/** A layer of the tag format with what is needed to store and verify it. */
export interface LayerStore {
  readonly subject: Descriptor;
  readonly material: SigningMaterial;
  readonly kind: 'signature' | 'attestation';
  readonly mediaType: string;
  readonly content: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
  readonly signature: Uint8Array;
  readonly replaces?: (layer: Descriptor) => boolean;
}

/** Appends a layer and reads it back. */
export async function storeLayer(place: AttachmentPlace, layer: LayerStore): Promise<FormatResult> {
  const { material, subject, signature, ...rest } = layer;
  const { publicKey } = material.signer;
  const store = place.signatureStore ?? place.store;
  const appended = await appendSignature({
    ...place,
    ...rest,
    store,
    digest: subject.digest,
    unlessSignedBy: publicKey,
  });
  if (place.verifyAfter !== false && appended.outcome === 'added') {
    const content = { digest: appended.contentDigest, size: layer.content.length };
    const back = { ...waiting(place), store, publicKey, location: appended.location };
    await readBackLayer(back, content, layer.kind === 'signature' ? signature : undefined);
  }
  return { format: 'legacy', state: 'stored', ...appended };
}

/** A bundle with what is needed to store and verify it. */
export interface BundleStore {
  readonly subject: Descriptor;
  readonly material: SigningMaterial;
  readonly bundle: Uint8Array;
  readonly predicateType: string;
}

/** Attaches a bundle and reads it back. */
export async function storeBundle(place: AttachmentPlace, made: BundleStore): Promise<FormatResult> {
  const { subject, bundle, predicateType, material } = made;
  const store = place.signatureStore ?? place.store;
  const attached = await attachBundle({
    ...place,
    store,
    subject,
    bundle,
    predicateType,
    content: 'dsse-envelope',
    created: place.now,
  });
  if (place.verifyAfter !== false) {
    const back = { ...waiting(place), store, publicKey: material.signer.publicKey, location: attached.location };
    await readBackBundle(back, attached.digest);
  }
  if (attached.outcome === 'partial') return { format: 'bundle', state: 'unlisted', ...attached };
  return { format: 'bundle', state: 'stored', ...attached };
}

function waiting({ signal }: AttachmentPlace): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
