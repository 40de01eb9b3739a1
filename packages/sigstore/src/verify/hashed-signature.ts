/**
 * Signatures over bytes of which only the digest is at hand (`verify-blob sha256:…`). Node verifies whole messages only, so ECDSA
 * is left to @noble/curves and RSA is opened and compared.
 */
import { constants, publicDecrypt } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import type { DigestName, SignatureScheme } from '../keys/algorithms.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { sameBytes } from './bytes.ts';

/** What is left of a message. */
export interface HashedMessage {
  readonly algorithm: DigestName;
  readonly hash: Uint8Array;
}

/** A signature over a hashed message. */
export interface HashedCheck {
  readonly publicKey: PublicKey;
  readonly message: HashedMessage;
  readonly signature: Uint8Array;
  /** Only this digest is accepted. */
  readonly digest?: DigestName | undefined;
}

/** The scheme that verifies, or undefined; Ed25519 signs the message itself and can never be checked this way. */
export function checkHashedSignature(check: HashedCheck): SignatureScheme | undefined {
  const { publicKey, message, digest } = check;
  if (digest !== undefined && digest !== message.algorithm) return undefined;
  try {
    if (publicKey.algorithm.kind === 'ec' && verifiesEcdsa(check)) return { kind: 'ecdsa', digest: message.algorithm };
    if (publicKey.algorithm.kind === 'rsa' && verifiesRsa(check))
      return { kind: 'rsa-pkcs1', digest: message.algorithm };
  } catch {
    // A broken encoding: no signature of this key.
  }
  return undefined;
}

const curves = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const;

function verifiesEcdsa({ publicKey, message, signature }: HashedCheck): boolean {
  if (publicKey.algorithm.kind !== 'ec') return false;
  const { x = '', y = '' } = publicKey.key.export({ format: 'jwk' });
  const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const how = { prehash: false, format: 'der', lowS: false } as const;
  return curves[publicKey.algorithm.curve].verify(signature, message.hash, point, how);
}

/** RFC 8017 section 9.2, note 1: what stands before the digest inside an RSA signature. */
const digestInfos: Readonly<Record<DigestName, string>> = {
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

function verifiesRsa({ publicKey, message, signature }: HashedCheck): boolean {
  const opened = publicDecrypt({ key: publicKey.key, padding: constants.RSA_PKCS1_PADDING }, signature);
  return sameBytes(opened, Buffer.concat([Buffer.from(digestInfos[message.algorithm], 'hex'), message.hash]));
}
