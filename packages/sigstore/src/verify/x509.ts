/**
 * Certificates as verification needs them: the signature is checked by OpenSSL over the bytes as they came, the extensions are
 * read by the ASN.1 parser of sigstore, which refuses trailing bytes and deep nesting.
 */
import { X509Certificate } from 'node:crypto';
import { ASN1Obj } from '@sigstore/core';
import { publicKeyOf } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { readPem } from '../keys/pem.ts';
import { digestOf, sameBytes, toHex } from './bytes.ts';

/** One extension of a certificate, RFC 5280 section 4.2. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of the OCTET STRING. */
  readonly value: Uint8Array;
}

/** A parsed certificate. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly key: PublicKey;
  /** SHA-256 over the DER, hex. */
  readonly fingerprint: string;
  readonly serial: Uint8Array;
  /** Names as DER, compared byte by byte. */
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
}

// A Fulcio certificate takes about 1 KiB, one with long workflow names 4; OpenSSL would read megabytes.
const certificateLimit = 64 * 1024;

/** Extensions beyond which verification does not understand what a certificate forbids. */
const understood = new Set([
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.37', // extended key usage
]);

/** Parses DER, or says undefined for anything that is no certificate with a key that can sign. */
export function parseCertificate(der: Uint8Array): Certificate | undefined {
  if (der.length > certificateLimit) return undefined;
  try {
    const bytes = Buffer.from(der);
    const tbs = child(ASN1Obj.parseBuffer(bytes), 0);
    const at = tbs.subs[0]?.tag.isContextSpecific(0) === true ? 0 : -1;
    const validity = child(tbs, at + 4);
    const x509 = new X509Certificate(bytes);
    // OpenSSL looks for PEM anywhere in the bytes first: DER around the PEM of another certificate would be two at once.
    if (!sameBytes(x509.raw, bytes)) return undefined;
    return {
      der: bytes,
      x509,
      key: publicKeyOf(x509.publicKey),
      fingerprint: toHex(digestOf('sha256', bytes)),
      serial: child(tbs, at + 1).value,
      issuer: child(tbs, at + 3).toDER(),
      notBefore: child(validity, 0).toDate(),
      notAfter: child(validity, 1).toDate(),
      subject: child(tbs, at + 5).toDER(),
      extensions: extensionsOf(tbs),
    };
  } catch {
    return undefined;
  }
}

/** Every certificate of a PEM text, in order; undefined where a block is none or there are more than 32. */
export function certificatesFromPem(pem: string): readonly Certificate[] | undefined {
  const blocks = readPem(pem.slice(0, 32 * certificateLimit)).filter(({ label }) => label === 'CERTIFICATE');
  const certificates = blocks.map(({ der }) => parseCertificate(der));
  if (certificates.length > 32) return undefined;
  return certificates.every((certificate) => certificate !== undefined) ? certificates : undefined;
}

/** The extension with that OID, or undefined. */
export function extensionOf(certificate: Certificate, oid: string): Extension | undefined {
  return certificate.extensions.find((extension) => extension.oid === oid);
}

/** The content of an extension as ASN.1, or undefined where it is absent or broken. */
export function extensionValue(certificate: Certificate, oid: string): ASN1Obj | undefined {
  const extension = extensionOf(certificate, oid);
  return extension === undefined ? undefined : parseAsn1(extension.value);
}

/** Parses DER, or says undefined. */
export function parseAsn1(der: Uint8Array): ASN1Obj | undefined {
  try {
    return ASN1Obj.parseBuffer(Buffer.from(der));
  } catch {
    return undefined;
  }
}

/** The same object with OCTET STRINGs left as they came: the parser unwraps what looks like ASN.1 inside them. */
export function opaque(object: ASN1Obj): ASN1Obj {
  return new ASN1Obj(object.tag, object.value, object.tag.isOctetString() ? [] : object.subs.map(opaque));
}

/** Whether the moment lies in the certificate's life; both ends count. */
export function livesAt(certificate: Certificate, at: Date): boolean {
  // Certificates know whole seconds; a timestamp within the last one still lies in it.
  const second = new Date(Math.floor(at.getTime() / 1000) * 1000);
  return certificate.notBefore <= second && second <= certificate.notAfter;
}

/** OIDs of critical extensions that are not understood here; a certificate with one is refused. */
export function unknownCritical(certificate: Certificate): readonly string[] {
  return certificate.extensions.filter(({ critical, oid }) => critical && !understood.has(oid)).map(({ oid }) => oid);
}

/** Purposes of RFC 5280 section 4.2.1.12, and whether the extension is critical. */
export function extendedKeyUsage(
  certificate: Certificate,
): { readonly critical: boolean; readonly oids: readonly string[] } | undefined {
  const extension = extensionOf(certificate, '2.5.29.37');
  const value = extension === undefined ? undefined : parseAsn1(extension.value);
  if (extension === undefined || value === undefined) return undefined;
  try {
    return { critical: extension.critical, oids: value.subs.map((purpose) => purpose.toOID()) };
  } catch {
    return undefined;
  }
}

/** Key usage bits of RFC 5280 section 4.2.1.3 by number; undefined without the extension. */
export function keyUsage(certificate: Certificate): readonly number[] | undefined {
  const value = extensionValue(certificate, '2.5.29.15');
  try {
    return value?.toBitString();
  } catch {
    return [];
  }
}

/** Whether the certificate may issue others, and how many authorities may stand below it. */
export function basicConstraints(certificate: Certificate): { readonly ca: boolean; readonly pathLength?: number } {
  const value = extensionValue(certificate, '2.5.29.19');
  try {
    const ca = value?.subs[0]?.tag.isBoolean() === true && value.subs[0].toBoolean();
    const length = value?.subs[1]?.toInteger();
    return { ca, ...(length === undefined ? {} : { pathLength: Number(length) }) };
  } catch {
    return { ca: false };
  }
}

/** Whether `issuer` is named by and has signed `certificate`. OpenSSL also compares the two algorithm fields. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!sameBytes(certificate.issuer, issuer.subject)) return false;
  try {
    return certificate.x509.verify(issuer.key.key);
  } catch {
    return false;
  }
}

function extensionsOf(tbs: ASN1Obj): readonly Extension[] {
  const list = tbs.subs.find((sub) => sub.tag.isContextSpecific(3))?.subs[0]?.subs ?? [];
  const extensions = list.map((item) => ({
    oid: child(item, 0).toOID(),
    critical: item.subs.length === 3 && child(item, 1).toBoolean(),
    value: child(item, item.subs.length - 1).value,
  }));
  // RFC 5280 section 4.2: not more than one instance; two readers could take different ones.
  if (new Set(extensions.map(({ oid }) => oid)).size !== extensions.length) throw new TypeError('extension twice');
  return extensions;
}

/** A member that has to be there. Thrown and caught inside this file. */
function child(parent: ASN1Obj, index: number): ASN1Obj {
  const found = parent.subs[index];
  if (found === undefined) throw new TypeError('certificate too short');
  return found;
}
