/**
 * Verification of an image's signatures: evidence, policy, trust and time in, verdict out. Nothing here reads a network, a file
 * or a clock, so a verdict can be replayed.
 */
import type { Evidence } from '../evidence.ts';
import { missingTrust, trustWarnings } from '../trust/trust-problems.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import { judgeBundle } from './bundle.ts';
import { candidateVerdict, consideredCandidates } from './candidates.ts';
import type { Considered } from './candidates.ts';
import { stopped } from './check.ts';
import type { Checked } from './check.ts';
import { judgeLegacy } from './legacy.ts';
import { explainOutcome, withoutTrust } from './outcome.ts';
import type { Explained } from './outcome.ts';
import { checkPolicy } from './policy-check.ts';
import type { VerificationPolicy } from './policy.ts';
import type { Context } from './signer.ts';
import type { Accepted, CandidateVerdict, Proof, Verdict } from './verdict.ts';

/** One verification. */
export interface Question {
  readonly evidence: Evidence;
  /** Of the image, `sha256:…`; what signatures must be about. */
  readonly digest: string;
  readonly policy: VerificationPolicy;
  readonly trust: TrustMaterial;
  /** Counts only where nothing else says when a signature was made. */
  readonly now: Date;
  /** Registry and repository that were asked for; compared with what payloads name. */
  readonly repository?: string;
  /** Exact bytes of the image's manifest, for signatures over plain bytes. */
  readonly content?: Uint8Array;
}

/**
 * Judges everything that was found. One valid candidate suffices, and judging stops there unless a full report is asked for.
 *
 * @example
 * const verdict = judge({ evidence, digest, policy: { signer: { kind: 'key', key: { key } }, log: 'ignored' }, trust: noTrust, now });
 * if (verdict.outcome === 'verified') accept(verdict.accepted[0].proof.signer);
 *
 * @throws Fault `policy-invalid`, `identity-rule-invalid` for a policy that nothing could fulfil
 */
export function judge(question: Question): Verdict {
  const { evidence, policy, trust } = question;
  checkPolicy(policy);
  const considered = consideredCandidates(evidence.candidates, policy);
  const lacking = considered.length === 0 ? undefined : missingTrust(policy, trust);
  if (lacking !== undefined) return toVerdict(question, [], withoutTrust(lacking));
  const candidates = judgeAll(considered, { policy, judge: (item) => judgeSignature(item, question) });
  const { digest } = question;
  const explained = explainOutcome({
    digest,
    sources: evidence.sources,
    candidates,
    signer: policy.signer,
    wanted: policy.acceptAnyPredicate === true ? 'any' : 'signature',
  });
  return toVerdict(question, candidates, explained);
}

/** One candidate as a signature of the image. */
function judgeSignature({ candidate }: Considered, context: Context): Checked<Proof> {
  if (candidate.format === 'bundle') return judgeBundle(candidate, context);
  if (candidate.kind === 'signature') return judgeLegacy(candidate, context);
  return stopped(
    'predicate-mismatch',
    'This is an attestation, not a signature of the image.',
    'Sign the image as well, or use verify-attestation.',
  );
}

/** Judges one after the other, to the first that is valid or to the end. */
export function judgeAll(
  considered: readonly Considered[],
  how: { readonly policy: VerificationPolicy; readonly judge: (item: Considered) => Checked<Proof> },
): readonly CandidateVerdict[] {
  const verdicts: CandidateVerdict[] = [];
  for (const item of considered) {
    const verdict = candidateVerdict(item, how.judge(item));
    verdicts.push(verdict);
    if (verdict.valid && how.policy.report !== 'full') break;
  }
  return verdicts;
}

/** Puts the verdict together. */
export function toVerdict(
  { digest, evidence, trust, policy, now }: Pick<Question, 'digest' | 'evidence' | 'trust' | 'policy' | 'now'>,
  candidates: readonly CandidateVerdict[],
  explained: Explained,
): Verdict {
  const accepted = candidates.filter((candidate): candidate is Accepted => candidate.valid);
  const failed = evidence.sources.filter(({ state }) => state === 'failed');
  const unread = failed.map(
    ({ location, fault }) => `${location} could not be read: ${fault?.message ?? 'no reason given'}`,
  );
  const isKeyless = policy.signer.kind === 'identity';
  return {
    ...explained,
    digest,
    accepted,
    candidates,
    sources: evidence.sources,
    warnings: [
      ...(accepted.length > 0 ? unread : []),
      ...accepted.flatMap(({ proof }) => proof.notes),
      ...(isKeyless ? trustWarnings(trust, now) : []),
    ],
    hints: [],
  };
}
