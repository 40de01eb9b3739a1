/** Certificates for tests of TLS: an authority, and servers and clients it vouches for. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' } as const;
const day = 86_400_000;

/** Key and certificate in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends Pair {
  /** A certificate for these names or addresses, valid between two days counted from today. */
  issue(names: readonly string[], days?: { readonly from: number; readonly to: number }): Promise<Pair>;
}

/** Makes an authority of its own. */
export async function makeAuthority(name: string): Promise<TestAuthority> {
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    cert: made.toString('pem'),
    key: await keyPem(keys.privateKey),
    issue: (names, days = { from: -1, to: 1 }) => issue({ issuer: made.subject, signer: keys.privateKey }, names, days),
  };
}

async function issue(
  by: { readonly issuer: string; readonly signer: webcrypto.CryptoKey },
  names: readonly string[],
  days: { readonly from: number; readonly to: number },
): Promise<Pair> {
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: `0${Math.floor(Math.random() * 1e9)}`,
    subject: `CN=${names[0] ?? 'nobody'}`,
    issuer: by.issuer,
    notBefore: new Date(Date.now() + days.from * day),
    notAfter: new Date(Date.now() + days.to * day),
    publicKey: keys.publicKey,
    signingKey: by.signer,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: /^[\d.]+$/.test(name) ? 'ip' : 'dns', value: name }) as const),
      ),
    ],
  });
  return { cert: made.toString('pem'), key: await keyPem(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
