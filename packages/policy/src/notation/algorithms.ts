/** Signature algorithms of the Notary Project; kind and size of the key allow exactly one (signature specification, "Algorithm Selection"). */
import { constants, verify } from 'node:crypto';
import type { PublicKey } from '@pratique/sigstore';

/** As JWS names them; RFC 7518 and RFC 9053 define them. */
export type AlgorithmName = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

interface Algorithm {
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  /** How COSE numbers it. */
  readonly cose: number;
  readonly key: string;
  /** Bytes of an ECDSA signature, r and s one after the other. */
  readonly length?: number;
}

const algorithms: Readonly<Record<AlgorithmName, Algorithm>> = {
  PS256: { digest: 'sha256', cose: -37, key: 'RSA 2048' },
  PS384: { digest: 'sha384', cose: -38, key: 'RSA 3072' },
  PS512: { digest: 'sha512', cose: -39, key: 'RSA 4096' },
  ES256: { digest: 'sha256', cose: -7, key: 'ECDSA P-256', length: 64 },
  ES384: { digest: 'sha384', cose: -35, key: 'ECDSA P-384', length: 96 },
  ES512: { digest: 'sha512', cose: -36, key: 'ECDSA P-521', length: 132 },
};

const names = Object.keys(algorithms) as readonly AlgorithmName[];

/** The algorithm with that name of JWS or that number of COSE, or undefined. */
export function algorithmNamed(label: unknown): AlgorithmName | undefined {
  return names.find((name) => name === label || algorithms[name].cose === label);
}

/** The algorithm this key signs with, or undefined for keys the Notary Project does not use. */
export function algorithmOfKey({ algorithm }: PublicKey): AlgorithmName | undefined {
  const key = keyText(algorithm);
  return names.find((name) => algorithms[name].key === key);
}

/** Kind and size of a key: `RSA 3072`. */
export function keyText(algorithm: PublicKey['algorithm']): string {
  if (algorithm.kind === 'ec') return `ECDSA ${algorithm.curve}`;
  return algorithm.kind === 'rsa' ? `RSA ${algorithm.bits}` : 'Ed25519';
}

/** What is to be checked. */
export interface SignatureToCheck {
  readonly algorithm: AlgorithmName;
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Whether the signature is one of this key over this message. Never throws. */
export function isSignedWith({ algorithm, key, message, signature }: SignatureToCheck): boolean {
  const { digest, length } = algorithms[algorithm];
  // Node would check an RSA signature under the name of ECDSA if the key is an RSA key.
  if (algorithmOfKey(key) !== algorithm || (length !== undefined && signature.length !== length)) return false;
  try {
    if (length !== undefined) return verify(digest, message, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature);
    const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
    return verify(digest, message, { key: key.key, padding, saltLength }, signature);
  } catch {
    return false;
  }
}
