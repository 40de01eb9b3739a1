/**
 * The bundle format: one manifest per bundle that names the image as its subject. Lists of referrers are believed for
 * nothing but the digests: cosign 2.5 to 3.0 list bundles under a wrong type, and fallback tags hold strange things.
 */
import { fallbackTag, mediaTypes } from '@pratique/oci';
import type { Descriptor, ImageManifest, ReferrerList } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { bundleMediaTypePrefix } from '../bundle/bundle-parse.ts';
import { signPredicateType } from '../bundle/statement.ts';
import { sigstoreFault } from '../errors.ts';
import type { BundleCandidate, Candidate, SourceReport, StoredBytes } from '../evidence.ts';
import { payloadMediaType } from '../simple-signing/layer.ts';
import { readLayers } from './collect-tag.ts';
import type { Collected, Collecting } from './collect.ts';

/** Config media type of a `.sig` manifest that cosign's OCI 1.1 experiment stores as a referrer. */
export const experimentConfigType = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** Most manifests of one list that are opened. */
export const openedLimit = 1000;

/** Annotations of the manifest that carries a bundle. */
export const bundleAnnotations = {
  content: 'dev.sigstore.bundle.content',
  predicateType: 'dev.sigstore.bundle.predicateType',
  created: 'org.opencontainers.image.created',
} as const;

// A bundle that only signs has one short statement; certificates and log entries take some kilobytes each.
const signatureBundleLimit = 8 * 1024 * 1024;

/** Reads the list, opens every manifest that may carry a bundle, and fetches the bundles. */
export async function collectReferrers(collecting: Collecting): Promise<Collected> {
  const { store, digest, waiting } = collecting;
  let list: ReferrerList;
  try {
    // A registry that learnt to keep lists later does not know the bundles of the fallback tag.
    list = await store.referrers(digest, { ...waiting, fallbackWhen: (listed) => !listed.some(mayCarryBundle) });
  } catch (error) {
    if (!isFault(error)) throw error;
    const location = `referrers of ${digest} in ${store.name}`;
    return { reports: [{ kind: 'referrers', location, state: 'failed', candidates: 0, fault: error }], candidates: [] };
  }
  const wanted = list.descriptors.filter(mayCarryBundle).sort(likelyFirst);
  const opened = await Promise.all(wanted.slice(0, openedLimit).map((entry) => openReferrer(collecting, entry)));
  const candidates = opened.flatMap((each) => each.candidates);
  const fault = opened.find((each) => each.fault !== undefined)?.fault ?? tooMany(wanted.length, store.name);
  return { reports: reportsOf(list, { digest, candidates: candidates.length, fault }), candidates };
}

/** Whether the descriptor leaves it possible that the manifest carries a bundle. */
export function mayCarryBundle({ mediaType, artifactType }: Descriptor): boolean {
  if (mediaType !== mediaTypes.ociManifest) return false;
  return (
    artifactType === undefined ||
    artifactType === mediaTypes.emptyConfig ||
    artifactType === experimentConfigType ||
    artifactType.startsWith(bundleMediaTypePrefix)
  );
}

interface Opened {
  readonly candidates: readonly Candidate[];
  readonly fault?: Fault;
}

const nothing: Opened = { candidates: [] };

async function openReferrer(collecting: Collecting, entry: Descriptor): Promise<Opened> {
  try {
    const opened = await collecting.reader.manifest(entry.digest);
    if (opened.state === 'read') return await readReferrer(collecting, entry, opened.manifest);
    // A list may name what is gone; only where it says "bundle" is that worth a candidate. What was altered may have been one.
    const isAltered = opened.state === 'corrupt' && opened.altered === true;
    if (!isSurelyBundle(entry) && !isAltered) return nothing;
    return { candidates: [bundleCandidate(collecting, entry, {}, opened)] };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { candidates: [], fault: error };
  }
}

async function readReferrer(collecting: Collecting, entry: Descriptor, manifest: ImageManifest): Promise<Opened> {
  // Fallback tags are written by anyone, and some registries answer them with the image itself.
  if (manifest.subject?.digest !== collecting.digest) return nothing;
  const { layers, annotations } = manifest;
  const location = `${collecting.store.name}@${entry.digest}`;
  if (manifest.config.mediaType === experimentConfigType || layers.some(isPayload)) {
    return readLayers(collecting, manifest, { location, kind: 'signature' });
  }
  const [layer] = layers;
  const carries = layer?.mediaType.startsWith(bundleMediaTypePrefix) === true;
  const claims = manifest.artifactType?.startsWith(bundleMediaTypePrefix) === true;
  if (!carries && !claims) return nothing;
  if (!carries || layers.length !== 1) {
    const detail = `its manifest has ${layers.length} layers instead of one with a bundle`;
    return { candidates: [bundleCandidate(collecting, entry, annotations, { state: 'corrupt', detail })] };
  }
  const bundle = await collecting.reader.blob(layer, limitFor(annotations, collecting.limit));
  return { candidates: [bundleCandidate(collecting, entry, annotations, bundle)] };
}

function bundleCandidate(
  { store }: Collecting,
  { digest }: Descriptor,
  annotations: Readonly<Record<string, string>>,
  bundle: StoredBytes,
): BundleCandidate {
  return { format: 'bundle', location: `${store.name}@${digest}`, digest, annotations, bundle };
}

function limitFor(annotations: Readonly<Record<string, string>>, limit: number): number {
  const onlySigns =
    annotations[bundleAnnotations.content] === 'message-signature' ||
    annotations[bundleAnnotations.predicateType] === signPredicateType;
  return onlySigns ? Math.min(limit, signatureBundleLimit) : limit;
}

function isPayload({ mediaType }: Descriptor): boolean {
  return mediaType === payloadMediaType;
}

function isSurelyBundle({ artifactType }: Descriptor): boolean {
  return artifactType?.startsWith(bundleMediaTypePrefix) === true;
}

/** Where more are listed than are opened, those that say what they are come first; the order of the list stays otherwise. */
function likelyFirst(left: Descriptor, right: Descriptor): number {
  return Number(isSurelyBundle(right)) - Number(isSurelyBundle(left));
}

interface Finding {
  readonly digest: string;
  readonly candidates: number;
  readonly fault: Fault | undefined;
}

/** One report per place that was looked at; candidates count for the place that had the list. */
function reportsOf({ looked, source }: ReferrerList, finding: Finding): readonly SourceReport[] {
  const tag = fallbackTag(finding.digest);
  const holder = source === 'fallback-tag' ? 'fallback-tag' : 'referrers';
  return looked.map(({ location, status, note }): SourceReport => {
    const kind = location.includes(tag) ? 'fallback-tag' : 'referrers';
    const place = note === undefined ? location : `${location} (${note})`;
    const report = { kind, location: place, candidates: kind === holder ? finding.candidates : 0 } as const;
    if (kind === holder && finding.fault !== undefined) return { ...report, state: 'failed', fault: finding.fault };
    return { ...report, state: status === 200 ? 'read' : 'absent' };
  });
}

function tooMany(count: number, store: string): Fault | undefined {
  if (count <= openedLimit) return undefined;
  return sigstoreFault({
    code: 'too-many-signatures',
    message: `${count} referrers in ${store} may be signatures; only ${openedLimit} were opened.`,
    hint: 'Remove signatures that nobody needs with `clean`.',
    values: { count, limit: openedLimit },
  });
}
