/**
 * Encrypted private key files as cosign, skopeo and podman write and read them: PEM around JSON that names scrypt and
 * NaCl secretbox, around PKCS#8.
 */
import { randomBytes, scrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { shapeOf } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import Type from 'typebox';
import { sigstoreFault } from '../errors.ts';
import { strictBase64, toBase64 } from '../json/base64.ts';
import { goJson } from '../json/go-json.ts';
import { isJsonObject } from '../json/strict-json.ts';
import { readPem, writePem } from './pem.ts';
import { takePrivateKey } from './private-key.ts';
import { algorithmOf, keyTextLimit } from './public-key.ts';

/** Which readers a key file is written for: `current` is what cosign writes since 2.2, `compatible` what its oldest releases read. */
export type KeyFileForm = 'current' | 'compatible';

const forms = {
  current: { label: 'ENCRYPTED SIGSTORE PRIVATE KEY', cost: 65_536 },
  compatible: { label: 'ENCRYPTED COSIGN PRIVATE KEY', cost: 32_768 },
} as const;

/** PEM labels of encrypted keys; both have the same contents. */
export const keyFileLabels: readonly string[] = Object.values(forms).map(({ label }) => label);

// Exactly what cosign accepts; a larger N would let a hostile file take all memory.
const costs: readonly number[] = [32_768, 65_536, 131_072];
// scrypt takes 128 * N * r bytes: 128 MiB for the largest N. Node's own limit is 32 MiB.
const derivationMemory = 256 * 1024 * 1024;

const sealedKey = Type.Object({
  kdf: Type.Object({
    name: Type.String(),
    params: Type.Object({ N: Type.Number(), r: Type.Number(), p: Type.Number() }),
    salt: Type.String(),
  }),
  cipher: Type.Object({ name: Type.String(), nonce: Type.String() }),
  ciphertext: Type.String(),
});
const sealedShape = shapeOf(sealedKey);

interface Sealed {
  readonly cost: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * Opens an encrypted key file. **The bytes of the password are overwritten**, so that they do not stay in memory.
 *
 * @throws Fault `key-file-unsupported`, `key-file-invalid`, `key-password-wrong`, `key-unusable`
 *
 * @example
 * const key = await openKeyFile(await readFile('cosign.key', 'utf8'), Buffer.from(password));
 */
export async function openKeyFile(pem: string, password: Uint8Array): Promise<KeyObject> {
  try {
    const sealed = readSealed(pem);
    const derived = await derive(password, sealed.salt, sealed.cost);
    return readInner(unseal(sealed, derived));
  } finally {
    password.fill(0);
  }
}

/** A private key and what it is written with. */
export interface KeyFileWrite {
  /** PKCS#8 DER, unencrypted; overwritten. */
  readonly pkcs8: Uint8Array;
  /** UTF-8; empty is allowed; overwritten. */
  readonly password: Uint8Array;
  /** @default 'current' */
  readonly form?: KeyFileForm;
  /** Source of salt and nonce, so that a known file can be made again. */
  readonly random?: (length: number) => Uint8Array;
}

/** Writes an encrypted key file as PEM text. The bytes of key and password are overwritten. */
export async function sealKeyFile({
  pkcs8,
  password,
  form = 'current',
  random = randomBytes,
}: KeyFileWrite): Promise<string> {
  const { label, cost } = forms[form];
  const salt = random(32);
  const nonce = random(24);
  try {
    const derived = await derive(password, salt, cost);
    const ciphertext = xsalsa20poly1305(derived, nonce).encrypt(pkcs8);
    derived.fill(0);
    const body = goJson({
      kdf: { name: 'scrypt', params: { N: cost, r: 8, p: 1 }, salt: toBase64(salt) },
      cipher: { name: 'nacl/secretbox', nonce: toBase64(nonce) },
      ciphertext: toBase64(ciphertext),
    });
    return writePem(label, Buffer.from(body));
  } finally {
    pkcs8.fill(0);
    password.fill(0);
  }
}

function readSealed(pem: string): Sealed {
  if (pem.length > keyTextLimit) throw damaged(`is larger than ${keyTextLimit / 1024} KiB`);
  const block = readPem(pem)[0];
  if (block === undefined) throw damaged('holds no PEM block');
  if (!keyFileLabels.includes(block.label))
    throw unsupported(`its PEM type is ${excerpt(block.label, 60)}`, block.label);
  const body = parseJson(block.der);
  if (!isJsonObject(body) || !sealedShape.fits(body)) throw damaged('is not the JSON of an encrypted key');
  const { name, params, salt } = body.kdf;
  if (name !== 'scrypt') throw unsupported(`its key derivation is ${excerpt(name, 40)}, not scrypt`);
  if (body.cipher.name !== 'nacl/secretbox') {
    throw unsupported(`its cipher is ${excerpt(body.cipher.name, 40)}, not nacl/secretbox`);
  }
  if (!costs.includes(params.N) || params.r !== 8 || params.p !== 1) {
    throw unsupported(`unsupported scrypt parameters N=${params.N}, r=${params.r}, p=${params.p}`);
  }
  return {
    cost: params.N,
    salt: exactBytes(salt, 'salt', 32),
    nonce: exactBytes(body.cipher.nonce, 'nonce', 24),
    ciphertext: exactBytes(body.ciphertext, 'ciphertext'),
  };
}

// Duplicate members are harmless here: the contents are authenticated, and other readers take the last one too.
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function exactBytes(text: string, what: string, length?: number): Uint8Array {
  const bytes = strictBase64(text);
  if (bytes === undefined || (length !== undefined && bytes.length !== length)) {
    throw damaged(`has a ${what} that is not base64 of ${length ?? 'any'} bytes`);
  }
  return bytes;
}

async function derive(password: Uint8Array, salt: Uint8Array, cost: number): Promise<Uint8Array> {
  const run = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);
  return run(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: derivationMemory });
}

function unseal(sealed: Sealed, derived: Uint8Array): Uint8Array {
  try {
    return xsalsa20poly1305(derived, sealed.nonce).decrypt(sealed.ciphertext);
  } catch {
    throw sigstoreFault({
      code: 'key-password-wrong',
      message: 'Wrong password, or key file damaged: the private key could not be decrypted.',
      hint: 'Try the password again; a password read from a pipe includes the line feed at its end. If it is right, restore the file from a backup.',
    });
  } finally {
    derived.fill(0);
  }
}

function readInner(pkcs8: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = takePrivateKey(pkcs8);
  } catch (cause) {
    throw sigstoreFault({
      code: 'key-unusable',
      message: 'The password is right, but the key inside the file is not PKCS#8.',
      hint: 'Convert the original key to PKCS#8 (`openssl pkcs8 -topk8 -nocrypt`) and import it again.',
      cause,
    });
  }
  algorithmOf(key);
  return key;
}

function damaged(what: string): Error {
  return sigstoreFault({
    code: 'key-file-invalid',
    message: `The private key file ${what}.`,
    hint: 'Check that the right file was given and that it is whole.',
    values: { detail: what },
  });
}

function unsupported(what: string, label?: string): Error {
  const plain = label?.endsWith('PRIVATE KEY') === true;
  return sigstoreFault({
    code: 'key-file-unsupported',
    message: `The private key file is not read: ${what}${label === undefined ? '' : ' (unsupported pem type)'}.`,
    hint: plain
      ? 'Encrypt the key first: `import-key-pair --key FILE`.'
      : 'Use a key made by generate-key-pair or import-key-pair.',
    values: { detail: what },
  });
}
