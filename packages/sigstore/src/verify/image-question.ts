/** What is asked about an image, and the reading of what is beside a digest of its repository. */
import type { ContentStore, Reference } from '@pratique/oci';
import { collectEvidence } from '../attachment/collect.ts';
import type { EvidenceSource } from '../attachment/collect.ts';
import type { Evidence } from '../evidence.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import type { VerificationPolicy } from './policy.ts';

/** An image and what is demanded of it. */
export interface ImageQuestion {
  /** The repository that holds the image. */
  readonly store: ContentStore;
  /** The repository that holds the signatures, where that is another one (`COSIGN_REPOSITORY`). */
  readonly attachments?: ContentStore;
  readonly reference: Reference;
  readonly policy: VerificationPolicy;
  readonly trust: TrustMaterial;
  readonly now: Date;
  /** Text before `sha256-….sig`. */
  readonly tagPrefix?: string;
  /** Whether a failure is looked into, which may read more of the repository. @default true */
  readonly diagnosis?: boolean;
  readonly signal?: AbortSignal;
}

/** Reads what is beside a digest of the question's repository. */
export function collectFor(
  question: Pick<ImageQuestion, 'store' | 'attachments' | 'tagPrefix' | 'signal'>,
  digest: string,
  sources: readonly EvidenceSource[],
): Promise<Evidence> {
  const { store, attachments = store, tagPrefix, signal } = question;
  return collectEvidence({
    store: attachments,
    digest,
    sources,
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
    ...(signal === undefined ? {} : { signal }),
  });
}
