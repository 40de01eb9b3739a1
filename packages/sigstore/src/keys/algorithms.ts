/**
 * Which signature scheme belongs to which key. Writers and readers differ on purpose: cosign 2 and cosign 3 hash
 * with other functions for the same P-384, P-521 and Ed25519 keys, so the writer takes what the readers of each format
 * expect and the reader tries the fixed alternatives. The key, never the signer's bytes, decides what is tried.
 */
import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import type { KeyAlgorithm, PublicKey } from './public-key.ts';

/** Hash functions of `--signature-digest-algorithm`. */
export type DigestName = 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** Which generation a signature is made for: `.sig` tags and their readers, or sigstore bundles and theirs. */
export type SignatureUse = 'legacy' | 'bundle';

/** One way to make and check a signature. */
export type SignatureScheme =
  | { readonly kind: 'ecdsa'; readonly digest: DigestName }
  | { readonly kind: 'rsa-pkcs1'; readonly digest: DigestName }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'ed25519ph' };

// Node would check an RSA signature under the name of ECDSA if the key is an RSA key.
const kindOfKey = { ecdsa: 'ec', 'rsa-pkcs1': 'rsa', ed25519: 'ed25519', ed25519ph: 'ed25519' } as const;

const curveDigest = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const;

/** Choices of a writer. */
export interface SigningChoices {
  /** Instead of the digest the format expects. Ed25519 has no choice of digest. */
  readonly digest?: DigestName;
  /** Ed25519 with SHA-512 before it: what `hashedrekord` entries of a transparency log need. */
  readonly prehashed?: boolean;
}

/** The scheme a signature of this key is made with. RSA-PSS is never used. */
export function signingScheme(
  algorithm: KeyAlgorithm,
  use: SignatureUse,
  choices: SigningChoices = {},
): SignatureScheme {
  switch (algorithm.kind) {
    case 'ec':
      return {
        kind: 'ecdsa',
        digest: choices.digest ?? (use === 'legacy' ? 'sha256' : curveDigest[algorithm.curve]),
      };
    case 'rsa':
      return { kind: 'rsa-pkcs1', digest: choices.digest ?? 'sha256' };
    case 'ed25519':
      return { kind: choices.prehashed === true ? 'ed25519ph' : 'ed25519' };
  }
}

/** The schemes a signature of this key is checked with, in order. `digest` restricts to one; Ed25519 has none to restrict. */
export function verificationSchemes(algorithm: KeyAlgorithm, digest?: DigestName): readonly SignatureScheme[] {
  switch (algorithm.kind) {
    case 'ec': {
      const digests = digest === undefined ? new Set(['sha256', curveDigest[algorithm.curve]] as const) : [digest];
      return [...digests].map((name) => ({ kind: 'ecdsa', digest: name }));
    }
    case 'rsa':
      return [{ kind: 'rsa-pkcs1', digest: digest ?? 'sha256' }];
    case 'ed25519':
      return [{ kind: 'ed25519' }, { kind: 'ed25519ph' }];
  }
}

/** What is to be checked, and with what. */
export interface SignatureCheck {
  readonly publicKey: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Only this digest; without it the reader's list. */
  readonly digest?: DigestName;
  /** Exactly these schemes, where a log entry or a bundle names them. */
  readonly schemes?: readonly SignatureScheme[];
}

/** The scheme that succeeded, or undefined where the signature is not one of this key over this message. Never throws. */
export function checkSignature(check: SignatureCheck): SignatureScheme | undefined {
  const schemes = check.schemes ?? verificationSchemes(check.publicKey.algorithm, check.digest);
  return schemes.find((scheme) => verifies(scheme, check));
}

/** Makes a signature with a private key of Node. ECDSA signatures are DER. */
export function signWith(key: KeyObject, scheme: SignatureScheme, message: Uint8Array): Uint8Array {
  switch (scheme.kind) {
    case 'ecdsa':
    case 'rsa-pkcs1':
      return sign(scheme.digest, message, key);
    case 'ed25519':
      return sign(null, message, key);
    case 'ed25519ph':
      return signPrehashed(key, message);
  }
}

/** How a scheme is called in reports: `ECDSA with SHA-384`, `Ed25519ph`. */
export function schemeName(scheme: SignatureScheme): string {
  switch (scheme.kind) {
    case 'ecdsa':
      return `ECDSA with ${scheme.digest.toUpperCase().replace('SHA', 'SHA-')}`;
    case 'rsa-pkcs1':
      return `RSA PKCS#1 v1.5 with ${scheme.digest.toUpperCase().replace('SHA', 'SHA-')}`;
    case 'ed25519':
      return 'Ed25519';
    case 'ed25519ph':
      return 'Ed25519ph';
  }
}

function verifies(scheme: SignatureScheme, { publicKey, message, signature }: SignatureCheck): boolean {
  if (kindOfKey[scheme.kind] !== publicKey.algorithm.kind) return false;
  try {
    switch (scheme.kind) {
      case 'ecdsa':
        return isWholeDer(signature) && verify(scheme.digest, message, publicKey.key, signature);
      case 'rsa-pkcs1':
        return verify(scheme.digest, message, publicKey.key, signature);
      case 'ed25519':
        return signature.length === 64 && verify(null, message, publicKey.key, signature);
      case 'ed25519ph':
        // Not ZIP 215: other verifiers follow RFC 8032, and two readers must not disagree about one signature.
        return (
          signature.length === 64 && ed25519ph.verify(signature, message, rawEd25519(publicKey), { zip215: false })
        );
    }
  } catch {
    // A broken encoding: not a signature of this key.
    return false;
  }
}

/** Whether the bytes are one DER SEQUENCE to their very end; anything after it could be changed without notice. */
function isWholeDer(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30) return false;
  const length = bytes[1] ?? 0;
  if (length < 0x80) return bytes.length === 2 + length;
  return length === 0x81 && bytes.length === 3 + (bytes[2] ?? 0);
}

// SPKI of Ed25519 is a fixed head of 12 bytes and the 32 bytes of the key (RFC 8410).
function rawEd25519(key: PublicKey): Uint8Array {
  return key.spki.subarray(-32);
}

// PKCS#8 of Ed25519 ends with the 32 bytes of the seed (RFC 8410). Node has no Ed25519ph.
function signPrehashed(key: KeyObject, message: Uint8Array): Uint8Array {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  try {
    return ed25519ph.sign(message, pkcs8.subarray(-32));
  } finally {
    pkcs8.fill(0);
  }
}
