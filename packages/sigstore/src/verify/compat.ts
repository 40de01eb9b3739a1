/**
 * What a generation of cosign would answer to the same evidence: which sources it reads, which digests it tries, how it ends. For
 * finding out why something works here and fails in a cluster; never used to accept anything.
 */
import type { Evidence } from '../evidence.ts';
import type { KeyAlgorithm } from '../keys/public-key.ts';
import { cosignText } from './compat-text.ts';
import { trustedKeys } from './policy.ts';
import type { VerificationPolicy } from './policy.ts';
import type { CandidateVerdict, Verdict } from './verdict.ts';
import { judge } from './verify.ts';
import type { Question } from './verify.ts';

/** Generations that can be imitated: 2.2 to 2.6 with their defaults, and 3.x. */
export type Generation = 'cosign2' | 'cosign3';

/** The answer of a generation. */
export interface CompatAnswer {
  readonly generation: Generation;
  /** Which of the two ways it took. */
  readonly path: 'tag' | 'bundle';
  /** The sources it read, as evidence names them. */
  readonly consulted: readonly string[];
  readonly exitCode: number;
  /** What it prints, without `Error: ` before it; empty after a success. */
  readonly message: string;
  /** Our verdict under its rules. */
  readonly verdict: Verdict;
}

/** Judges as that generation does. `full` evidence of both sources is needed, however the policy restricts formats. */
export function cosignAnswer(generation: Generation, question: Question): CompatAnswer {
  const path = pathOf(generation, question.evidence);
  const evidence = evidenceOn(path, question.evidence);
  const consulted = evidence.sources.map(({ location }) => location);
  const verdict = strictHashes(judge({ ...question, evidence, policy: policyOn(path, question.policy) }));
  return { generation, path, consulted, ...cosignText(verdict, { path, key: keyKind(question.policy) }), verdict };
}

/** Generation 3 takes bundles as soon as there is one, and the tag where there is none or the list could not be read. */
function pathOf(generation: Generation, { candidates }: Evidence): 'tag' | 'bundle' {
  return generation === 'cosign3' && candidates.some(({ format }) => format === 'bundle') ? 'bundle' : 'tag';
}

/** What is read on a path: `.sig` manifests stored as referrers are an experiment that plain `verify` does not see. */
function evidenceOn(path: 'tag' | 'bundle', evidence: Evidence): Evidence {
  const isRead = (kind: string): boolean =>
    path === 'tag' ? kind === 'signature-tag' : kind === 'referrers' || kind === 'fallback-tag';
  const sources = evidence.sources.filter(({ kind }) => isRead(kind));
  const candidates = evidence.candidates.filter((candidate) =>
    path === 'bundle'
      ? candidate.format === 'bundle'
      : candidate.format === 'legacy' && sources.some(({ location }) => candidate.location.startsWith(location)),
  );
  // Bundles that were found are used, whatever else of the list could not be read.
  return {
    ...evidence,
    sources: path === 'bundle' ? sources.filter(({ state }) => state !== 'failed') : sources,
    candidates,
  };
}

/** Both hash EC keys with SHA-256 unless told otherwise; neither looks at the type of a payload or bundle. */
function policyOn(path: 'tag' | 'bundle', policy: VerificationPolicy): VerificationPolicy {
  const isByKey = trustedKeys(policy.signer).length > 0;
  const { signedTimestamps: _wanted, ...rest } = policy;
  return {
    ...rest,
    formats: path === 'tag' ? 'legacy' : 'bundle',
    acceptAnyPredicate: true,
    acceptAnyType: true,
    requireRepository: false,
    report: 'full',
    ...(isByKey && policy.digestAlgorithm === undefined ? { digestAlgorithm: 'sha256' as const } : {}),
    // On the tag path a demanded timestamp that is not there passes as long as the log is fine.
    ...(path === 'bundle' && policy.signedTimestamps !== undefined
      ? { signedTimestamps: policy.signedTimestamps }
      : {}),
  };
}

function keyKind({ signer }: VerificationPolicy): KeyAlgorithm['kind'] | undefined {
  return trustedKeys(signer)[0]?.key.algorithm.kind;
}

/** Released versions verify pure Ed25519 only, although generation 3 itself signs prehashed. */
function strictHashes(verdict: Verdict): Verdict {
  const candidates = verdict.candidates.map((candidate): CandidateVerdict => {
    if (!candidate.valid || candidate.proof.signer.algorithm !== 'Ed25519ph') return candidate;
    const { proof, valid: _valid, ...head } = candidate;
    const rejection = {
      reason: 'signature-invalid',
      detail:
        'The signature is Ed25519 over a digest (Ed25519ph), which released versions of cosign do not verify with a key.',
      nextStep: 'Sign with a P-256 key, which every verifier understands.',
    } as const;
    return { ...head, valid: false, rejection, signer: proof.signer };
  });
  const accepted = candidates.filter((candidate) => candidate.valid);
  const isLost = verdict.outcome === 'verified' && accepted.length === 0;
  return { ...verdict, candidates, accepted, ...(isLost ? { outcome: 'no-match' as const } : {}) };
}
