/** The certificates of the world's authorities, with validity taken from the world's clock. */
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { makeKey, sha256 } from './keys.ts';
import type { ServiceKey } from './keys.ts';

const day = 24 * 60 * 60 * 1000;
const algorithm = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' } as const;

/** A certificate and the key it speaks for. */
export interface Authority {
  readonly key: ServiceKey;
  /** DER. */
  readonly certificate: Buffer;
}

/** Root and what it vouches for. */
export interface Chain {
  readonly root: Authority;
  /** An issuing authority, or the certificate that signs timestamps. */
  readonly below: Authority;
}

/** What a certificate is to contain besides who signs it. */
export interface CertificateRequest {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly x509.Extension[];
  /** None for a leaf that names its holder in the alternative name only. */
  readonly subject?: string;
  /** Hex. */
  readonly serial: string;
}

/** A root, and below it either an authority that issues certificates or a certificate that signs timestamps. */
export async function makeChain(name: string, below: 'issuer' | 'timestamps', now: Date): Promise<Chain> {
  const root = await certify(makeKey(), { subject: `O=sigstore.test,CN=${name} root`, kind: 'root', now });
  const subject = `O=sigstore.test,CN=${name} ${below === 'issuer' ? 'intermediate' : 'signing'}`;
  return { root, below: await certify(makeKey(), { subject, kind: below, now, signedBy: root }) };
}

/** Signs a certificate. */
export async function issue(signedBy: Authority, request: CertificateRequest): Promise<Buffer> {
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: request.serial,
    ...(request.subject && { subject: request.subject }),
    issuer: new x509.X509Certificate(signedBy.certificate).subject,
    ...{ notBefore: request.notBefore, notAfter: request.notAfter, extensions: [...request.extensions] },
    publicKey: new x509.PublicKey(request.spki),
    signingKey: signedBy.key.privateKey.toCryptoKey(algorithm, true, ['sign']),
    signingAlgorithm: algorithm,
  });
  return Buffer.from(made.rawData);
}

/** A serial number of 16 bytes that is positive and as short as DER wants it. */
export function newSerial(): string {
  return `1${randomBytes(15).toString('hex')}0`;
}

/** The extensions that tie a certificate to its key and to its issuer's. */
export function keyIdentifiers(spki: Uint8Array, issuer: Uint8Array): readonly x509.Extension[] {
  return [
    new x509.SubjectKeyIdentifierExtension(sha256(spki).subarray(0, 20).toString('hex')),
    new x509.AuthorityKeyIdentifierExtension(sha256(issuer).subarray(0, 20).toString('hex')),
  ];
}

/** DER as PEM, LF at the end. */
export function certificatePem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

interface Certified {
  readonly subject: string;
  readonly kind: 'root' | 'issuer' | 'timestamps';
  readonly now: Date;
  readonly signedBy?: Authority;
}

async function certify(key: ServiceKey, { subject, kind, now, signedBy }: Certified): Promise<Authority> {
  const usage = x509.KeyUsageFlags;
  const extended = kind === 'timestamps' ? x509.ExtendedKeyUsage.timeStamping : x509.ExtendedKeyUsage.codeSigning;
  const request: CertificateRequest = {
    ...{ spki: key.spki, subject, serial: newSerial() },
    notBefore: new Date(now.getTime() - 365 * day),
    notAfter: new Date(now.getTime() + 3650 * day),
    extensions: [
      new x509.BasicConstraintsExtension(kind !== 'timestamps', kind === 'issuer' ? 0 : undefined, true),
      new x509.KeyUsagesExtension(
        kind === 'timestamps' ? usage.digitalSignature : usage.keyCertSign | usage.cRLSign,
        true,
      ),
      ...(kind === 'root' ? [] : [new x509.ExtendedKeyUsageExtension([extended], kind === 'timestamps')]),
      ...keyIdentifiers(key.spki, signedBy?.key.spki ?? key.spki),
    ],
  };
  if (signedBy !== undefined) return { key, certificate: await issue(signedBy, request) };
  return { key, certificate: await selfSign(key, subject, request) };
}

async function selfSign(key: ServiceKey, subject: string, request: CertificateRequest): Promise<Buffer> {
  const made = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: request.serial, subject, issuer: subject, signingAlgorithm: algorithm },
    ...{ notBefore: request.notBefore, notAfter: request.notAfter, extensions: [...request.extensions] },
    publicKey: new x509.PublicKey(request.spki),
    signingKey: key.privateKey.toCryptoKey(algorithm, true, ['sign']),
  });
  return Buffer.from(made.rawData);
}
