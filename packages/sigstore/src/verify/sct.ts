/**
 * Signed certificate timestamps: the promise of a certificate log that it will show the certificate (RFC 6962 section 3).
 * The list inside a certificate is checked over the certificate without the list.
 */
import { ASN1Obj } from '@sigstore/core';
import { checkSignature } from '../keys/algorithms.ts';
import type { SignatureScheme } from '../keys/algorithms.ts';
import { countsAt, logName } from '../trust/trust-material.ts';
import type { TrustedLog } from '../trust/trust-material.ts';
import { digestOf, sameBytes, toHex } from './bytes.ts';
import { held, stopped } from './check.ts';
import type { Checked } from './check.ts';
import { extensionOf, opaque, parseAsn1 } from './x509.ts';
import type { Certificate } from './x509.ts';

/** One promise, as TLS encodes it. */
export interface CertificateTimestamp {
  readonly logId: Uint8Array;
  /** Eight bytes, milliseconds since 1970. */
  readonly timestamp: Uint8Array;
  readonly extensions: Uint8Array;
  readonly hashAlgorithm: number;
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

const listOid = '1.3.6.1.4.1.11129.2.4.2';
const sha256 = 4;

/**
 * At least one promise of a log that is trusted; those of other logs are passed over, a wrong one of a trusted log is fatal.
 * Answers with the names of the logs.
 */
export function verifyCertificateLog(
  leaf: Certificate,
  issuer: Certificate,
  logs: readonly TrustedLog[],
): Checked<readonly string[]> {
  const extension = extensionOf(leaf, listOid);
  if (extension === undefined) {
    return stopped(
      'sct-missing',
      'The certificate carries no promise of a certificate log, and one is required.',
      'If your certificate authority uses no certificate log, verify with --insecure-ignore-sct.',
    );
  }
  const promises = timestampsOf(extension.value);
  const signed = promises === undefined ? undefined : precertificate(leaf, issuer);
  if (promises === undefined || signed === undefined) return invalid('cannot be read');
  const names: string[] = [];
  for (const promise of promises) {
    // A log may be listed once for each time it counted.
    const known = logs.filter(({ logId }) => sameBytes(logId, promise.logId));
    const [log] = known;
    if (log === undefined) continue;
    const flaw = flawIn(promise, signed, known);
    if (flaw !== undefined) return invalid(flaw);
    names.push(logName(log));
  }
  return names.length > 0 ? held(names) : noneKnown(promises);
}

function flawIn(promise: CertificateTimestamp, signed: Uint8Array, known: readonly TrustedLog[]): string | undefined {
  const names = known.map(logName).join(', ');
  const signers = known.filter((log) => isSigned(promise, signed, log));
  if (signers.length === 0) return `was not signed by ${names}, or is for another certificate`;
  const counts = signers.some(({ validFor }) => countsAt(validFor, timeOf(promise)));
  return counts ? undefined : `was made outside of the time ${names} counts`;
}

/** The list inside the extension: an OCTET STRING with a TLS vector of TLS vectors. Undefined where it is anything else. */
export function timestampsOf(value: Uint8Array): readonly CertificateTimestamp[] | undefined {
  // Read by hand: what is inside could by chance look like ASN.1, and the parser would then unwrap it.
  const list = octetString(value);
  if (list === undefined) return undefined;
  const items = vectors(list);
  const parsed = items?.map(timestampOf);
  return parsed?.every((item) => item !== undefined) === true && parsed.length > 0 ? parsed : undefined;
}

function octetString(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 0x04) return undefined;
  const first = der[1] ?? 0;
  const head = first < 0x80 ? 2 : 2 + (first & 0x7f);
  if (head > 4) return undefined;
  let length = first < 0x80 ? first : 0;
  for (const byte of der.subarray(2, head)) length = length * 256 + byte;
  return der.length === head + length ? der.subarray(head) : undefined;
}

function vectors(list: Uint8Array): readonly Uint8Array[] | undefined {
  const view = Buffer.from(list);
  if (view.length < 2 || view.readUInt16BE(0) !== view.length - 2) return undefined;
  const items: Uint8Array[] = [];
  for (let at = 2; at < view.length;) {
    if (at + 2 > view.length) return undefined;
    const end = at + 2 + view.readUInt16BE(at);
    if (end > view.length) return undefined;
    items.push(view.subarray(at + 2, end));
    at = end;
  }
  return items;
}

function timestampOf(bytes: Uint8Array): CertificateTimestamp | undefined {
  const view = Buffer.from(bytes);
  // version 1, log id 32, time 8, length 2
  if (view.length < 47 || view[0] !== 0) return undefined;
  const after = 43 + view.readUInt16BE(41);
  if (after + 4 > view.length || after + 4 + view.readUInt16BE(after + 2) !== view.length) return undefined;
  return {
    logId: view.subarray(1, 33),
    timestamp: view.subarray(33, 41),
    extensions: view.subarray(43, after),
    hashAlgorithm: view[after]!,
    signatureAlgorithm: view[after + 1]!,
    signature: view.subarray(after + 4),
  };
}

/** RFC 6962 section 3.2: hash of the issuer's key, and the certificate's body without the list, with its length. */
function precertificate(leaf: Certificate, issuer: Certificate): Uint8Array | undefined {
  const tbs = withoutList(leaf.der);
  if (tbs === undefined) return undefined;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(tbs.length);
  return Buffer.concat([digestOf('sha256', issuer.key.spki), length.subarray(1), tbs]);
}

function withoutList(der: Uint8Array): Uint8Array | undefined {
  const tbs = parseAsn1(der)?.subs[0];
  const extensions = tbs?.subs.find((sub) => sub.tag.isContextSpecific(3))?.subs[0];
  if (tbs === undefined || extensions === undefined) return undefined;
  const others = extensions.subs.filter((extension) => extension.subs[0]?.toOID() !== listOid);
  const kept = new ASN1Obj(extensions.tag, extensions.value, others.map(opaque));
  const members = tbs.subs.map((sub) => (sub.tag.isContextSpecific(3) ? new ASN1Obj(sub.tag, sub.value, [kept]) : sub));
  return new ASN1Obj(tbs.tag, tbs.value, members).toDER();
}

function isSigned(promise: CertificateTimestamp, precertificateEntry: Uint8Array, log: TrustedLog): boolean {
  const lengths = Buffer.alloc(2);
  lengths.writeUInt16BE(promise.extensions.length);
  const message = Buffer.concat([
    Uint8Array.of(0, 0), // version 1, certificate timestamp
    promise.timestamp,
    Uint8Array.of(0, 1), // precertificate entry
    precertificateEntry,
    lengths,
    promise.extensions,
  ]);
  const scheme = schemeOf(promise, log);
  if (scheme === undefined) return false;
  return checkSignature({ publicKey: log.key, message, signature: promise.signature, schemes: [scheme] }) !== undefined;
}

/** RFC 6962 section 2.1.4 knows ECDSA and RSA, both with SHA-256; the two bytes must agree with the log's key. */
function schemeOf(promise: CertificateTimestamp, log: TrustedLog): SignatureScheme | undefined {
  if (promise.hashAlgorithm !== sha256) return undefined;
  const { kind } = log.key.algorithm;
  if (kind === 'ec' && promise.signatureAlgorithm === 3) return { kind: 'ecdsa', digest: 'sha256' };
  if (kind === 'rsa' && promise.signatureAlgorithm === 1) return { kind: 'rsa-pkcs1', digest: 'sha256' };
  return undefined;
}

function timeOf(promise: CertificateTimestamp): Date {
  return new Date(Number(Buffer.from(promise.timestamp).readBigUInt64BE()));
}

function invalid(what: string): Checked<never> {
  return stopped(
    'sct-invalid',
    `A promise of a certificate log in the certificate ${what}.`,
    'The certificate was altered, or the trusted root has another key for this log; refresh it with `trust update`.',
  );
}

function noneKnown(promises: readonly CertificateTimestamp[]): Checked<never> {
  const ids = promises.map(({ logId }) => toHex(logId)).join(', ');
  return stopped(
    'sct-invalid',
    `The certificate carries promises of the certificate logs ${ids}; none of them is trusted here.`,
    'Refresh the trusted root (`trust update`), or add the key with SIGSTORE_CT_LOG_PUBLIC_KEY_FILE.',
  );
}
