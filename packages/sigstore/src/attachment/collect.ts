/**
 * Collecting everything that was attached to an image, from both formats and all places, for somebody else to judge. A
 * place that could not be read is reported as failed with its fault and never looks empty.
 */
import type { ContentStore, Waiting } from '@pratique/oci';
import type { Candidate, Evidence, SourceReport } from '../evidence.ts';
import { attachmentLimit } from '../simple-signing/manifest.ts';
import { collectReferrers } from './collect-referrers.ts';
import { collectTag } from './collect-tag.ts';
import { attachmentReader } from './stored-content.ts';
import type { AttachmentReader } from './stored-content.ts';

/** A place to look at. `referrers` includes the list under the fallback tag. */
export type EvidenceSource = 'signature-tag' | 'attestation-tag' | 'referrers';

/** Every place signatures and attestations can be. */
export const allSources: readonly EvidenceSource[] = ['signature-tag', 'attestation-tag', 'referrers'];

/** Where to look, and for what. */
export interface CollectRequest extends Waiting {
  /** The repository that holds the attachments: the image's own, or the one of `COSIGN_REPOSITORY`. */
  readonly store: ContentStore;
  /** Of the image: `sha256:…`. */
  readonly digest: string;
  readonly sources: readonly EvidenceSource[];
  /** `--attachment-tag-prefix` */
  readonly tagPrefix?: string;
  /** Largest attachment in bytes. @default 128 MiB */
  readonly attachmentLimit?: number;
}

/** What the collectors share. */
export interface Collecting {
  readonly store: ContentStore;
  readonly digest: string;
  readonly reader: AttachmentReader;
  readonly waiting: Waiting;
  readonly limit: number;
}

/** What one place holds. */
export interface Collected {
  readonly reports: readonly SourceReport[];
  readonly candidates: readonly Candidate[];
}

/**
 * Reads all sources at once and opens what they name, each manifest and blob once.
 *
 * @throws Fault `signature-option-invalid`; anything that is no fault (an abort) passes
 *
 * @example
 * const evidence = await collectEvidence({ store, digest, sources: ['signature-tag', 'referrers'] });
 */
export async function collectEvidence(request: CollectRequest): Promise<Evidence> {
  const { store, digest, signal, tagPrefix = '' } = request;
  const waiting: Waiting = signal === undefined ? {} : { signal };
  const limit = request.attachmentLimit ?? attachmentLimit;
  const collecting: Collecting = { store, digest, waiting, limit, reader: attachmentReader(store, waiting) };
  const found = await Promise.all(
    [...new Set(request.sources)].map((source) =>
      source === 'referrers' ? collectReferrers(collecting) : collectTag(collecting, source, tagPrefix),
    ),
  );
  return {
    digest,
    sources: found.flatMap(({ reports }) => reports),
    candidates: found.flatMap(({ candidates }) => candidates),
  };
}
