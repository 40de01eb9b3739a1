/** The Online Certificate Status Protocol, RFC 6960, in the light form of RFC 5019: one certificate, no nonce. */
import { createHash } from 'node:crypto';
import { extendedKeyUsage, isIssuedBy, livesAt, parseCertificate } from '@pratique/sigstore';
import type { Certificate } from '@pratique/sigstore';
import { bitsOf, memberAt, membersOf, oidOf, readWholeDer, tags, timeOf, writeDer } from '../notation/der.ts';
import type { DerValue } from '../notation/der.ts';
import { Flaw } from '../notation/flaw.ts';
import { isSignedBy } from './signed-by.ts';
import type { DatedStatus, RevocationStatus } from './status.ts';

const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const ocspSigning = '1.3.6.1.5.5.7.3.9';
/** AlgorithmIdentifier of SHA-1, which every responder knows; it only names the certificate and proves nothing. */
const sha1Algorithm = Buffer.from('300906052b0e03021a0500', 'hex');
const sha1Oid = '1.3.14.3.2.26';

/** Clocks of responders may run ahead by so much, in milliseconds. */
const clockSkew = 5 * 60 * 1000;

const failures: Readonly<Record<number, string>> = {
  1: 'the request is malformed',
  2: 'it has an internal error',
  3: 'it wants to be asked later',
  5: 'it wants requests to be signed',
  6: 'it does not know this authority',
};

/** A certificate and who issued it. */
export interface Issued {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** The request in DER. */
export function ocspRequest(issued: Issued): Buffer {
  const { nameHash, keyHash, serial } = idOf(issued);
  const id = writeDer(
    tags.sequence,
    sha1Algorithm,
    writeDer(tags.octets, nameHash),
    writeDer(tags.octets, keyHash),
    writeDer(tags.integer, serial),
  );
  return [1, 2, 3, 4].reduce((inner) => writeDer(tags.sequence, inner), id);
}

/**
 * What a response says about the certificate.
 *
 * @throws Flaw with what is wrong, in words that continue "the OCSP response …"; RangeError where it is not DER
 */
export function readOcspResponse(bytes: Uint8Array, issued: Issued, now: Date): DatedStatus {
  const [state, wrapped] = membersOf(readWholeDer(bytes));
  const code = state?.tag === tags.enumerated ? state.content[0] : undefined;
  if (code !== 0) throw new Flaw(`is a refusal: ${failures[code ?? -1] ?? 'the reason is not known'}`);
  if (wrapped?.tag !== 0xa0) throw new Flaw('has no content');
  const typed = membersOf(readWholeDer(wrapped.content));
  if (oidOf(memberAt(typed, 0, tags.oid)) !== basicResponse) throw new Flaw('is of another type');
  const basic = membersOf(readWholeDer(memberAt(typed, 1, tags.octets).content));
  const data = memberAt(basic, 0, tags.sequence);
  const signed = {
    algorithm: memberAt(basic, 1, tags.sequence),
    message: data.whole,
    signature: bitsOf(memberAt(basic, 2, tags.bitString)),
  };
  const responders = [issued.issuer, ...delegatesOf(basic[3], issued, now)];
  if (!responders.some(({ key }) => isSignedBy(signed, key)))
    throw new Flaw('is not signed by the authority it speaks for');
  return statusOf(data, issued, now);
}

/** Responders the authority has appointed (RFC 6960 section 4.2.2.2): issued by it, for this purpose, and alive. */
function delegatesOf(field: DerValue | undefined, { issuer }: Issued, now: Date): readonly Certificate[] {
  if (field?.tag !== 0xa0) return [];
  return membersOf(readWholeDer(field.content), 8).flatMap(({ whole }) => {
    const certificate = parseCertificate(whole);
    if (certificate === undefined || !isIssuedBy(certificate, issuer) || !livesAt(certificate, now)) return [];
    return extendedKeyUsage(certificate)?.oids.includes(ocspSigning) === true ? [certificate] : [];
  });
}

function statusOf(data: DerValue, issued: Issued, now: Date): DatedStatus {
  // ResponseData: [0] version, responder, producedAt, responses. Only responses is a SEQUENCE OF SEQUENCE here.
  const responses = membersOf(data).find(({ tag }) => tag === tags.sequence);
  const single = responses === undefined ? undefined : membersOf(responses).find((each) => isFor(each, issued));
  if (single === undefined) throw new Flaw('says nothing about this certificate');
  const [, status, thisUpdate, ...more] = membersOf(single);
  if (status === undefined || thisUpdate === undefined) throw new Flaw('is incomplete');
  const nextUpdate = more.find(({ tag }) => tag === 0xa0);
  if (nextUpdate === undefined) throw new Flaw('does not say until when it counts');
  const until = timeOf(readWholeDer(nextUpdate.content));
  if (timeOf(thisUpdate).getTime() > now.getTime() + clockSkew) throw new Flaw('is from the future');
  if (until < now) throw new Flaw(`counted only until ${until.toISOString()}`);
  return { status: readStatus(status), until };
}

/** CertStatus: [0] good, [1] revoked with its time, [2] unknown. */
function readStatus(status: DerValue): RevocationStatus {
  if (status.tag === 0x80) return { state: 'good' };
  if (status.tag === 0x82) return { state: 'unknown', because: 'the responder does not know the certificate' };
  if (status.tag !== 0xa1) throw new Flaw('has a status that is not known');
  return { state: 'revoked', at: timeOf(memberAt(membersOf(status), 0, tags.generalizedTime)), by: 'OCSP' };
}

function isFor(single: DerValue, issued: Issued): boolean {
  const id = membersOf(memberAt(membersOf(single), 0, tags.sequence));
  const wanted = idOf(issued);
  return (
    oidOf(memberAt(membersOf(memberAt(id, 0, tags.sequence)), 0, tags.oid)) === sha1Oid &&
    same(memberAt(id, 1, tags.octets).content, wanted.nameHash) &&
    same(memberAt(id, 2, tags.octets).content, wanted.keyHash) &&
    same(memberAt(id, 3, tags.integer).content, wanted.serial)
  );
}

/** CertID, RFC 6960 section 4.1.1: hashes of the issuer's name and of its bare key, and the serial number. */
function idOf({ certificate, issuer }: Issued): Readonly<Record<'nameHash' | 'keyHash' | 'serial', Uint8Array>> {
  const key = bitsOf(memberAt(membersOf(readWholeDer(issuer.key.spki)), 1, tags.bitString));
  return { nameHash: sha1(certificate.issuer), keyHash: sha1(key), serial: certificate.serial };
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
