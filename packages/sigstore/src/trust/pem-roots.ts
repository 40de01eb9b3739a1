/**
 * Trust given as PEM, the older way: the contents of the files that SIGSTORE_ROOT_FILE, SIGSTORE_REKOR_PUBLIC_KEY,
 * SIGSTORE_CT_LOG_PUBLIC_KEY_FILE and SIGSTORE_TSA_CERTIFICATE_FILE name. No times are in them: all of it always counts.
 */
import { sigstoreFault } from '../errors.ts';
import { readPem } from '../keys/pem.ts';
import { publicKeyFromSpki } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { digestOf, sameBytes } from '../verify/bytes.ts';
import { certificatesFromPem, isIssuedBy } from '../verify/x509.ts';
import type { Certificate } from '../verify/x509.ts';
import { noTrust } from './trust-material.ts';
import type { TrustedAuthority, TrustedLog, TrustMaterial } from './trust-material.ts';

/** PEM texts; each may hold several blocks. */
export interface PemRoots {
  /** Roots and intermediates of certificate authorities. */
  readonly certificateAuthorities?: string;
  /** Public keys of transparency logs. */
  readonly logKeys?: string;
  /** Public keys of certificate logs. */
  readonly certificateLogKeys?: string;
  /** Chains of timestamp authorities, signing certificate first. */
  readonly timestampAuthorities?: string;
  /** Base address of the transparency log, which a second-generation log is named by in its checkpoints. */
  readonly logUrl?: string;
}

/**
 * Reads trust material from PEM.
 *
 * @param source where the texts came from, for messages
 * @throws Fault `trust-pem-invalid` naming the text that holds nothing usable
 */
export function trustFromPem(roots: PemRoots, source: string): TrustMaterial {
  return {
    ...noTrust,
    origin: source,
    logs: logsOf(roots.logKeys, { source, what: 'transparency log keys', url: roots.logUrl ?? '' }),
    certificateLogs: logsOf(roots.certificateLogKeys, { source, what: 'certificate log keys', url: '' }),
    certificateAuthorities: authoritiesOf(roots.certificateAuthorities, source, 'certificate authority'),
    timestampAuthorities: authoritiesOf(roots.timestampAuthorities, source, 'timestamp authority'),
  };
}

interface KeyText {
  readonly source: string;
  readonly what: string;
  readonly url: string;
}

function logsOf(pem: string | undefined, text: KeyText): readonly TrustedLog[] {
  if (pem === undefined) return [];
  const blocks = readPem(pem).filter(({ label }) => label === 'PUBLIC KEY');
  if (blocks.length === 0) throw nothingIn(text.source, text.what, 'a block labelled PUBLIC KEY');
  return blocks.map(({ der }) => {
    const key = publicKeyFromSpki(der);
    return { baseUrl: text.url, logId: logIdOf(key, text.url), key, validFor: {} };
  });
}

/** A second-generation log, told by its Ed25519 key, is named by its host and key together (C2SP, "signed-note"). */
function logIdOf(key: PublicKey, url: string): Uint8Array {
  const host = URL.canParse(url) ? new URL(url).hostname : undefined;
  if (key.algorithm.kind !== 'ed25519' || host === undefined) return digestOf('sha256', key.spki);
  return digestOf('sha256', Buffer.from(`${host}\n\u0001`), key.spki.subarray(-32));
}

/** One authority per root found; every intermediate goes with each, verification takes those that fit. */
function authoritiesOf(pem: string | undefined, source: string, what: string): readonly TrustedAuthority[] {
  if (pem === undefined) return [];
  const certificates = certificatesFromPem(pem) ?? [];
  if (certificates.length === 0) throw nothingIn(source, what, 'certificates');
  const roots = certificates.filter(isSelfSigned);
  // A chain that ends below its root is trusted from its last certificate on.
  const anchors = roots.length > 0 ? roots : certificates.slice(-1);
  return anchors.map((anchor) => ({
    name: anchor.x509.subject.replaceAll('\n', ', ') || what,
    uri: '',
    chain: [...certificates.filter((certificate) => !anchors.includes(certificate)), anchor],
    validFor: {},
  }));
}

function isSelfSigned(certificate: Certificate): boolean {
  return sameBytes(certificate.subject, certificate.issuer) && isIssuedBy(certificate, certificate);
}

function nothingIn(source: string, what: string, wanted: string): Error {
  return sigstoreFault({
    code: 'trust-pem-invalid',
    message: `The ${what} text from ${source} holds no ${wanted.replace(/^a /, '')} that can be read.`,
    hint: `Give PEM with ${wanted}.`,
    values: { source, what },
  });
}
