/**
 * Verification of attestations: signed statements about an image. Every candidate is verified first; the type that counts is the
 * one in the signed statement, never an annotation (an older release of cosign took the wrong one, GHSA-w6c6-c85g-mmv6).
 */
import { excerpt } from '@pratique/runtime/fault';
import { imageBundleVersions, parseBundle } from '../bundle/bundle-parse.ts';
import type { ParsedBundle } from '../bundle/bundle-parse.ts';
import { parseEnvelope, preAuthenticationEncoding } from '../bundle/dsse.ts';
import { signPredicateType } from '../bundle/statement.ts';
import type { Statement } from '../bundle/statement.ts';
import type { BundleCandidate, LayerCandidate } from '../evidence.ts';
import { missingTrust } from '../trust/trust-problems.ts';
import { claimedPredicate, readEnvelopeClaims, verifyVouched } from './bundle.ts';
import { consideredCandidates } from './candidates.ts';
import type { Considered } from './candidates.ts';
import { held, readable, stopped } from './check.ts';
import type { Checked } from './check.ts';
import { verifySigned } from './legacy.ts';
import { layerMaterial, storedBytes } from './legacy-material.ts';
import type { LayerMaterial } from './legacy-material.ts';
import { explainOutcome, withoutTrust } from './outcome.ts';
import { checkPolicy } from './policy-check.ts';
import type { Context } from './signer.ts';
import { findSubject, statementDocument } from './statement.ts';
import type { Proof, Verdict } from './verdict.ts';
import { judgeAll, toVerdict } from './verify.ts';
import type { Question } from './verify.ts';

/** One verification of attestations. */
export interface AttestationQuestion extends Question {
  /** Only this type, as a URI; without it every type. */
  readonly predicateType?: string;
}

/**
 * Judges all attestations that were found. Annotations of the policy do not apply; `accepted` has every valid one of the type.
 *
 * @throws Fault `policy-invalid`, `identity-rule-invalid`
 */
export function judgeAttestations(question: AttestationQuestion): Verdict {
  const { evidence, trust, digest } = question;
  const policy = { ...question.policy, report: question.policy.report ?? 'full' } as const;
  checkPolicy(policy);
  const considered = consideredCandidates(evidence.candidates, policy).filter(mayBeAttestation);
  const lacking = considered.length === 0 ? undefined : missingTrust(policy, trust);
  if (lacking !== undefined) return toVerdict(question, [], withoutTrust(lacking));
  const candidates = judgeAll(considered, { policy, judge: (item) => judgeAttestation(item, question) });
  const explained = explainOutcome({
    digest,
    sources: evidence.sources,
    candidates: candidates.map((candidate) => ({ ...candidate, kind: 'attestation' })),
    signer: policy.signer,
    wanted: 'attestation',
  });
  return toVerdict(
    question,
    candidates.map((candidate) => ({ ...candidate, kind: 'attestation' })),
    explained,
  );
}

/** Signatures of the image are no attestations; what cannot be read stays, so that it is seen. */
function mayBeAttestation({ candidate }: Considered): boolean {
  if (candidate.format === 'legacy') return candidate.kind === 'attestation';
  const { bundle } = candidate;
  if (bundle.state !== 'read') return true;
  const parsed = readable(() => parseBundle(bundle.bytes));
  if (!parsed.ok) return true;
  return parsed.value.content.kind === 'envelope' && claimedPredicate(parsed.value) !== signPredicateType;
}

function judgeAttestation({ candidate }: Considered, question: AttestationQuestion): Checked<Proof> {
  return candidate.format === 'legacy' ? judgeLayer(candidate, question) : judgeReferrer(candidate, question);
}

function judgeReferrer(candidate: BundleCandidate, question: AttestationQuestion): Checked<Proof> {
  const bytes = storedBytes(candidate.bundle, 'bundle');
  if (!bytes.ok) return bytes;
  const bundle = readable(() => parseBundle(bytes.value, { versions: imageBundleVersions }));
  if (!bundle.ok) return bundle;
  return attestedByBundle(bundle.value, question);
}

/** An attestation in a bundle of any version, beside an image or a file. */
export function attestedByBundle(bundle: ParsedBundle, question: StatementQuestion): Checked<Proof> {
  if (bundle.content.kind !== 'envelope') return noStatement();
  const claims = readEnvelopeClaims(bundle.content.envelope);
  if (!claims.ok) return claims;
  const vouched = verifyVouched(bundle, claims.value, question);
  if (!vouched.ok) return vouched;
  const document = verifyStatement(claims.value.statement, bundle.content.envelope.payload, question);
  return document.ok ? held({ ...vouched.value, ...document.value }) : document;
}

/** The checklist of the `.att` format: the blob is an envelope, the material is in annotations. */
function judgeLayer(candidate: LayerCandidate, question: AttestationQuestion): Checked<Proof> {
  const stored = storedBytes(candidate.payload, 'envelope of the attestation');
  if (!stored.ok) return stored;
  const material = layerMaterial(candidate);
  return material.ok ? attestedByEnvelope(stored.value, material.value, question) : material;
}

/** An attestation as a bare envelope; one valid signature suffices, and timestamps cover the whole envelope. */
export function attestedByEnvelope(
  stored: Uint8Array,
  material: LayerMaterial,
  question: StatementQuestion,
): Checked<Proof> {
  const envelope = readable(() => parseEnvelope(stored));
  if (!envelope.ok) return envelope;
  const claims = readEnvelopeClaims(envelope.value);
  if (!claims.ok) return claims;
  const { payload, payloadType, signatures } = envelope.value;
  const encoded = preAuthenticationEncoding(payloadType, payload);
  const logged = { kind: 'envelope', payload, encoded, stored } as const;
  const results = signatures.map(({ signature }) =>
    verifySigned({ signed: { message: encoded, signature }, covered: stored, logged }, material, question),
  );
  const vouched = results.find(({ ok }) => ok) ?? results[0] ?? noStatement();
  if (!vouched.ok) return vouched;
  const document = verifyStatement(claims.value.statement, payload, question);
  return document.ok ? held({ ...vouched.value, ...document.value, notes: [] }) : document;
}

/** What a statement must be about: the digest of the context, and the type where one is wanted. */
export type StatementQuestion = Context & Pick<AttestationQuestion, 'predicateType'>;

function verifyStatement(
  statement: Statement,
  payload: Uint8Array,
  { digest, policy, predicateType }: StatementQuestion,
): Checked<Pick<Proof, 'document'>> {
  const subject = policy.checkClaims === false ? held(statement.subjects[0]) : findSubject(statement, digest);
  if (!subject.ok) return subject;
  if (predicateType !== undefined && statement.predicateType !== predicateType) {
    return stopped(
      'predicate-mismatch',
      `The attestation is valid and of the type ${excerpt(statement.predicateType, 200)}; wanted is ${excerpt(predicateType, 200)}.`,
      'Ask for the type that is there (--type), or attest the image with the one you want.',
    );
  }
  return held({ document: statementDocument(statement, payload, subject.value) });
}

function noStatement(): Checked<never> {
  return stopped(
    'unsupported-format',
    'There is no signed statement in it.',
    'It was not written by a tool that attests. Attest the image again.',
  );
}
