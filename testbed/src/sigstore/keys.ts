import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A key of one of the world's services, made at start and gone with it. */
export interface ServiceKey {
  readonly kind: 'p256' | 'ed25519';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly pem: string;
  /** SHA-256 over the SubjectPublicKeyInfo: the name of an ECDSA log. */
  readonly id: Buffer;
}

/** SHA-256. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Makes a key. */
export function makeKey(kind: 'p256' | 'ed25519' = 'p256'): ServiceKey {
  const { privateKey, publicKey } =
    kind === 'p256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { kind, privateKey, publicKey, spki, pem, id: sha256(spki) };
}

/** ECDSA with SHA-256 as DER, or pure Ed25519. */
export function signWith(key: ServiceKey, bytes: Uint8Array): Buffer {
  return sign(key.kind === 'p256' ? 'sha256' : null, bytes, key.privateKey);
}
