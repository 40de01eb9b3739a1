/** The tag format: one manifest under `sha256-….sig` or `.att`, one layer per signature or attestation. */
import type { ImageManifest, StoredManifest } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import type { CandidateKind, LayerCandidate, SourceReport } from '../evidence.ts';
import { envelopeMediaType } from '../simple-signing/layer.ts';
import { readSignatureManifest } from '../simple-signing/manifest.ts';
import { payloadLimit } from '../simple-signing/payload.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import type { Collected, Collecting } from './collect.ts';
import { isBadContent } from './stored-content.ts';

/** Reads one tag. What is there and cannot be read as signatures is one candidate that is corrupt, never nothing. */
export async function collectTag(
  collecting: Collecting,
  source: 'signature-tag' | 'attestation-tag',
  prefix: string,
): Promise<Collected> {
  const kind: CandidateKind = source === 'signature-tag' ? 'signature' : 'attestation';
  const tag = attachmentTag(collecting.digest, kind, prefix);
  const location = `${collecting.store.name}:${tag}`;
  const report = (state: SourceReport['state'], candidates: number, fault?: Fault): SourceReport => ({
    kind: source,
    location,
    state,
    candidates,
    ...(fault === undefined ? {} : { fault }),
  });
  try {
    const stored = await collecting.store.manifest(tag, collecting.waiting);
    if (stored === undefined) return { reports: [report('absent', 0)], candidates: [] };
    const { candidates, fault } = await readTagged(collecting, { stored, location, kind });
    return { reports: [report(fault === undefined ? 'read' : 'failed', candidates.length, fault)], candidates };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { reports: [report('failed', 0, error)], candidates: [] };
  }
}

/** Candidates, and the fault of those that could not be read. */
export interface Layers {
  readonly candidates: readonly LayerCandidate[];
  readonly fault?: Fault;
}

interface Tagged {
  readonly stored: StoredManifest;
  readonly location: string;
  readonly kind: CandidateKind;
}

async function readTagged(collecting: Collecting, { stored, location, kind }: Tagged): Promise<Layers> {
  let manifest: ImageManifest;
  try {
    manifest = readSignatureManifest(stored, location);
  } catch (error) {
    if (!isBadContent(error)) throw error;
    const { digest, mediaType } = stored.descriptor;
    const payload = { state: 'corrupt', detail: error.message } as const;
    return { candidates: [{ format: 'legacy', kind, location, digest, mediaType, annotations: {}, payload }] };
  }
  return readLayers(collecting, manifest, { location, kind });
}

/** One candidate per layer; a blob that could not be fetched fails the source but not the other layers. */
export async function readLayers(
  { reader, limit }: Collecting,
  manifest: ImageManifest,
  { location, kind }: Pick<Tagged, 'location' | 'kind'>,
): Promise<Layers> {
  const read = manifest.layers.map(async (layer, index): Promise<LayerCandidate | Fault> => {
    const { digest, mediaType, annotations = {} } = layer;
    const most = kind === 'signature' && mediaType !== envelopeMediaType ? Math.min(payloadLimit, limit) : limit;
    try {
      const payload = await reader.blob(layer, most);
      const place = `${location} layer ${index + 1}`;
      return { format: 'legacy', kind, location: place, digest, mediaType, annotations, payload };
    } catch (error) {
      if (isFault(error)) return error;
      throw error;
    }
  });
  const results = await Promise.all(read);
  const fault = results.find((result) => isFault(result));
  const candidates = results.filter((result): result is LayerCandidate => !isFault(result));
  return fault === undefined ? { candidates } : { candidates, fault };
}
