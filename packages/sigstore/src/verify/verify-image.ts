/**
 * Verification of an image where it is: resolve the reference once, collect what is beside it, judge. The only file here that
 * reads a store; what it could not read is an outcome, never "no signatures".
 */
import { formatReference, ociFaultClass, referenceTarget, repositoryName } from '@pratique/oci';
import type { OciFaultCode, StoredManifest } from '@pratique/oci';
import type { Fault } from '@pratique/runtime/fault';
import type { EvidenceSource } from '../attachment/collect.ts';
import type { Evidence } from '../evidence.ts';
import { judgeAttestations } from './attestation.ts';
import { diagnose } from './diagnose.ts';
import { collectFor } from './image-question.ts';
import type { ImageQuestion } from './image-question.ts';
import type { VerificationPolicy } from './policy.ts';
import { isStoreFault, registryClass } from './registry-class.ts';
import type { Verdict } from './verdict.ts';
import { judge } from './verify.ts';
import type { Question } from './verify.ts';

/** A verdict with what it was reached from. */
export interface ImageVerdict {
  /** As asked for, normalised. */
  readonly reference: string;
  readonly verdict: Verdict;
  /** Empty where the image was not found. */
  readonly evidence: Evidence;
}

/**
 * Verifies the signatures of an image.
 *
 * @throws Fault `policy-invalid`, `identity-rule-invalid`; anything that is no fault of reading passes
 *
 * @example
 * const { verdict } = await verifyImage({ store, reference, policy, trust, now });
 * if (verdict.outcome !== 'verified') refuse(verdict.detail, verdict.nextStep);
 */
export async function verifyImage(question: ImageQuestion): Promise<ImageVerdict> {
  return verifyWith(question, { judge, sources: signatureSources(question.policy) });
}

/** An image and the type of attestation that is wanted of it, as a URI; without it every type. */
export interface ImageAttestationQuestion extends ImageQuestion {
  readonly predicateType?: string;
}

/** Verifies the attestations of an image; see {@link verifyImage}. */
export async function verifyImageAttestations(question: ImageAttestationQuestion): Promise<ImageVerdict> {
  const { predicateType } = question;
  return verifyWith(question, {
    judge: (inner) => judgeAttestations({ ...inner, ...(predicateType === undefined ? {} : { predicateType }) }),
    sources: attestationSources(question.policy),
  });
}

interface Manner {
  readonly judge: (question: Question) => Verdict;
  readonly sources: readonly EvidenceSource[];
}

async function verifyWith(question: ImageQuestion, manner: Manner): Promise<ImageVerdict> {
  const reference = formatReference(question.reference);
  const resolved = await resolveImage(question);
  if (resolved.state !== 'found') {
    const evidence: Evidence = { digest: question.reference.digest ?? '', sources: [], candidates: [] };
    return { reference, evidence, verdict: unresolved(reference, question, resolved) };
  }
  const { digest } = resolved.manifest.descriptor;
  const evidence = await collectFor(question, digest, manner.sources);
  const inner: Question = {
    evidence,
    digest,
    policy: question.policy,
    trust: question.trust,
    now: question.now,
    repository: repositoryName(question.reference),
    content: resolved.manifest.bytes,
  };
  const verdict = manner.judge(inner);
  if (verdict.outcome === 'verified' || question.diagnosis === false) return { reference, evidence, verdict };
  const hints = await diagnose({ verdict, question, image: resolved.manifest, sources: manner.sources });
  return { reference, evidence, verdict: { ...verdict, hints } };
}

function signatureSources({ formats = 'auto' }: VerificationPolicy): readonly EvidenceSource[] {
  if (formats === 'auto') return ['signature-tag', 'referrers'];
  return formats === 'legacy' ? ['signature-tag'] : ['referrers'];
}

function attestationSources({ formats = 'auto' }: VerificationPolicy): readonly EvidenceSource[] {
  if (formats === 'auto') return ['attestation-tag', 'referrers'];
  return formats === 'legacy' ? ['attestation-tag'] : ['referrers'];
}

type Resolved =
  | { readonly state: 'found'; readonly manifest: StoredManifest }
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly fault: Fault };

async function resolveImage({ store, reference, signal }: ImageQuestion): Promise<Resolved> {
  try {
    const manifest = await store.manifest(referenceTarget(reference), signal === undefined ? {} : { signal });
    return manifest === undefined ? { state: 'absent' } : { state: 'found', manifest };
  } catch (error) {
    if (!isStoreFault(error)) throw error;
    if (ociFaultClass(error.code as OciFaultCode) === 'image-not-found') return { state: 'absent' };
    return { state: 'failed', fault: error };
  }
}

function unresolved(
  reference: string,
  { store }: ImageQuestion,
  resolved: Exclude<Resolved, { state: 'found' }>,
): Verdict {
  const nothing = { digest: '', accepted: [], candidates: [], sources: [], warnings: [], hints: [] };
  if (resolved.state === 'absent') {
    return {
      ...nothing,
      outcome: 'image-not-found',
      detail: `There is no image ${reference} in ${store.name}.`,
      nextStep: 'Check the name, tag and digest; push the image first, or log in if the repository is private.',
    };
  }
  const { fault } = resolved;
  return {
    ...nothing,
    outcome: registryClass(fault),
    detail: `The image ${reference} could not be looked up: ${fault.message}`,
    nextStep: fault.hint,
    fault,
  };
}
