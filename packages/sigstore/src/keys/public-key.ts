/** Public keys (SubjectPublicKeyInfo, RFC 5280) of the kinds images are signed with, and how people tell them apart. */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import { toBase64 } from '../json/base64.ts';
import { readPem, writePem } from './pem.ts';

/** The kinds of key that can sign. */
export type KeyAlgorithm =
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ed25519' };

/** A public key and its names. */
export interface PublicKey {
  readonly key: KeyObject;
  readonly algorithm: KeyAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** SHA-256 over {@link spki}, hex: how a key is named in messages and in log ids. */
  readonly fingerprint: string;
  /** The same value in base64: how a bundle names a key. */
  readonly hint: string;
}

/** Largest PEM text that is read as a key: an RSA key of 16384 bits takes about 3 KiB, a key file about 20. */
export const keyTextLimit = 64 * 1024;

// Smaller ones can be factored, larger ones make one check take seconds.
const rsaBits = { least: 2048, most: 16_384 } as const;

const curves: Readonly<Record<string, 'P-256' | 'P-384' | 'P-521'>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/**
 * Reads a public key from PEM: `PUBLIC KEY`, or `RSA PUBLIC KEY` (PKCS#1).
 *
 * @throws Fault `public-key-invalid` with what was found instead, `key-unusable`
 */
export function parsePublicKey(pem: string): PublicKey {
  const blocks = pem.length > keyTextLimit ? [] : readPem(pem);
  const block = blocks.find(({ label }) => label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY');
  if (block === undefined) throw notAPublicKey(blocks[0]?.label);
  try {
    const type = block.label === 'PUBLIC KEY' ? 'spki' : 'pkcs1';
    return describe(createPublicKey({ key: Buffer.from(block.der), format: 'der', type }));
  } catch (cause) {
    throw unreadable(cause);
  }
}

/**
 * Reads a public key from SubjectPublicKeyInfo in DER.
 *
 * @throws Fault `public-key-invalid`, `key-unusable`
 */
export function publicKeyFromSpki(spki: Uint8Array): PublicKey {
  try {
    return describe(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }));
  } catch (cause) {
    throw unreadable(cause);
  }
}

/**
 * The key a certificate vouches for; whether the certificate is trusted is not asked here.
 *
 * @throws Fault `public-key-invalid`, `key-unusable`
 */
export function publicKeyFromCertificate(certificate: Uint8Array | string): PublicKey {
  try {
    return describe(new X509Certificate(certificate).publicKey);
  } catch (cause) {
    throw unreadable(cause);
  }
}

/**
 * Names a key that Node already holds.
 *
 * @throws Fault `key-unusable`
 */
export function publicKeyOf(key: KeyObject): PublicKey {
  return describe(key.type === 'private' ? createPublicKey(key) : key);
}

/** PEM with label `PUBLIC KEY`, as `cosign.pub` has it. */
export function publicKeyPem(key: PublicKey): string {
  return writePem('PUBLIC KEY', key.spki);
}

/** The algorithm in words: `ECDSA P-256`, `RSA 3072`, `Ed25519`. */
export function algorithmName(algorithm: KeyAlgorithm): string {
  switch (algorithm.kind) {
    case 'ec':
      return `ECDSA ${algorithm.curve}`;
    case 'rsa':
      return `RSA ${algorithm.bits}`;
    case 'ed25519':
      return 'Ed25519';
  }
}

function describe(key: KeyObject): PublicKey {
  const algorithm = algorithmOf(key);
  const spki = key.export({ format: 'der', type: 'spki' });
  const digest = createHash('sha256').update(spki).digest();
  return { key, algorithm, spki, fingerprint: digest.toString('hex'), hint: toBase64(digest) };
}

/**
 * The algorithm of a public or private key.
 *
 * @throws Fault `key-unusable` for every kind, curve and size that is not signed with
 */
export function algorithmOf(key: KeyObject): KeyAlgorithm {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ed25519') return { kind: 'ed25519' };
  if (key.asymmetricKeyType === 'ec') {
    const curve = curves[details?.namedCurve ?? ''];
    if (curve !== undefined) return { kind: 'ec', curve };
    throw unusable(`an elliptic-curve key on the curve ${details?.namedCurve ?? 'without a name'}`);
  }
  if (key.asymmetricKeyType === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    if (bits >= rsaBits.least && bits <= rsaBits.most) return { kind: 'rsa', bits };
    throw unusable(`an RSA key of ${bits} bits`);
  }
  throw unusable(`a key of type ${key.asymmetricKeyType ?? 'unknown'}`);
}

function unusable(what: string): Error {
  return sigstoreFault({
    code: 'key-unusable',
    message: `This is ${what}; images are signed with ECDSA P-256, P-384, P-521, RSA from 2048 bits, or Ed25519.`,
    hint: 'Use a key of one of these kinds; ECDSA P-256 is understood by every verifier.',
    values: { what },
  });
}

function notAPublicKey(label: string | undefined): Error {
  const found = label === undefined ? 'no PEM block' : `a block labelled ${excerpt(label, 60)}`;
  return sigstoreFault({
    code: 'public-key-invalid',
    message: `No public key was found: the text holds ${found}, not PUBLIC KEY.`,
    hint: hintFor(label),
    values: { label: label ?? null },
  });
}

function hintFor(label: string | undefined): string {
  if (label === 'CERTIFICATE') return 'Pass a certificate with --certificate instead of --key.';
  if (label?.includes('PRIVATE KEY') === true) return 'Pass the public half: the .pub file written beside the key.';
  return 'Pass a PEM file that begins with -----BEGIN PUBLIC KEY-----.';
}

function unreadable(cause: unknown): unknown {
  if (cause instanceof Error && cause.name === 'Fault') return cause;
  return sigstoreFault({
    code: 'public-key-invalid',
    message: 'The public key cannot be read: its contents are not a SubjectPublicKeyInfo of a known algorithm.',
    hint: 'Check that the file is whole; print it again from the private key with `public-key`.',
    cause,
  });
}
