/** What stands beside a signature: who vouches for the key, which log remembers it, who says when it was made. */
import { createHash } from 'node:crypto';
import { sigstoreFault } from '../errors.ts';
import { checkSignature } from '../keys/algorithms.ts';
import type { SignatureScheme } from '../keys/algorithms.ts';
import type { Signer } from '../keys/private-key.ts';
import { publicKeyFromCertificate } from '../keys/public-key.ts';
import { writePem } from '../keys/pem.ts';
import type { BundleParts } from '../bundle/bundle-write.ts';
import type {
  IssuedCertificate,
  LogEntry,
  LogProposal,
  LogVerifier,
  TimestampAuthority,
  TransparencyLog,
} from './services.ts';

/** Who signs, and with what beside. */
export interface SigningMaterial {
  readonly signer: Signer;
  /** Of the signer's key: short-lived for keyless signing, or one the user attaches. */
  readonly certificate?: IssuedCertificate;
  /** The tag format has room for one entry: that of the first log with API 1. */
  readonly logs?: readonly TransparencyLog[];
  /** The tag format has room for one timestamp: that of the first. */
  readonly timestampAuthorities?: readonly TimestampAuthority[];
}

/** A signature over bytes with the scheme it was made with. */
export interface MadeSignature {
  readonly signature: Uint8Array;
  readonly scheme: SignatureScheme;
}

/**
 * Signs and tells the scheme, which the signer chose.
 *
 * @throws Fault `signing-failed` when the signature is not one of the signer's public key
 */
export async function makeSignature(
  signer: Signer,
  bytes: Uint8Array,
  use: 'legacy' | 'bundle',
): Promise<MadeSignature> {
  const signature = await signer.sign(bytes, use);
  const scheme = schemeOf(signer, bytes, signature);
  if (scheme !== undefined) return { signature, scheme };
  throw sigstoreFault({
    code: 'signing-failed',
    message: `The signature that was made is not one of the key ${signer.publicKey.fingerprint}; nothing was stored.`,
    hint: 'Check that the private key and the public key belong together.',
    values: { fingerprint: signer.publicKey.fingerprint },
  });
}

/** A signer may have been told to use another digest than the reader's list has. */
function schemeOf({ publicKey }: Signer, message: Uint8Array, signature: Uint8Array): SignatureScheme | undefined {
  const found = checkSignature({ publicKey, message, signature });
  if (found !== undefined || publicKey.algorithm.kind === 'ed25519') return found;
  const kind = publicKey.algorithm.kind === 'ec' ? 'ecdsa' : 'rsa-pkcs1';
  const schemes = (['sha224', 'sha256', 'sha384', 'sha512'] as const).map((digest) => ({ kind, digest }) as const);
  return checkSignature({ publicKey, message, signature, schemes });
}

/** Whom a log entry names as maker: the certificate where there is one, else the key. */
export function logVerifier({ signer, certificate }: SigningMaterial): LogVerifier {
  return certificate === undefined
    ? { kind: 'public-key', der: signer.publicKey.spki }
    : { kind: 'certificate', der: certificate.leaf };
}

/** How a bundle names the maker. */
export function bundleMaterial({ signer, certificate }: SigningMaterial): BundleParts['material'] {
  return certificate === undefined
    ? { kind: 'public-key', hint: signer.publicKey.hint }
    : { kind: 'certificate', der: certificate.leaf };
}

/** Certificate and chain as PEM, for the annotations of the tag format. */
export function certificatePem(certificate: IssuedCertificate | undefined): { certificate?: string; chain?: string } {
  if (certificate === undefined) return {};
  const chain = certificate.chain.map((der) => writePem('CERTIFICATE', der)).join('');
  return { certificate: writePem('CERTIFICATE', certificate.leaf), ...(chain === '' ? {} : { chain }) };
}

/**
 * Digests a log can record, or a refusal: a `hashedrekord` entry names the digest of the content, and pure Ed25519 has none.
 *
 * @throws Fault `signature-option-invalid`
 */
export function loggedDigest(scheme: SignatureScheme, bytes: Uint8Array): { algorithm: LogDigest; digest: Uint8Array } {
  const algorithm = logDigestName(scheme);
  if (algorithm === undefined) throw notLoggable(scheme);
  return { algorithm, digest: createHash(algorithm).update(bytes).digest() };
}

type LogDigest = 'sha256' | 'sha384' | 'sha512';

/** The digest inside a scheme, as far as logs know it. */
export function logDigestName(scheme: SignatureScheme): LogDigest | undefined {
  if (scheme.kind === 'ed25519ph') return 'sha512';
  if (scheme.kind === 'ed25519' || scheme.digest === 'sha224') return undefined;
  return scheme.digest;
}

/**
 * Refuses combinations that would leave a signature nobody can verify, before anything is made public.
 *
 * @throws Fault `signature-option-invalid`
 */
export function checkMaterial({ signer, certificate, logs = [] }: SigningMaterial, legacy: boolean): void {
  if (legacy && logs.length > 0 && promisingLog(logs) === undefined) {
    throw refusal(
      `The log ${logs.map(({ url }) => url).join(', ')} answers without a promise, which the tag format cannot do without.`,
      'Sign with --format bundle, or with a log whose API version is 1.',
    );
  }
  if (certificate === undefined) return;
  if (!isCertificateOf(certificate.leaf, signer)) {
    throw refusal(
      'The certificate is not one of the key that signs.',
      'Pass the certificate that was issued for this key, or the key of this certificate.',
    );
  }
}

function isCertificateOf(leaf: Uint8Array, { publicKey }: Signer): boolean {
  try {
    return publicKeyFromCertificate(leaf).fingerprint === publicKey.fingerprint;
  } catch {
    // Unreadable: not one of this key.
    return false;
  }
}

/** What is said to a log about a signature over plain bytes. */
export function messageProposal(material: SigningMaterial, bytes: Uint8Array, made: MadeSignature): LogProposal {
  const { algorithm, digest } = loggedDigest(made.scheme, bytes);
  const verifier = logVerifier(material);
  return { kind: 'hashedrekord', digestAlgorithm: algorithm, digest, signature: made.signature, verifier };
}

/** The envelope that is logged. */
export interface LoggedEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly made: MadeSignature;
  /** @default 'dsse' */
  readonly entryKind?: 'dsse' | 'intoto';
}

/** What is said to a log about an envelope. */
export function envelopeProposal(
  material: SigningMaterial,
  { payloadType, payload, made, entryKind = 'dsse' }: LoggedEnvelope,
): LogProposal {
  // A log with API 1 keeps hashes of the envelope; only API 2 needs the digest that was signed.
  const needsDigest = (material.logs ?? []).some(({ apiVersion }) => apiVersion !== 1);
  const digestAlgorithm = logDigestName(made.scheme) ?? (needsDigest ? undefined : 'sha256');
  if (digestAlgorithm === undefined) throw notLoggable(made.scheme);
  const { signature } = made;
  return { kind: entryKind, digestAlgorithm, payloadType, payload, signature, verifier: logVerifier(material) };
}

/** What the tag format keeps of a testimony: one timestamp over `covered`, one entry with a promise. */
export async function testifyForLayer(
  { logs = [], timestampAuthorities = [] }: SigningMaterial,
  covered: Uint8Array,
  proposal: () => LogProposal,
): Promise<{ readonly timestamp?: Uint8Array; readonly logEntry?: LogEntry }> {
  // An entry cannot be taken back, so it comes last.
  const timestamp = await timestampAuthorities[0]?.stamp(covered);
  const logEntry = await promisingLog(logs)?.add(proposal());
  return {
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(logEntry === undefined ? {} : { logEntry }),
  };
}

/** What a bundle keeps: everything. Timestamps cover the raw signature. */
export async function testifyForBundle(
  { logs = [], timestampAuthorities = [] }: SigningMaterial,
  signature: Uint8Array,
  proposal: () => LogProposal,
): Promise<{ readonly timestamps: readonly Uint8Array[]; readonly logEntries: readonly LogEntry[] }> {
  const timestamps = await Promise.all(timestampAuthorities.map((authority) => authority.stamp(signature)));
  if (logs.length === 0) return { timestamps, logEntries: [] };
  const proposed = proposal();
  return { timestamps, logEntries: await Promise.all(logs.map((log) => log.add(proposed))) };
}

function promisingLog(logs: readonly TransparencyLog[]): TransparencyLog | undefined {
  return logs.find(({ apiVersion }) => apiVersion === 1);
}

function notLoggable(scheme: SignatureScheme): Error {
  return refusal(
    `A transparency log cannot record this signature: its entries name the digest that was signed, and ${scheme.kind} has none it knows.`,
    'Sign with an ECDSA P-256 key, with Ed25519 prehashed, or without a log.',
  );
}

function refusal(message: string, hint: string): Error {
  return sigstoreFault({ code: 'signature-option-invalid', message, hint });
}
