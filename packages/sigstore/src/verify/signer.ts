/** Who signed: a trusted key that verifies the signature, or a certificate that leads to a trusted authority and names whom we want. */
import { checkSignature, schemeName } from '../keys/algorithms.ts';
import type { SignatureScheme } from '../keys/algorithms.ts';
import { publicKeyFromSpki } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import { codeSigning, verifyChain } from './certificate.ts';
import { held, stopped } from './check.ts';
import type { Checked, Stopped } from './check.ts';
import { checkHashedSignature } from './hashed-signature.ts';
import type { HashedMessage } from './hashed-signature.ts';
import { identityOf, verifyIdentity } from './identity.ts';
import { identityRules } from './policy.ts';
import type { TrustedKey, VerificationPolicy } from './policy.ts';
import { verifyCertificateLog } from './sct.ts';
import type { Signer } from './verdict.ts';
import { parseCertificate } from './x509.ts';
import type { Certificate } from './x509.ts';

/** What every candidate of one verification is judged against. */
export interface Context {
  /** Of the image, `sha256:…`. */
  readonly digest: string;
  readonly policy: VerificationPolicy;
  readonly trust: TrustMaterial;
  readonly now: Date;
  /** Exact bytes of what has that digest, where they are at hand: for signatures over plain bytes. */
  readonly content?: Uint8Array;
  /** Registry and repository that were asked for, where there are such. */
  readonly repository?: string;
}

/** A signature and what it is over: bytes, or where only their digest is known, that. */
export interface SignedBytes {
  readonly message: Uint8Array | HashedMessage;
  readonly signature: Uint8Array;
}

/** A trusted key that verified. */
export interface KeyMatch {
  readonly trusted: TrustedKey;
  readonly scheme: SignatureScheme;
}

/**
 * The first of the trusted keys that verifies the signature. Where none does, whatever names the signing key (a hint, a
 * certificate, a log entry) tells a wrong key from an altered payload.
 */
export function verifyWithKeys(
  keys: readonly TrustedKey[],
  signed: SignedBytes,
  found: { readonly named: string | undefined; readonly policy: VerificationPolicy },
): Checked<KeyMatch> {
  for (const trusted of keys) {
    const scheme = schemeThatVerifies(trusted.key, signed, found.policy);
    if (scheme !== undefined) return held({ trusted, scheme });
  }
  return keyMismatch(keys, found.named);
}

function schemeThatVerifies(
  publicKey: PublicKey,
  { message, signature }: SignedBytes,
  { digestAlgorithm: digest }: VerificationPolicy,
): SignatureScheme | undefined {
  if (!(message instanceof Uint8Array)) return checkHashedSignature({ publicKey, message, signature, digest });
  return checkSignature({ publicKey, message, signature, ...(digest === undefined ? {} : { digest }) });
}

function keyMismatch(keys: readonly TrustedKey[], named: string | undefined): Stopped {
  const trusted = keys.map(({ key, name }) => (name === undefined ? key.fingerprint : `${key.fingerprint} (${name})`));
  if (named !== undefined && !keys.some(({ key }) => key.fingerprint === named)) {
    return stopped(
      'wrong-key',
      `The signature was made with key ${named}; trusted is ${trusted.join(', ') || 'none'}.`,
      'Verify with the public key of that fingerprint (`public-key --key` prints it), or have the image signed with yours.',
    );
  }
  return stopped(
    'signature-invalid',
    `The signature does not verify with key ${trusted.join(', ')}: made with another key, or the payload was altered.`,
    'Compare the fingerprint with that of the signer. If it is the right key, sign the image again.',
  );
}

/** Fingerprint of the key that DER of a public key or certificate holds; undefined where it holds none. */
export function fingerprintIn(der: Uint8Array | undefined): string | undefined {
  if (der === undefined) return undefined;
  const certificate = parseCertificate(der);
  if (certificate !== undefined) return certificate.key.fingerprint;
  try {
    return publicKeyFromSpki(der).fingerprint;
  } catch {
    return undefined;
  }
}

/** Signature with one key that is already chosen, of a certificate. */
export function verifyWithCertificate(
  certificate: Certificate,
  signed: SignedBytes,
  policy: VerificationPolicy,
): Checked<SignatureScheme> {
  const scheme = schemeThatVerifies(certificate.key, signed, policy);
  if (scheme !== undefined) return held(scheme);
  return stopped(
    'signature-invalid',
    'The signature does not verify with the key of its certificate: the payload was altered, or the certificate belongs to another signature.',
    'Sign the image again.',
  );
}

/**
 * A certificate's way to a trusted authority at the time it was issued, whom it names, and the promise of a certificate log.
 */
export function verifyCertificate(
  certificate: Certificate,
  intermediates: readonly Certificate[],
  context: Context,
): Checked<Omit<Extract<Signer, { kind: 'certificate' }>, 'algorithm'>> {
  const { policy, trust } = context;
  const chain = verifyChain({
    leaf: certificate,
    intermediates,
    authorities: trust.certificateAuthorities,
    purpose: codeSigning,
    at: certificate.notBefore,
  });
  if (!chain.ok) return chain;
  const identity = identityOf(certificate);
  if (!identity.ok) return identity;
  const rules = identityRules(policy.signer);
  if (rules !== undefined) {
    const wanted = verifyIdentity(identity.value, rules);
    if (!wanted.ok) return wanted;
    if (policy.certificateLog !== 'ignored') {
      const promised = verifyCertificateLog(certificate, chain.value.issuer, trust.certificateLogs);
      if (!promised.ok) return promised;
    }
  }
  const { names, issuer, claims } = identity.value;
  return held({
    kind: 'certificate',
    fingerprint: certificate.key.fingerprint,
    subject: names[0] ?? '',
    issuer,
    claims,
  });
}

/** A key that verified, as a verdict names it. */
export function keySigner({ trusted, scheme }: KeyMatch): Signer {
  return {
    kind: 'key',
    fingerprint: trusted.key.fingerprint,
    ...(trusted.name === undefined ? {} : { name: trusted.name }),
    algorithm: schemeName(scheme),
  };
}

/** Whom a certificate names, unverified, for reports about candidates that were refused. */
export function claimedSigner(certificate: Certificate): Signer {
  const identity = identityOf(certificate);
  const value = identity.ok ? identity.value : { names: [], issuer: '', claims: {} };
  return {
    kind: 'certificate',
    fingerprint: certificate.key.fingerprint,
    subject: value.names[0] ?? '',
    issuer: value.issuer,
    claims: value.claims,
    algorithm: 'unverified',
  };
}

/** The bare key a candidate names, unverified. */
export function claimedKey(key: PublicKey | string): Signer {
  return { kind: 'key', fingerprint: typeof key === 'string' ? key : key.fingerprint, algorithm: 'unverified' };
}
