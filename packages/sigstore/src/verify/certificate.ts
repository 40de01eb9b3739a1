/**
 * Certificates of signers: from the leaf to an authority that is trusted, as it was when the leaf was issued (RFC 5280
 * section 6, as far as Fulcio needs it). No revocation: these certificates live for minutes.
 */
import { countsAt } from '../trust/trust-material.ts';
import type { TrustedAuthority } from '../trust/trust-material.ts';
import { sameBytes } from './bytes.ts';
import { held, stopped } from './check.ts';
import type { Checked, Stopped } from './check.ts';
import {
  basicConstraints,
  extendedKeyUsage,
  extensionOf,
  isIssuedBy,
  keyUsage,
  livesAt,
  unknownCritical,
} from './x509.ts';
import type { Certificate } from './x509.ts';

/** A leaf with the certificate that directly signed it and the authority at the end. */
export interface VerifiedChain {
  readonly leaf: Certificate;
  readonly issuer: Certificate;
  readonly authority: TrustedAuthority;
}

/** A leaf to be traced to an authority. */
export interface ChainQuestion {
  readonly leaf: Certificate;
  /** Certificates that came with the signature; they help to find the way, they are not trusted. */
  readonly intermediates: readonly Certificate[];
  readonly authorities: readonly TrustedAuthority[];
  /** Object identifier of the purpose the leaf must have. */
  readonly purpose: string;
  /** The moment at which the certificates above the leaf and the authority must count. */
  readonly at: Date;
}

export const codeSigning = '1.3.6.1.5.5.7.3.3';
export const timeStamping = '1.3.6.1.5.5.7.3.8';
const extendedKeyUsageOid = '2.5.29.37';
const anyPurpose = '2.5.29.37.0';

// Fulcio's chains have three certificates; what strangers send along costs a check for each pair.
const longestChain = 8;
const keyCertSign = 5;
const digitalSignature = 0;

/** Finds a way from the leaf to a trusted authority. */
export function verifyChain(question: ChainQuestion): Checked<VerifiedChain> {
  const flaw = flawInLeaf(question.leaf, question.purpose);
  if (flaw !== undefined) return untrusted(`The certificate ${flaw}.`);
  const sent = question.intermediates.length;
  if (sent > longestChain) return untrusted(`${sent} certificates came with the signature, more than ${longestChain}.`);
  for (const authority of question.authorities) {
    if (!countsAt(authority.validFor, question.at)) continue;
    const issuer = issuerWithin(question, authority);
    if (issuer !== undefined) return held({ leaf: question.leaf, issuer, authority });
  }
  const names = question.authorities.map(({ name, uri }) => name || uri).join(', ');
  return untrusted(
    `The certificate does not lead to any trusted authority that counted on ${isoTime(question.at)} (${names || 'none is known'}).`,
  );
}

/** The certificate that signed the leaf, where a way leads on to the root of this authority. */
function issuerWithin(question: ChainQuestion, authority: TrustedAuthority): Certificate | undefined {
  const root = authority.chain.at(-1);
  if (root === undefined) return undefined;
  const pool = [...authority.chain, ...question.intermediates];
  return pool.find(
    (issuer) =>
      mayIssue(issuer, { ...question, below: 0 }) &&
      isIssuedBy(question.leaf, issuer) &&
      reaches(issuer, root, { ...question, pool }),
  );
}

interface Way extends Pick<ChainQuestion, 'at' | 'purpose'> {
  readonly pool: readonly Certificate[];
}

/**
 * Level by level, each certificate once: authorities of strangers that have issued each other would otherwise be ways without
 * end. Nearer is never worse, since path lengths only limit how many may stand below.
 */
function reaches(from: Certificate, root: Certificate, { pool, ...way }: Way): boolean {
  let level = [from];
  const seen = new Set([from.fingerprint]);
  for (let below = 1; level.length > 0 && below <= longestChain; below += 1) {
    if (level.some(({ der }) => sameBytes(der, root.der))) return true;
    const next = pool.filter(
      (issuer) =>
        !seen.has(issuer.fingerprint) &&
        mayIssue(issuer, { ...way, below }) &&
        level.some((certificate) => isIssuedBy(certificate, issuer)),
    );
    for (const { fingerprint } of next) seen.add(fingerprint);
    level = next;
  }
  return false;
}

/** Whether the certificate is an authority at that moment for that purpose, with so many below it. */
function mayIssue(
  certificate: Certificate,
  { below, at, purpose }: Pick<Way, 'at' | 'purpose'> & { readonly below: number },
): boolean {
  const { ca, pathLength } = basicConstraints(certificate);
  const usage = keyUsage(certificate);
  return (
    ca &&
    (pathLength === undefined || below <= pathLength) &&
    (usage === undefined || usage[keyCertSign] === 1) &&
    mayIssueFor(certificate, purpose) &&
    livesAt(certificate, at) &&
    unknownCritical(certificate).length === 0
  );
}

/** Purposes named by an authority limit those of whatever it issues, as Go and OpenSSL have it. */
function mayIssueFor(certificate: Certificate, purpose: string): boolean {
  if (extensionOf(certificate, extendedKeyUsageOid) === undefined) return true;
  const oids = extendedKeyUsage(certificate)?.oids ?? [];
  return oids.includes(purpose) || oids.includes(anyPurpose);
}

function flawInLeaf(leaf: Certificate, purpose: string): string | undefined {
  const critical = unknownCritical(leaf);
  if (critical.length > 0) return `has the critical extension ${critical.join(', ')}, which is not understood here`;
  if (basicConstraints(leaf).ca) return 'belongs to an authority, not to a signer';
  if (extendedKeyUsage(leaf)?.oids.includes(purpose) !== true) {
    return purpose === codeSigning ? 'may not sign code' : 'may not sign timestamps';
  }
  const usage = keyUsage(leaf);
  if (usage !== undefined && usage[digitalSignature] !== 1) return 'may not make signatures';
  return undefined;
}

/** The leaf lives at every moment somebody vouched for. */
export function verifyLife(leaf: Certificate, times: readonly Date[]): Checked<undefined> {
  const outside = times.find((time) => !livesAt(leaf, time));
  if (outside === undefined) return held(undefined);
  return stopped(
    'certificate-expired',
    `The certificate counted from ${isoTime(leaf.notBefore)} to ${isoTime(leaf.notAfter)}; the signature is known to exist at ${isoTime(outside)}.`,
    'Short-lived certificates need a log entry or a timestamp made while they counted. Sign the image again with one.',
  );
}

/** A time for messages; dates that no calendar has do not throw. */
export function isoTime(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an impossible time' : date.toISOString();
}

function untrusted(detail: string): Stopped {
  return stopped(
    'certificate-untrusted',
    detail,
    'Add the authority to the trusted root (--trusted-root or SIGSTORE_ROOT_FILE) if you trust it, or have the image signed by one you do.',
  );
}
