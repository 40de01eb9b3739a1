/** Reading an image and what is attached to it, each once, for judging by any number of trust roots. */
import { childrenOf, formatPlatform, parseManifest } from '@pratique/oci';
import type { ContentStore, Descriptor, StoredManifest } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { collectEvidence } from '@pratique/sigstore';
import type { Evidence, EvidenceSource, SourceReport } from '@pratique/sigstore';
import type { RuleOptions } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { Obtained } from '../validators/validator.ts';
import { boundedStore } from './bounded-store.ts';
import type { CosignEvidence, CosignLimits, FoundImage, PlatformEvidence } from './evidence.ts';
import { hasTwinMembers } from './runtime-reading.ts';

/** Where an image and its signatures are, and how far to read. */
export interface CosignPlaces {
  readonly store: ContentStore;
  /** The repository of the signatures, where it is another one (`signatureRepository`). */
  readonly attachments: ContentStore;
  readonly limits: CosignLimits;
  readonly signal: AbortSignal;
}

/** What of a rule decides what has to be read. */
export type ReadOptions = Pick<RuleOptions, 'signatureFormat' | 'requireTagMatch'> & {
  readonly attestations: readonly unknown[];
};

/**
 * Reads the image and what is attached to it (COS-3, COS-4). What could not be read is in the evidence as a fault.
 *
 * @throws whatever is no fault: an abort, a bug
 */
export async function collectCosign(
  places: CosignPlaces,
  image: CanonicalImage,
  options: ReadOptions,
): Promise<CosignEvidence> {
  const beside = (digest: string): Promise<Evidence> =>
    collectAttached({ ...places, limits: limitsFor(options, places.limits) }, digest, sourcesFor(options));
  // What is pinned need not be resolved before its signatures are looked for.
  const [found, known, tag] = await Promise.all([
    readImage(places, image.digest ?? image.tag ?? 'latest'),
    image.digest === undefined ? undefined : beside(image.digest),
    options.requireTagMatch ? readTag(places, image) : undefined,
  ]);
  if (found.state !== 'found') return { image: found };
  const { digest } = found.manifest.descriptor;
  const attached = known?.digest === digest ? known : await beside(digest);
  return { image: found, attached, ...(tag === undefined ? {} : { tag }) };
}

/** Where only signatures count, the SBOMs beside them are not worth the memory: signatures are small. */
function limitsFor({ attestations }: Pick<ReadOptions, 'attestations'>, limits: CosignLimits): CosignLimits {
  if (attestations.length > 0) return limits;
  const { signatureBytes, totalSignatureBytes } = limits;
  return {
    ...limits,
    attachmentBytes: Math.min(limits.attachmentBytes, signatureBytes),
    totalBytes: Math.min(limits.totalBytes, totalSignatureBytes),
  };
}

/** The places that the options make worth reading. */
export function sourcesFor({ signatureFormat, attestations }: ReadOptions): readonly EvidenceSource[] {
  const isAttested = attestations.length > 0;
  return [
    ...(signatureFormat === 'bundle' ? [] : (['signature-tag'] as const)),
    ...(signatureFormat === 'bundle' || !isAttested ? [] : (['attestation-tag'] as const)),
    ...(signatureFormat === 'legacy' ? [] : (['referrers'] as const)),
  ];
}

/**
 * Reads the images behind an index and what is attached to each (COS-11); none for an image that is no index.
 *
 * @param most images that are looked at
 */
export async function collectPlatforms(
  places: CosignPlaces,
  index: StoredManifest,
  { most, options }: { readonly most: number; readonly options: ReadOptions },
): Promise<readonly PlatformEvidence[]> {
  const unique = new Map(platformEntries(index).map((entry) => [entry.digest, entry]));
  const entries = [...unique.values()].slice(0, most);
  const sources = sourcesFor({ ...options, attestations: [] });
  // All of them together may take as much as the index itself, so that no index makes one review ten times as large.
  const whole = limitsFor({ attestations: [] }, places.limits);
  const limits = { ...whole, totalBytes: Math.floor(whole.totalBytes / Math.max(1, entries.length)) };
  return Promise.all(
    entries.map(async ({ digest, platform }): Promise<PlatformEvidence> => {
      const [manifest, attached] = await Promise.all([
        readImage(places, digest),
        collectAttached({ ...places, limits }, digest, sources),
      ]);
      return {
        platform: platform === undefined ? 'no platform' : formatPlatform(platform),
        digest,
        manifest,
        attached,
      };
    }),
  );
}

/**
 * What a container runtime may start from an index. Only what says that it runs nowhere is left out: an annotation that calls
 * something an attestation is written by whoever pushed it, and no runtime looks at it.
 */
export function platformEntries(manifest: StoredManifest): readonly Descriptor[] {
  return (
    indexOf(manifest)?.filter(({ platform }) => platform?.os !== 'unknown' || platform.architecture !== 'unknown') ?? []
  );
}

/** What an index lists; undefined for everything that is no index, and for what cannot be read as one. */
export function indexOf({ bytes, descriptor }: StoredManifest): readonly Descriptor[] | undefined {
  try {
    const manifest = parseManifest(bytes, { mediaType: descriptor.mediaType, what: descriptor.digest });
    // Two readers could see two indexes in it.
    if (manifest.kind !== 'index' || hasTwinMembers(manifest.document)) return undefined;
    return childrenOf(manifest).manifests;
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

async function readImage({ store, signal }: CosignPlaces, target: string): Promise<FoundImage> {
  try {
    const manifest = await store.manifest(target, { signal });
    return manifest === undefined ? { state: 'absent' } : { state: 'found', manifest };
  } catch (error) {
    return couldNotRead(error, signal);
  }
}

async function readTag({ store, signal }: CosignPlaces, image: CanonicalImage): Promise<Obtained<string | undefined>> {
  const { tag, digest } = image;
  if (tag === undefined || digest === undefined) return { state: 'there', value: digest };
  try {
    return { state: 'there', value: (await store.manifest(tag, { signal }))?.descriptor.digest };
  } catch (error) {
    return couldNotRead(error, signal);
  }
}

function couldNotRead(error: unknown, signal: AbortSignal): { readonly state: 'failed'; readonly fault: Fault } {
  signal.throwIfAborted();
  if (!isFault(error)) throw error;
  return { state: 'failed', fault: error };
}

async function collectAttached(
  { attachments, limits, signal }: CosignPlaces,
  digest: string,
  sources: readonly EvidenceSource[],
): Promise<Evidence> {
  const { store, unread } = boundedStore(attachments, limits);
  const request = { store, digest, sources, signal, attachmentLimit: limits.attachmentBytes };
  const evidence = await collectEvidence(request);
  signal.throwIfAborted();
  const fault = unread();
  if (fault === undefined) return evidence;
  const isList = ({ kind }: SourceReport): boolean => kind === 'referrers' || kind === 'fallback-tag';
  return {
    ...evidence,
    sources: evidence.sources.map((source) => (isList(source) ? { ...source, state: 'failed', fault } : source)),
  };
}
