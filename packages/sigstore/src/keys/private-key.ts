/** Private keys in memory, and the one thing anybody needs from a private key wherever it lives: signatures. */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { sigstoreFault } from '../errors.ts';
import { checkSignature, signingScheme, signWith } from './algorithms.ts';
import type { SignatureUse, SigningChoices } from './algorithms.ts';
import { publicKeyOf } from './public-key.ts';
import type { PublicKey } from './public-key.ts';

/**
 * Makes signatures. A key in a file, a key-management service and a token all answer this one call, so that signing never
 * asks where the key lives.
 */
export interface Signer {
  readonly publicKey: PublicKey;
  /** Signs the bytes with the scheme that readers of `use` expect of this key; ECDSA as DER. */
  sign(bytes: Uint8Array, use: SignatureUse): Promise<Uint8Array>;
}

/**
 * A signer over a private key in this process. It checks each signature with the public key before it is handed out: a
 * faulty signature of a deterministic scheme can give the key away.
 *
 * @throws Fault `key-unusable` at once; `signing-failed` from `sign`
 *
 * @example
 * const signer = signerFor(await openKeyFile(pem, password));
 * const signature = await signer.sign(payload, 'legacy');
 */
export function signerFor(key: KeyObject, choices: SigningChoices = {}): Signer {
  const publicKey = publicKeyOf(key);
  return {
    publicKey,
    async sign(bytes, use) {
      const scheme = signingScheme(publicKey.algorithm, use, choices);
      const signature = signWith(key, scheme, bytes);
      if (checkSignature({ publicKey, message: bytes, signature, schemes: [scheme] }) === undefined) {
        throw badSignature(publicKey);
      }
      return signature;
    },
  };
}

/**
 * A signer around a call that signs elsewhere (a key-management service, a token). What comes back is checked with the
 * public key, so that the wrong key is noticed before anything is stored.
 *
 * @throws Fault `signing-failed` from `sign` when the signature is not one of this key; what the call throws passes
 */
export function remoteSigner(publicKey: PublicKey, sign: Signer['sign']): Signer {
  return {
    publicKey,
    async sign(bytes, use) {
      const signature = await sign(bytes, use);
      if (checkSignature({ publicKey, message: bytes, signature }) === undefined) throw badSignature(publicKey);
      return signature;
    },
  };
}

/**
 * Reads unencrypted PKCS#8 and overwrites the bytes given.
 *
 * @throws Error of Node where the bytes are no PKCS#8 key
 */
export function takePrivateKey(pkcs8: Uint8Array): KeyObject {
  try {
    const bytes = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.byteLength);
    return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  } finally {
    pkcs8.fill(0);
  }
}

function badSignature(publicKey: PublicKey): Error {
  return sigstoreFault({
    code: 'signing-failed',
    message: `The signature that was made is not one of the key ${publicKey.fingerprint}; nothing was stored.`,
    hint: 'Check that the private key and the public key belong together, and that the machine or service that signs is sound.',
    values: { fingerprint: publicKey.fingerprint },
  });
}
