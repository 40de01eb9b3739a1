/** Answers of timestamp authorities: RFC 3161 inside CMS (RFC 5652), read into what has to be checked. */
import type { ASN1Obj } from '@sigstore/core';
import type { DigestName, SignatureScheme } from '../keys/algorithms.ts';
import { parseAsn1, opaque, parseCertificate } from './x509.ts';
import type { Certificate } from './x509.ts';

/** A granted timestamp, nothing of it verified yet. */
export interface TimestampToken {
  readonly genTime: Date;
  /** What is stamped. */
  readonly imprint: { readonly digest: DigestName; readonly hash: Uint8Array };
  /** The stamped statement (TSTInfo) as it is signed over. */
  readonly content: Uint8Array;
  /** Certificates sent along; parsed only when asked for, since the trusted chain usually has them. */
  certificates(): readonly Certificate[];
  readonly signer: { readonly issuer: Uint8Array; readonly serial: Uint8Array };
  /** Signed attributes by OID, and their bytes as they are signed. */
  readonly attributes: ReadonlyMap<string, ASN1Obj>;
  readonly signedAttributes: Uint8Array;
  readonly digest: DigestName;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
}

export const contentTypeOid = '1.2.840.113549.1.9.3';
export const messageDigestOid = '1.2.840.113549.1.9.4';
export const signingCertificateOid = '1.2.840.113549.1.9.16.2.12';
export const signingCertificateV2Oid = '1.2.840.113549.1.9.16.2.47';
export const timestampInfoOid = '1.2.840.113549.1.9.16.1.4';
const signedDataOid = '1.2.840.113549.1.7.2';

/** Digest functions by OID. */
export const digests: Readonly<Record<string, DigestName>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const ecdsa: Readonly<Record<string, DigestName>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const rsa: Readonly<Record<string, DigestName>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};
const rsaEncryption = '1.2.840.113549.1.1.1';
const ed25519 = '1.3.101.112';

// A response with a chain of three certificates takes about 6 KiB.
const responseLimit = 256 * 1024;

/** Reads a TimeStampResp; undefined where it is none, was not granted, or has more than one signer. */
export function parseTimestamp(response: Uint8Array): TimestampToken | undefined {
  const root = response.length > responseLimit ? undefined : parseAsn1(response);
  if (root === undefined) return undefined;
  try {
    return tokenOf(root);
  } catch {
    return undefined;
  }
}

function tokenOf(root: ASN1Obj): TimestampToken {
  if (child(child(root, 0), 0).toInteger() !== 0n) throw new TypeError('not granted');
  const info = child(root, 1);
  expectOid(child(info, 0), signedDataOid);
  const signedData = child(explicit(child(info, 1)), 0);
  const encapsulated = child(signedData, 2);
  expectOid(child(encapsulated, 0), timestampInfoOid);
  const content = child(explicit(child(encapsulated, 1)), 0).value;
  const [signer, second] = child(signedData, signedData.subs.length - 1).subs;
  if (signer === undefined || second !== undefined) throw new TypeError('not one signer');
  return { ...statementOf(content), content, certificates: () => certificatesOf(signedData), ...signerOf(signer) };
}

function statementOf(content: Uint8Array): Pick<TimestampToken, 'genTime' | 'imprint'> {
  const statement = parseAsn1(content);
  if (statement === undefined) throw new TypeError('no statement');
  const imprint = child(statement, 2);
  const digest = digests[child(child(imprint, 0), 0).toOID()];
  if (digest === undefined) throw new TypeError('unknown digest');
  return { genTime: generalizedTime(child(statement, 4)), imprint: { digest, hash: child(imprint, 1).value } };
}

function signerOf(
  signer: ASN1Obj,
): Pick<TimestampToken, 'signer' | 'attributes' | 'signedAttributes' | 'digest' | 'scheme' | 'signature'> {
  const digest = digests[child(child(signer, 2), 0).toOID()];
  const attributes = explicit(child(signer, 3));
  if (digest === undefined) throw new TypeError('unknown digest');
  const signedAttributes = opaque(attributes).toDER();
  signedAttributes[0] = 0x31; // RFC 5652 section 5.4: signed as a SET, stored under tag 0
  const byOid = new Map(attributes.subs.map((attribute) => [child(attribute, 0).toOID(), child(attribute, 1)]));
  if (byOid.size !== attributes.subs.length) throw new TypeError('attribute twice');
  return {
    signer: { issuer: child(child(signer, 1), 0).toDER(), serial: child(child(signer, 1), 1).value },
    attributes: byOid,
    signedAttributes,
    digest,
    scheme: schemeOf(child(child(signer, 4), 0).toOID(), digest),
    signature: child(signer, 5).value,
  };
}

function schemeOf(oid: string, digest: DigestName): SignatureScheme {
  const byEcdsa = ecdsa[oid];
  if (byEcdsa !== undefined) return { kind: 'ecdsa', digest: byEcdsa };
  const byRsa = oid === rsaEncryption ? digest : rsa[oid];
  if (byRsa !== undefined) return { kind: 'rsa-pkcs1', digest: byRsa };
  if (oid === ed25519) return { kind: 'ed25519' };
  throw new TypeError('unknown signature algorithm');
}

function certificatesOf(signedData: ASN1Obj): readonly Certificate[] {
  const set = signedData.subs.find((sub) => sub.tag.isContextSpecific(0));
  return (set?.subs ?? []).slice(0, 16).flatMap((item) => {
    const certificate = parseCertificate(opaque(item).toDER());
    return certificate === undefined ? [] : [certificate];
  });
}

/** RFC 3161 section 2.4.2: seconds are there, a fraction may be, the zone is UTC. */
function generalizedTime(object: ASN1Obj): Date {
  const text = object.value.toString('latin1');
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  if (!object.tag.isGeneralizedTime() || match === null) throw new TypeError('no time');
  const [, year, month, day, hour, minute, second, fraction = '0'] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) throw new TypeError('no time');
  return time;
}

function explicit(object: ASN1Obj): ASN1Obj {
  if (!object.tag.isContextSpecific(0)) throw new TypeError('not tag 0');
  return object;
}

function expectOid(object: ASN1Obj, oid: string): void {
  if (object.toOID() !== oid) throw new TypeError('another content type');
}

/** A member that has to be there. Thrown and caught inside this file. */
function child(parent: ASN1Obj, index: number): ASN1Obj {
  const found = parent.subs[index];
  if (found === undefined) throw new TypeError('too short');
  return found;
}
