/** Candidates on their way through judging: which are considered, what each claims to be, what became of it. */
import { parseBundle } from '../bundle/bundle-parse.ts';
import { signPredicateType } from '../bundle/statement.ts';
import type { BundleCandidate, Candidate, CandidateKind, LayerCandidate } from '../evidence.ts';
import { claimedPredicate } from './bundle.ts';
import { readable } from './check.ts';
import type { Checked } from './check.ts';
import { layerMaterial } from './legacy-material.ts';
import { verifierOfBody } from './log-body.ts';
import type { VerificationPolicy } from './policy.ts';
import { claimedKey, claimedSigner, fingerprintIn } from './signer.ts';
import type { CandidateVerdict, Proof, Signer } from './verdict.ts';
import { parseCertificate } from './x509.ts';

/** A candidate with its place in the evidence. */
export interface Considered {
  readonly candidate: Candidate;
  readonly index: number;
}

/** The candidates of the formats that the policy wants. */
export function consideredCandidates(
  candidates: readonly Candidate[],
  policy: VerificationPolicy,
): readonly Considered[] {
  const formats = policy.formats ?? 'auto';
  return candidates
    .map((candidate, index) => ({ candidate, index }))
    .filter(({ candidate }) => formats === 'auto' || candidate.format === formats);
}

/** What became of a candidate. */
export function candidateVerdict({ candidate, index }: Considered, result: Checked<Proof>): CandidateVerdict {
  const { format, location, digest } = candidate;
  const head = { format, location, digest, index };
  if (result.ok) return { ...head, kind: 'signature', valid: true, proof: result.value };
  const claimed = claimedBy(candidate);
  const signer = claimed.signer === undefined ? {} : { signer: claimed.signer };
  return { ...head, kind: claimed.kind, valid: false, rejection: result.rejection, ...signer };
}

interface Claimed {
  readonly kind: CandidateKind | 'unknown';
  readonly signer?: Signer;
}

/** What a candidate says of itself, unverified: only for the words of a refusal. */
function claimedBy(candidate: Candidate): Claimed {
  return candidate.format === 'legacy' ? claimedByLayer(candidate) : claimedByBundle(candidate);
}

function claimedByLayer(candidate: LayerCandidate): Claimed {
  const material = layerMaterial(candidate);
  if (!material.ok) return { kind: candidate.kind };
  const [entry] = material.value.entries;
  const named = fingerprintIn(entry && verifierOfBody(entry.canonicalizedBody));
  if (material.value.certificate !== undefined) {
    return { kind: candidate.kind, signer: claimedSigner(material.value.certificate) };
  }
  return { kind: candidate.kind, ...(named === undefined ? {} : { signer: claimedKey(named) }) };
}

function claimedByBundle(candidate: BundleCandidate): Claimed {
  const { bundle } = candidate;
  if (bundle.state !== 'read') return { kind: 'unknown' };
  const parsed = readable(() => parseBundle(bundle.bytes));
  if (!parsed.ok) return { kind: 'unknown' };
  const predicate = claimedPredicate(parsed.value);
  const isMessage = parsed.value.content.kind === 'message';
  const kind =
    isMessage || predicate === signPredicateType ? 'signature' : predicate === undefined ? 'unknown' : 'attestation';
  const { material } = parsed.value;
  if (material.kind === 'public-key') {
    const hint = Buffer.from(material.hint, 'base64');
    return { kind, ...(hint.length === 32 ? { signer: claimedKey(hint.toString('hex')) } : {}) };
  }
  const certificate = parseCertificate(material.certificates[0]);
  return { kind, ...(certificate === undefined ? {} : { signer: claimedSigner(certificate) }) };
}
