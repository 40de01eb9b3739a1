/** Certificates as PEM and as Node reads them. */
import { X509Certificate } from 'node:crypto';
import { excerpt } from '@pratique/runtime/fault';
import { tlsFault } from './errors.ts';

/** The most a PEM file may be, in characters: Kubernetes keeps at most 1 MiB in a Secret or ConfigMap. */
const maxPemLength = 1_048_576;

/** The most certificates in one file; the bundle of all public authorities has about 150. */
const maxCertificates = 512;

const block = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text in their order; text around the blocks is ignored, as everywhere.
 *
 * @param what names the text in messages: `ca.crt of Secret connaisseur-tls`
 * @throws Fault `certificate-unreadable` when a block is damaged, left open, or there are too many
 */
export function readCertificates(pem: string, what: string): readonly X509Certificate[] {
  if (pem.length > maxPemLength) throw unreadable(what, `it is longer than ${maxPemLength} characters`);
  const found = [...pem.matchAll(block)].map((match) => match[1] ?? '');
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun !== found.length) throw unreadable(what, 'a certificate in it is cut off');
  if (found.length > maxCertificates) throw unreadable(what, `it holds more than ${maxCertificates} certificates`);
  return found.map((body, index) => readOne(body, `certificate ${index + 1} of ${what}`));
}

/** A certificate as PEM, LF at the end. */
export function certificatePem(certificate: X509Certificate): string {
  return pemOf('CERTIFICATE', certificate.raw);
}

/** DER as PEM with that label, LF at the end. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/gu) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** SHA-256 over the certificate: 64 digits of lower-case hex, as log lines and metrics show it. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Whether the certificate was signed by its own key. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return isIssuedBy(certificate, certificate);
}

/** Whether `issuer` signed `certificate`: names, key identifiers and the signature itself. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    // For itself, checkIssued also wants the right to sign certificates, which a self-signed leaf does not have.
    const named = certificate === issuer ? certificate.subject === certificate.issuer : certificate.checkIssued(issuer);
    return named && certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind this Node cannot check has signed nothing we could rely on.
    return false;
  }
}

/** The subject in one line, safe to show. */
export function nameOf(certificate: X509Certificate): string {
  return excerpt(certificate.subject.replaceAll('\n', ', ') || '(no subject)', 120);
}

function readOne(body: string, what: string): X509Certificate {
  const text = body.replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw unreadable(what, 'it is not base64');
  try {
    return new X509Certificate(Buffer.from(text, 'base64'));
  } catch (cause) {
    throw unreadable(what, 'it is not a certificate', cause);
  }
}

function unreadable(what: string, why: string, cause?: unknown): Error {
  return tlsFault({
    code: 'certificate-unreadable',
    message: `The ${what} cannot be read: ${why}.`,
    hint: 'Put the whole PEM block there, from BEGIN to END, as `openssl x509 -in <file> -text` reads it.',
    values: { what, why },
    cause,
  });
}
