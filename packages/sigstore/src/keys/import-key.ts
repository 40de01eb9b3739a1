/** Taking over a private key that other tools made, and saying precisely why one is not taken. */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import type { SigstoreFaultCode } from '../errors.ts';
import type { KeyPairFiles, KeyProtection } from './generate.ts';
import { keyFileLabels, sealKeyFile } from './key-file.ts';
import { readPem } from './pem.ts';
import type { PemBlock } from './pem.ts';
import { algorithmOf, keyTextLimit, publicKeyOf, publicKeyPem } from './public-key.ts';

const types = { 'PRIVATE KEY': 'pkcs8', 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' } as const;
const rsaSizes: readonly number[] = [2048, 3072, 4096];

/**
 * Encrypts a plain private key in PEM: PKCS#8, PKCS#1 or SEC1 with RSA of 2048, 3072 or 4096 bits, ECDSA P-256, P-384
 * or P-521, or Ed25519. A leading `EC PARAMETERS` block, as OpenSSL writes it, is skipped.
 *
 * @throws Fault `key-encrypted`, `key-already-imported`, `key-unusable`, `key-file-invalid`
 */
export async function importSigningKey(pem: string, { password, form }: KeyProtection): Promise<KeyPairFiles> {
  try {
    const key = readPlainKey(pem);
    const publicKey = publicKeyOf(key);
    const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
    const privatePem = await sealKeyFile({ pkcs8, password, ...(form === undefined ? {} : { form }) });
    return { privatePem, publicPem: publicKeyPem(publicKey), publicKey };
  } finally {
    password.fill(0);
  }
}

function readPlainKey(pem: string): KeyObject {
  const block = pem.length > keyTextLimit ? undefined : readPem(pem).find(({ label }) => label !== 'EC PARAMETERS');
  if (block === undefined) {
    throw refused('key-file-invalid', 'It holds no PEM block.', 'Pass a PEM file that begins with -----BEGIN.');
  }
  refuseProtected(block);
  const key = readBlock(block);
  const algorithm = algorithmOf(key);
  if (algorithm.kind === 'rsa' && !rsaSizes.includes(algorithm.bits)) {
    throw refused(
      'key-unusable',
      `It is an RSA key of ${algorithm.bits} bits; cosign takes only 2048, 3072 and 4096.`,
      'Make a key of one of these sizes, or better an ECDSA P-256 key with generate-key-pair.',
    );
  }
  return key;
}

function refuseProtected({ label, headers }: PemBlock): void {
  if (keyFileLabels.includes(label)) {
    throw refused(
      'key-already-imported',
      'It is already an encrypted sigstore key.',
      'Use it as it is with --key; there is nothing to import.',
    );
  }
  if (label === 'ENCRYPTED PRIVATE KEY') {
    throw refused(
      'key-encrypted',
      'It is protected by a password (encrypted PKCS#8).',
      'Decrypt it first: `openssl pkcs8 -in FILE -out plain.pem`, import plain.pem, then delete it.',
    );
  }
  if (/ENCRYPTED/.test(headers['Proc-Type'] ?? '')) {
    throw refused(
      'key-encrypted',
      'It is protected by a password (Proc-Type: 4,ENCRYPTED).',
      'Decrypt it first: `openssl pkey -in FILE -out plain.pem`, import plain.pem, then delete it.',
    );
  }
}

function readBlock({ label, der }: PemBlock): KeyObject {
  const type = Object.hasOwn(types, label) ? types[label as keyof typeof types] : undefined;
  if (type === undefined) {
    throw refused(
      'key-file-invalid',
      `Its PEM type ${excerpt(label, 60)} is not a private key.`,
      'Pass a file labelled PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY.',
    );
  }
  try {
    return createPrivateKey({ key: Buffer.from(der.buffer, der.byteOffset, der.byteLength), format: 'der', type });
  } catch {
    // No cause: what the decoder says may quote the key.
    throw refused(
      'key-file-invalid',
      `Its block ${label} cannot be decoded.`,
      'Check that the file is whole: `openssl pkey -in FILE -noout -check`.',
    );
  } finally {
    der.fill(0);
  }
}

function refused(code: SigstoreFaultCode, why: string, hint: string): Error {
  return sigstoreFault({ code, message: `The key is not imported. ${why}`, hint });
}
