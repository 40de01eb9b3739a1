/** Signed timestamps (RFC 3161): that a signature existed at a time an authority we trust has seen on its clock. */
import { createHash } from 'node:crypto';
import type { ASN1Obj } from '@sigstore/core';
import { checkSignature } from '../keys/algorithms.ts';
import { countsAt } from '../trust/trust-material.ts';
import type { TrustedAuthority } from '../trust/trust-material.ts';
import { digestOf, sameBytes } from './bytes.ts';
import { isoTime, timeStamping, verifyChain, verifyLife } from './certificate.ts';
import { held, stopped } from './check.ts';
import type { Checked, Stopped } from './check.ts';
import {
  contentTypeOid,
  digests,
  messageDigestOid,
  parseTimestamp,
  signingCertificateOid,
  signingCertificateV2Oid,
  timestampInfoOid,
} from './timestamp-token.ts';
import type { TimestampToken } from './timestamp-token.ts';
import { basicConstraints, extendedKeyUsage } from './x509.ts';
import type { Certificate } from './x509.ts';

/** Timestamps with what they must cover. */
export interface TimestampQuestion {
  /** TimeStampResp in DER. */
  readonly responses: readonly Uint8Array[];
  /** Raw signature, or for old attestations the whole envelope. */
  readonly covered: Uint8Array;
  readonly authorities: readonly TrustedAuthority[];
  /** At least one must hold. */
  readonly required: boolean;
}

// The limit of the bundle format.
const timestampLimit = 32;

/**
 * The times that trusted authorities vouch for. A timestamp of an unknown authority is passed over; one that claims a known
 * authority and is wrong is fatal.
 */
export function verifyTimestamps(question: TimestampQuestion): Checked<readonly Date[]> {
  const { responses, required } = question;
  if (responses.length > timestampLimit) return invalid(`is one of ${responses.length}, more than ${timestampLimit}`);
  const times: Date[] = [];
  for (const response of responses) {
    const token = parseTimestamp(response);
    // One of a kind that is not read here is no evidence; only where evidence is demanded does that matter.
    if (token === undefined && required) return invalid('cannot be read, or was not granted');
    if (token === undefined) continue;
    const claimed = question.authorities.flatMap((authority) => signersOf(token, authority));
    if (claimed.length === 0) continue;
    const result = verifyToken(token, question.covered, claimed);
    if (!result.ok) return result;
    times.push(result.value);
  }
  if (required && times.length === 0) return missing(responses.length);
  return held(times);
}

interface ClaimedSigner {
  readonly certificate: Certificate;
  readonly authority: TrustedAuthority;
}

/** The certificates that the token names as its signer: the authority's own, or one sent along that may lead to it. */
function signersOf(token: TimestampToken, authority: TrustedAuthority): readonly ClaimedSigner[] {
  const isNamed = (certificate: Certificate): boolean =>
    sameBytes(certificate.issuer, token.signer.issuer) && sameBytes(certificate.serial, token.signer.serial);
  const own = authority.chain.find(isNamed);
  if (own !== undefined) return [{ certificate: own, authority }];
  const first = authority.chain[0];
  // A chain that begins with a signing certificate names the only one that counts.
  if (first === undefined || !basicConstraints(first).ca) return [];
  const sent = token.certificates().find(isNamed);
  return sent !== undefined && leadsTo(token, sent, authority) ? [{ certificate: sent, authority }] : [];
}

function leadsTo(token: TimestampToken, leaf: Certificate, authority: TrustedAuthority): boolean {
  const intermediates = authority.chain.includes(leaf) ? [] : token.certificates();
  const at = token.genTime;
  return verifyChain({ leaf, intermediates, authorities: [{ ...authority, validFor: {} }], purpose: timeStamping, at })
    .ok;
}

/** RFC 3161 section 2.4.2 and RFC 5652 section 5.4. */
function verifyToken(token: TimestampToken, covered: Uint8Array, claimed: readonly ClaimedSigner[]): Checked<Date> {
  if (!sameBytes(digestOf(token.imprint.digest, covered), token.imprint.hash))
    return invalid('is for another signature');
  if (!contentIsSigned(token)) return invalid('has signed attributes that do not fit its content');
  const [signer] = claimed;
  // An authority may be listed once for each time it counted.
  const results = claimed
    .filter(({ certificate }) => namesCertificate(token, certificate) && isSigned(token, certificate))
    .map(({ certificate, authority }) => verifyAuthority(token, certificate, authority));
  const unsigned = (): Stopped => invalid(`was not signed by ${signer?.authority.name || 'the authority it names'}`);
  return results.find(({ ok }) => ok) ?? results[0] ?? unsigned();
}

function contentIsSigned(token: TimestampToken): boolean {
  const type = token.attributes.get(contentTypeOid)?.subs[0];
  const digest = token.attributes.get(messageDigestOid)?.subs[0];
  return (
    type?.tag.isOID() === true &&
    type.toOID() === timestampInfoOid &&
    digest !== undefined &&
    sameBytes(digestOf(token.digest, token.content), digest.value)
  );
}

function isSigned(token: TimestampToken, certificate: Certificate): boolean {
  const check = { publicKey: certificate.key, message: token.signedAttributes, signature: token.signature };
  return checkSignature({ ...check, schemes: [token.scheme] }) !== undefined;
}

function verifyAuthority(token: TimestampToken, leaf: Certificate, authority: TrustedAuthority): Checked<Date> {
  const { genTime } = token;
  if (!countsAt(authority.validFor, genTime)) {
    return invalid(`was made at ${isoTime(genTime)}, outside of the time ${authority.name} counts`);
  }
  const usage = extendedKeyUsage(leaf);
  if (usage?.critical !== true || usage.oids.length !== 1)
    return invalid('was signed by a certificate with other purposes');
  if (!leadsTo(token, leaf, authority))
    return invalid(`was signed by a certificate that does not lead to ${authority.name}`);
  if (!verifyLife(leaf, [genTime]).ok) return invalid('was signed outside of the life of its certificate');
  return held(genTime);
}

/** RFC 5816, RFC 2634: where the attribute is there, its first entry is the hash of the signer's certificate. */
function namesCertificate(token: TimestampToken, certificate: Certificate): boolean {
  const older = token.attributes.get(signingCertificateOid);
  const newer = token.attributes.get(signingCertificateV2Oid);
  return (
    (older === undefined || isHashOf(firstEntry(older), certificate, 'sha1')) &&
    (newer === undefined || isHashOf(firstEntry(newer), certificate, 'sha256'))
  );
}

function firstEntry(attribute: ASN1Obj): ASN1Obj | undefined {
  return attribute.subs[0]?.subs[0]?.subs[0];
}

function isHashOf(entry: ASN1Obj | undefined, certificate: Certificate, byDefault: 'sha1' | 'sha256'): boolean {
  const [first, second] = entry?.subs ?? [];
  if (first === undefined) return false;
  const named = first.tag.isOctetString() ? byDefault : namedDigest(first);
  const hash = first.tag.isOctetString() ? first : second;
  if (named === undefined || hash === undefined) return false;
  return sameBytes(createHash(named).update(certificate.der).digest(), hash.value);
}

function namedDigest(algorithm: ASN1Obj): string | undefined {
  const oid = algorithm.subs[0];
  return oid?.tag.isOID() === true ? digests[oid.toOID()] : undefined;
}

function invalid(what: string): Stopped {
  return stopped(
    'timestamp-invalid',
    `The signed timestamp ${what}.`,
    'The timestamp was altered or belongs to another signature. Sign the image again.',
  );
}

function missing(found: number): Stopped {
  return stopped(
    'timestamp-missing',
    found === 0
      ? 'The signature has no signed timestamp, and one is required.'
      : `None of the ${found} signed timestamps is by an authority that is trusted here.`,
    'Sign with a timestamp authority (--timestamp-server-url) and trust it (--trusted-root or SIGSTORE_TSA_CERTIFICATE_FILE).',
  );
}
