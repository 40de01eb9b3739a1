/** Attached material as text for other programs, one JSON document per line, unverified. */
import { readChecked, readManifest } from '@pratique/oci';
import type { ContentStore, Waiting } from '@pratique/oci';
import { predicateType as predicateTypeOf } from '../attestation/predicate-types.ts';
import { sigstoreFault } from '../errors.ts';
import type { Candidate, Evidence, LayerCandidate } from '../evidence.ts';
import { goJson } from '../json/go-json.ts';
import type { GoJson } from '../json/go-json.ts';
import { toBase64 } from '../json/base64.ts';
import { parseStrictJson } from '../json/strict-json.ts';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { attachmentLimit } from '../simple-signing/manifest.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { claimOf } from './claimed-predicate.ts';

/** Most signatures that are printed, as cosign has it. */
export const downloadLimit = 100;

/** What is printed, and what could not be. */
export interface Download {
  readonly lines: readonly string[];
  /** In words, where something is there that could not be read, or more than is printed. */
  readonly omitted: readonly string[];
}

/**
 * The signatures in collected evidence (sources `signature-tag` and `referrers`): a JSON object of cosign's shape for
 * each of the tag format, the bundle itself for each bundle.
 *
 * @throws Fault `nothing-attached`; the fault of a source that could not be read while nothing was found elsewhere
 */
export function downloadSignatures(evidence: Evidence, reference: string): Download {
  const found = sorted(evidence, (candidate) => claimOf(candidate).kind === 'signature');
  refuseNothing(evidence, found, `no signatures associated with ${reference}`);
  const lines = found.wanted.slice(0, downloadLimit).map(signatureLine);
  const more = found.wanted.length - lines.length;
  const omitted = more > 0 ? [...found.omitted, `${more} more signatures are not printed`] : found.omitted;
  return { lines, omitted };
}

/**
 * The attestations in collected evidence (sources `attestation-tag` and `referrers`): the envelope or the bundle.
 *
 * @param type Word or URI of `--predicate-type`; everything without it.
 * @throws Fault `nothing-attached`, `predicate-type-invalid`; the fault of a source as above
 */
export function downloadAttestations(evidence: Evidence, reference: string, type?: string): Download {
  const uri = type === undefined ? undefined : predicateTypeOf(type).uri;
  const found = sorted(evidence, (candidate) => {
    const claim = claimOf(candidate);
    return claim.kind === 'attestation' && (uri === undefined || claim.predicateType === uri);
  });
  const what = uri === undefined ? 'attestations' : `attestations of type ${uri}`;
  refuseNothing(evidence, found, `no ${what} associated with ${reference}`);
  return { lines: found.wanted.map(contentLine), omitted: found.omitted };
}

/** An SBOM as it is stored under its tag; nobody signed it. */
export interface AttachedSbom {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Whose SBOM is fetched. */
export interface SbomRequest extends Waiting {
  readonly store: ContentStore;
  readonly digest: string;
  readonly tagPrefix?: string;
}

/**
 * Fetches the SBOM under the `.sbom` tag.
 *
 * @throws Fault `nothing-attached`, and what the store throws
 */
export async function downloadSbom(request: SbomRequest): Promise<AttachedSbom> {
  const { store, digest, tagPrefix } = request;
  const tag = attachmentTag(digest, 'sbom', tagPrefix);
  const stored = await store.manifest(tag, request);
  const manifest = stored === undefined ? undefined : readManifest(stored, store.name);
  const [layer] = manifest?.kind === 'manifest' ? manifest.layers : [];
  const content = layer === undefined ? undefined : await store.blob(layer, request);
  if (layer === undefined || content === undefined) throw nothing(`no SBOM under ${store.name}:${tag}`);
  return {
    mediaType: layer.mediaType,
    bytes: await readChecked(content, layer, { from: store.name, limit: attachmentLimit }),
  };
}

interface Sorted {
  readonly wanted: readonly Candidate[];
  readonly omitted: readonly string[];
}

function sorted({ candidates }: Evidence, wanted: (candidate: Candidate) => boolean): Sorted {
  const omitted = candidates.flatMap((candidate) => {
    const claim = claimOf(candidate);
    return claim.kind === 'unknown' ? [`${candidate.location} could not be read: ${claim.detail}`] : [];
  });
  return { wanted: candidates.filter(wanted), omitted };
}

function refuseNothing({ sources }: Evidence, { wanted, omitted }: Sorted, message: string): void {
  if (wanted.length > 0) return;
  const failed = sources.find(({ fault }) => fault !== undefined);
  if (failed?.fault !== undefined) throw failed.fault;
  throw nothing(omitted.length === 0 ? message : `${message}; ${omitted.join('; ')}`);
}

function signatureLine(candidate: Candidate): string {
  return candidate.format === 'bundle' ? contentLine(candidate) : layerLine(candidate);
}

function layerLine({ annotations, payload }: LayerCandidate): string {
  return goJson({
    Base64Signature: annotations[layerAnnotations.signature] ?? '',
    Payload: payload.state === 'read' ? toBase64(payload.bytes) : '',
    Cert: annotations[layerAnnotations.certificate] || null,
    Chain: annotations[layerAnnotations.chain] || null,
    Bundle: jsonOrNull(annotations[layerAnnotations.bundle]),
    RFC3161Timestamp: jsonOrNull(annotations[layerAnnotations.timestamp]),
  });
}

function jsonOrNull(text: string | undefined): GoJson {
  const parsed = text === undefined || text === '' ? undefined : parseStrictJson(text);
  return parsed?.ok === true ? (parsed.value as GoJson) : null;
}

/** Line breaks stand only between the parts of JSON, never inside its texts, so they can go. */
function contentLine(candidate: Candidate): string {
  const stored = candidate.format === 'legacy' ? candidate.payload : candidate.bundle;
  return stored.state === 'read'
    ? Buffer.from(stored.bytes)
        .toString('utf8')
        .replace(/[\r\n]+/g, ' ')
        .trim()
    : '';
}

function nothing(message: string): Error {
  return sigstoreFault({
    code: 'nothing-attached',
    message: `There are ${message}.`,
    hint: 'Look with `tree` at what is attached; if signatures are kept elsewhere, set COSIGN_REPOSITORY.',
  });
}
