/**
 * Certificates of signers: from the leaf to an authority that is trusted, as it was when the leaf was issued (RFC 5280
 * section 6, as far as Fulcio needs it). No revocation: these certificates live for minutes.
 */
import { countsAt } from '../trust/trust-material.ts';
import type { TrustedAuthority } from '../trust/trust-material.ts';
import { sameBytes } from './bytes.ts';
import { held, stopped } from './check.ts';
import type { Checked, Stopped } from './check.ts';
import { basicConstraints, extendedKeyUsage, isIssuedBy, keyUsage, livesAt, unknownCritical } from './x509.ts';
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

// Fulcio's chains have three certificates; a loop among strangers' certificates ends here.
const longestChain = 8;
const keyCertSign = 5;
const digitalSignature = 0;

/** Finds a way from the leaf to a trusted authority. */
export function verifyChain(question: ChainQuestion): Checked<VerifiedChain> {
  const flaw = flawInLeaf(question.leaf, question.purpose);
  if (flaw !== undefined) return untrusted(`The certificate ${flaw}.`);
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
      mayIssue(issuer, { below: 0, at: question.at }) &&
      isIssuedBy(question.leaf, issuer) &&
      reaches(issuer, root, { pool, at: question.at, below: 1 }),
  );
}

interface Way {
  readonly pool: readonly Certificate[];
  readonly at: Date;
  /** Authorities passed so far, for the path length. */
  readonly below: number;
}

function reaches(from: Certificate, root: Certificate, way: Way): boolean {
  if (sameBytes(from.der, root.der)) return true;
  if (way.below >= longestChain) return false;
  const next = { ...way, below: way.below + 1 };
  return way.pool.some(
    (issuer) =>
      !sameBytes(issuer.der, from.der) &&
      mayIssue(issuer, way) &&
      isIssuedBy(from, issuer) &&
      reaches(issuer, root, next),
  );
}

/** Whether the certificate is an authority at that moment, with so many below it. */
function mayIssue(certificate: Certificate, { below, at }: Pick<Way, 'below' | 'at'>): boolean {
  const { ca, pathLength } = basicConstraints(certificate);
  const usage = keyUsage(certificate);
  return (
    ca &&
    (pathLength === undefined || below <= pathLength) &&
    (usage === undefined || usage[keyCertSign] === 1) &&
    livesAt(certificate, at) &&
    unknownCritical(certificate).length === 0
  );
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
