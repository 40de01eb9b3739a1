/** Verification of files: message signatures and attestations in bundles of either generation, and detached signatures. */
import { excerpt } from '@pratique/runtime/fault';
import type { BlobBundle } from '../bundle/blob-bundle.ts';
import type { ParsedBundle } from '../bundle/bundle-parse.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import { missingTrust } from '../trust/trust-problems.ts';
import { attestedByBundle, attestedByEnvelope } from './attestation.ts';
import { verifyVouched } from './bundle.ts';
import { digestOf, fromHex, sameBytes, toHex } from './bytes.ts';
import { held, stopped } from './check.ts';
import type { Checked } from './check.ts';
import { verifySigned } from './legacy.ts';
import { readEntry } from './legacy-material.ts';
import type { LayerMaterial } from './legacy-material.ts';
import type { LoggedContent } from './log-body.ts';
import { explainOutcome, withoutTrust } from './outcome.ts';
import { checkPolicy } from './policy-check.ts';
import type { VerificationPolicy } from './policy.ts';
import type { Context, SignedBytes } from './signer.ts';
import { otherDigest } from './statement.ts';
import type { CandidateVerdict, Proof, Verdict } from './verdict.ts';
import { toVerdict } from './verify.ts';
import { certificatesFromPem } from './x509.ts';

/** A file, or where only that is known its digest. */
export type Artifact =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** `sha256:…`, `sha384:…` or `sha512:…`. */
  | { readonly kind: 'digest'; readonly digest: string };

/** What came with the file. */
export type BlobSignature =
  /** A bundle file of either generation. */
  | { readonly kind: 'bundle'; readonly bundle: BlobBundle }
  /** A raw signature, or for attestations the envelope, with what came beside it. */
  | {
      readonly kind: 'detached';
      readonly bytes: Uint8Array;
      /** PEM. */
      readonly certificate?: string;
      readonly chain?: string;
      /** Rekor's answer as JSON. */
      readonly logEntry?: string;
      /** TimeStampResp in DER. */
      readonly timestamp?: Uint8Array;
    };

/** One verification of a file. */
export interface BlobQuestion {
  readonly artifact: Artifact;
  readonly signature: BlobSignature;
  /** What the signature is called in messages: its path. */
  readonly name: string;
  readonly policy: VerificationPolicy;
  readonly trust: TrustMaterial;
  readonly now: Date;
}

/**
 * Judges a signature over a file. The verdict has exactly one candidate.
 *
 * @throws Fault `policy-invalid`, `identity-rule-invalid`
 */
export function judgeBlob(question: BlobQuestion): Verdict {
  return judgeOne(question, 'signature', (context) => {
    const { signature, artifact } = question;
    const content = blobContent(artifact);
    if (signature.kind === 'bundle' && signature.bundle.format === 'bundle') {
      return signedByBundle(signature.bundle.bundle, { artifact, content, context });
    }
    const material = detachedMaterial(signature);
    if (!material.ok) return material;
    const signed = { message: content.message, signature: rawSignature(signature) };
    const logged = content.logged;
    const vouched = verifySigned({ signed, covered: signed.signature, logged }, material.value, context);
    return vouched.ok ? held({ ...vouched.value, notes: [] }) : vouched;
  });
}

/** A file and the type of attestation wanted about it, as a URI; without it every type. */
export interface BlobAttestationQuestion extends BlobQuestion {
  readonly predicateType?: string;
}

/** Judges an attestation about a file: its statement must name the file's digest. See {@link judgeBlob}. */
export function judgeBlobAttestation(question: BlobAttestationQuestion): Verdict {
  return judgeOne(question, 'attestation', (context) => {
    const { signature, predicateType } = question;
    const asked = { ...context, ...(predicateType === undefined ? {} : { predicateType }) };
    if (signature.kind === 'bundle' && signature.bundle.format === 'bundle') {
      return attestedByBundle(signature.bundle.bundle, asked);
    }
    const material = detachedMaterial(signature);
    return material.ok ? attestedByEnvelope(rawSignature(signature), material.value, asked) : material;
  });
}

function judgeOne(
  question: BlobQuestion,
  wanted: 'signature' | 'attestation',
  judge: (context: Context) => Checked<Proof>,
): Verdict {
  const { artifact, policy, trust, now, name, signature } = question;
  checkPolicy(policy);
  const digest = artifact.kind === 'digest' ? artifact.digest : `sha256:${toHex(digestOf('sha256', artifact.bytes))}`;
  const evidence = { digest, sources: [], candidates: [] };
  const asked = { digest, evidence, policy, trust, now };
  const lacking = missingTrust(policy, trust);
  if (lacking !== undefined) return toVerdict(asked, [], withoutTrust(lacking));
  const result = isWhole(digest) ? judge({ digest, policy, trust, now }) : notADigest(digest);
  const format = signature.kind === 'bundle' ? signature.bundle.format : 'legacy';
  const head = { format, kind: wanted, location: name, digest, index: 0 } as const;
  const candidate: CandidateVerdict = result.ok
    ? { ...head, valid: true, proof: result.value }
    : { ...head, valid: false, rejection: result.rejection };
  const explained = explainOutcome({ digest, sources: [], candidates: [candidate], signer: policy.signer, wanted });
  return toVerdict(asked, [candidate], explained);
}

/** Less than a whole digest must never be verified: anybody can make an ECDSA signature over the number zero. */
function isWhole(digest: string): boolean {
  return /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(digest);
}

function notADigest(digest: string): Checked<never> {
  return stopped(
    'unsupported-format',
    `${excerpt(digest, 140) || 'Nothing'} is not a digest.`,
    'Give sha256: with 64, sha384: with 96 or sha512: with 128 lower-case hexadecimal digits.',
  );
}

interface BlobContent {
  readonly message: SignedBytes['message'];
  readonly logged: LoggedContent['content'];
}

function blobContent(artifact: Artifact): BlobContent {
  if (artifact.kind === 'bytes') {
    const { bytes } = artifact;
    return { message: bytes, logged: { kind: 'message', digest: (algorithm) => digestOf(algorithm, bytes) } };
  }
  const [name = '', hex = ''] = artifact.digest.split(':');
  const algorithm = name === 'sha384' || name === 'sha512' ? name : 'sha256';
  const hash = fromHex(hex) ?? new Uint8Array();
  return {
    message: { algorithm, hash },
    logged: { kind: 'message', digest: (asked) => (asked === algorithm ? hash : undefined) },
  };
}

interface BundleArtifact {
  readonly artifact: Artifact;
  readonly content: BlobContent;
  readonly context: Context;
}

function signedByBundle(bundle: ParsedBundle, { artifact, content, context }: BundleArtifact): Checked<Proof> {
  if (bundle.content.kind !== 'message') {
    return stopped(
      'unsupported-format',
      'The bundle is an attestation about a file, not a signature over it.',
      'Use verify-blob-attestation.',
    );
  }
  const { digest, signature } = bundle.content;
  const actual = digest === undefined ? undefined : knownDigest(artifact, digest.algorithm);
  if (digest !== undefined && actual !== undefined && !sameBytes(digest.value, actual)) {
    return otherDigest(`${digest.algorithm}:${toHex(digest.value)}`, `${digest.algorithm}:${toHex(actual)}`);
  }
  const claims = { signed: { message: content.message, signature }, logged: content.logged };
  return verifyVouched(bundle, claims, context);
}

function knownDigest(artifact: Artifact, algorithm: 'sha256' | 'sha384' | 'sha512'): Uint8Array | undefined {
  if (artifact.kind === 'bytes') return digestOf(algorithm, artifact.bytes);
  return artifact.digest.startsWith(`${algorithm}:`) ? fromHex(artifact.digest.slice(algorithm.length + 1)) : undefined;
}

function rawSignature(signature: BlobSignature): Uint8Array {
  if (signature.kind === 'detached') return signature.bytes;
  return signature.bundle.format === 'legacy' ? signature.bundle.signature : new Uint8Array();
}

/** Material beside a signature of the older generation: a key among it is only a hint, a certificate is the signer's. */
function detachedMaterial(signature: BlobSignature): Checked<LayerMaterial> {
  const texts = detachedTexts(signature);
  const leaf = texts.certificate === undefined ? [] : certificatesFromPem(texts.certificate);
  const chain = texts.chain === undefined ? [] : certificatesFromPem(texts.chain);
  const entry = readEntry(texts.logEntry);
  if (leaf === undefined || chain === undefined || entry === 'broken') {
    return stopped(
      'unsupported-format',
      'What came with the signature (certificate or log entry) cannot be read.',
      'Pass the files that sign-blob wrote together with the signature.',
    );
  }
  const [certificate, ...above] = leaf;
  return held({
    ...(certificate === undefined ? {} : { certificate }),
    intermediates: [...above, ...chain],
    entries: entry === undefined ? [] : [entry],
    timestamps: texts.timestamp === undefined ? [] : [texts.timestamp],
  });
}

type DetachedTexts = Pick<
  Extract<BlobSignature, { kind: 'detached' }>,
  'certificate' | 'chain' | 'logEntry' | 'timestamp'
>;

function detachedTexts(signature: BlobSignature): DetachedTexts {
  if (signature.kind === 'detached') return signature;
  if (signature.bundle.format !== 'legacy') return {};
  const { verifier, rekorBundle } = signature.bundle;
  return {
    ...(verifier === undefined ? {} : { certificate: verifier }),
    ...(rekorBundle === undefined ? {} : { logEntry: rekorBundle }),
  };
}
