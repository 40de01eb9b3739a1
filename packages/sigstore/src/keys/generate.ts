import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { sealKeyFile } from './key-file.ts';
import type { KeyFileForm } from './key-file.ts';
import { publicKeyOf, publicKeyPem } from './public-key.ts';
import type { PublicKey } from './public-key.ts';

/** Both halves, ready to be written to files. */
export interface KeyPairFiles {
  /** Encrypted PEM, for a file that only its owner may read. */
  readonly privatePem: string;
  /** PEM labelled `PUBLIC KEY`. */
  readonly publicPem: string;
  readonly publicKey: PublicKey;
}

/** What a new key pair is protected with. */
export interface KeyProtection {
  /** UTF-8; empty is allowed; the bytes are overwritten. */
  readonly password: Uint8Array;
  readonly form?: KeyFileForm;
}

/** Makes an ECDSA P-256 key pair, the one kind that every verifier of images understands. */
export async function generateSigningKey({ password, form }: KeyProtection): Promise<KeyPairFiles> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const publicKey = publicKeyOf(privateKey);
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const privatePem = await sealKeyFile({ pkcs8, password, ...(form === undefined ? {} : { form }) });
  return { privatePem, publicPem: publicKeyPem(publicKey), publicKey };
}
