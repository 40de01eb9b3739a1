/** Making certificates. The library for it is loaded with the first one: most processes only read them. */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type * as x509 from '@peculiar/x509';
import { pemOf } from './certificate.ts';
import { tlsFault } from './errors.ts';

type Library = typeof x509;

/** Bytes nobody can guess; `crypto.randomBytes` in programs. */
export type Randomness = (size: number) => Uint8Array;

/** What every certificate of ours is made from. */
export interface Making {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: Randomness;
}

/** A certificate to be made. */
export interface CertificatePlan extends Making {
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Who signs; itself where absent. */
  readonly issuer?: { readonly certificate: X509Certificate; readonly key: KeyObject };
  readonly ownKey: KeyObject;
  readonly extensions: (library: Library) => readonly x509.Extension[];
}

const curves = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' } as const;

/** A new key on P-256. */
export function newKey(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** A private key as PEM (PKCS #8). */
export function keyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** Signs a certificate with the identifiers of its key and its issuer's (RFC 5280, 4.2.1.1 and 4.2.1.2). */
export async function makeCertificate(plan: CertificatePlan): Promise<{ certificate: X509Certificate; pem: string }> {
  const library = await loadLibrary();
  const issuer = plan.issuer?.certificate;
  const signingKey = plan.issuer?.key ?? plan.ownKey;
  const algorithm = signingAlgorithm(signingKey);
  const made = await library.X509CertificateGenerator.create({
    serialNumber: serialFrom(plan.random),
    subject: plan.subject,
    issuer: issuer === undefined ? plan.subject : new library.X509Certificate(issuer.raw).subject,
    notBefore: new Date(plan.notBefore),
    notAfter: new Date(plan.notAfter),
    publicKey: new library.PublicKey(spkiOf(plan.publicKey)),
    signingKey: signingKey.toCryptoKey(algorithm, true, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [
      ...plan.extensions(library),
      new library.SubjectKeyIdentifierExtension(keyIdentifier(plan.publicKey)),
      new library.AuthorityKeyIdentifierExtension(keyIdentifier(issuer?.publicKey ?? plan.publicKey)),
    ],
  });
  const der = Buffer.from(made.rawData);
  return { certificate: new X509Certificate(der), pem: pemOf('CERTIFICATE', der) };
}

let loading: Promise<Library> | undefined;

async function loadLibrary(): Promise<Library> {
  loading ??= import('reflect-metadata').then(() => import('@peculiar/x509'));
  return loading;
}

/** Keys of ours are on P-256; an authority that somebody brings may be another. */
function signingAlgorithm(key: KeyObject): { name: string; hash: string; namedCurve?: string } {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve as keyof typeof curves];
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (curve !== undefined) return { name: 'ECDSA', hash: 'SHA-256', namedCurve: curve };
  throw tlsFault({
    code: 'certificate-request-invalid',
    message: `The certificate was not made: an authority with a key of type ${key.asymmetricKeyType ?? 'unknown'} is not supported.`,
    hint: 'Give the authority an RSA key, or one on P-256, P-384 or P-521.',
  });
}

// Sixteen bytes, positive and of one length in DER whatever chance gives.
function serialFrom(random: Randomness): string {
  const bytes = Buffer.from(random(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function keyIdentifier(key: KeyObject): string {
  return createHash('sha256').update(spkiOf(key)).digest('hex').slice(0, 40);
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}
