/** Certificates for tests, made of fixed keys at a fixed time, with anything about them wrong that a test asks for. */
import 'reflect-metadata';
import { createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { fixedKey } from './fixed-keys-fixture.ts';
import type { FixedKeyName } from './fixed-keys-fixture.ts';

/** The time in all tests here. */
export const noon = new Date('2026-06-01T12:00:00Z');
const year = 365 * 24 * 60 * 60 * 1000;

/** A moment so many days after {@link noon}. */
export function daysAfterNoon(days: number): Date {
  return new Date(noon.getTime() + days * 24 * 60 * 60 * 1000);
}

/** A certificate with its private key and what issued it. */
export interface Holder {
  readonly key: KeyObject;
  readonly der: Buffer;
  readonly issuer?: Holder;
}

/** What a certificate is to be; the rest is as the Notary Project wants it. */
export interface CertificateWish {
  readonly name: string;
  readonly key: FixedKeyName;
  /** Self-signed without. */
  readonly issuer?: Holder;
  readonly kind?: 'authority' | 'signer' | 'timestamps' | 'responder';
  readonly pathLength?: number;
  /** Bits of key usage; null for none. */
  readonly usage?: number | null;
  readonly isUsageCritical?: boolean;
  readonly purposes?: readonly string[];
  readonly isPurposeCritical?: boolean;
  readonly isAuthority?: boolean;
  readonly isConstraintCritical?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384';
  readonly ocsp?: readonly string[];
  readonly crl?: readonly string[];
  readonly serial?: string;
}

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** Makes a certificate. */
export async function certify(wish: CertificateWish): Promise<Holder> {
  const key = fixedKey(wish.key);
  const signer = wish.issuer?.key ?? key;
  const hash = wish.hash ?? 'SHA-256';
  const algorithm = algorithmOf(signer, hash);
  const subject = `O=Example,CN=${wish.name}`;
  const made = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: wish.serial ?? serialOf(wish.name), subject },
    issuer: wish.issuer === undefined ? subject : new x509.X509Certificate(wish.issuer.der).subject,
    notBefore: wish.notBefore ?? new Date(noon.getTime() - year),
    notAfter: wish.notAfter ?? new Date(noon.getTime() + year),
    publicKey: new x509.PublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' })),
    signingKey: signer.toCryptoKey(algorithm, true, ['sign']),
    signingAlgorithm: algorithm,
    extensions: extensionsOf(wish),
  });
  return { key, der: Buffer.from(made.rawData), ...(wish.issuer === undefined ? {} : { issuer: wish.issuer }) };
}

/** The chain of a certificate up to its root, in DER. */
export function chainOf(holder: Holder): readonly Buffer[] {
  return [holder.der, ...(holder.issuer === undefined ? [] : chainOf(holder.issuer))];
}

/** As settings hold certificates. */
export function certificateOf(holder: Holder): X509Certificate {
  return new X509Certificate(holder.der);
}

/** PEM, with the certificates above it where asked for. */
export function pemOf(...ders: readonly Buffer[]): string {
  return ders.map((der) => new X509Certificate(der).toString()).join('');
}

function extensionsOf(wish: CertificateWish): x509.Extension[] {
  const kind = wish.kind ?? 'signer';
  const flags = x509.KeyUsageFlags;
  const isAuthority = wish.isAuthority ?? kind === 'authority';
  const usage =
    wish.usage === undefined ? (isAuthority ? flags.keyCertSign | flags.cRLSign : flags.digitalSignature) : wish.usage;
  const purposes = wish.purposes ?? purposesOf(kind);
  const constraints = new x509.BasicConstraintsExtension(
    isAuthority,
    wish.pathLength,
    wish.isConstraintCritical ?? true,
  );
  return [
    ...(isAuthority || wish.isConstraintCritical !== undefined ? [constraints] : []),
    ...(usage === null ? [] : [new x509.KeyUsagesExtension(usage, wish.isUsageCritical ?? true)]),
    ...(purposes.length === 0
      ? []
      : [new x509.ExtendedKeyUsageExtension([...purposes], wish.isPurposeCritical ?? kind === 'timestamps')]),
    ...(wish.ocsp === undefined ? [] : [new x509.AuthorityInfoAccessExtension({ ocsp: [...wish.ocsp] })]),
    ...(wish.crl === undefined ? [] : [new x509.CRLDistributionPointsExtension([...wish.crl])]),
  ];
}

function purposesOf(kind: NonNullable<CertificateWish['kind']>): readonly string[] {
  const { codeSigning, timeStamping, ocspSigning } = x509.ExtendedKeyUsage;
  if (kind === 'signer') return [codeSigning];
  if (kind === 'timestamps') return [timeStamping];
  return kind === 'responder' ? [ocspSigning] : [];
}

/** Node ignores the curve of an RSA key, so that one shape does for both. */
function algorithmOf(key: KeyObject, hash: string) {
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? '';
  return { name: key.asymmetricKeyType === 'rsa' ? 'RSASSA-PKCS1-v1_5' : 'ECDSA', hash, namedCurve };
}

/** The same name has the same serial number; the first digit keeps it positive and of one length. */
function serialOf(name: string): string {
  return `1${Buffer.from(name).toString('hex').padEnd(30, '1').slice(0, 30)}0`;
}
