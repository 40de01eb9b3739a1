import { generateKeyPairSync, scryptSync } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../vectors-fixture.ts';
import { openKeyFile, sealKeyFile } from './key-file.ts';
import { writePem } from './pem.ts';
import { publicKeyOf } from './public-key.ts';

type KeyName = keyof typeof vectors.keys;
const names: readonly KeyName[] = ['p256', 'ed25519'];

function password(text: string): Buffer {
  return Buffer.from(text);
}

/** The key file of a vector with its JSON changed. */
function altered(name: KeyName, change: (body: string) => string, label = 'ENCRYPTED SIGSTORE PRIVATE KEY'): string {
  return writePem(label, Buffer.from(change(vectors.keys[name].jsonBody)));
}

function flippedBit(base64: string, bit = 0): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return bytes.toString('base64');
}

describe('an encrypted key file', () => {
  it.each(names)('of the vector %s opens with its password and holds its key', async (name) => {
    const { privatePem, password: text, pkcs8DerHex, keyIdHex } = vectors.keys[name];
    const key = await openKeyFile(privatePem, password(text));
    expect(key.export({ format: 'der', type: 'pkcs8' }).toString('hex')).toBe(pkcs8DerHex);
    expect(publicKeyOf(key).fingerprint).toBe(keyIdHex);
  });

  it.each(names)('of the vector %s is written again byte for byte', async (name) => {
    const vector = vectors.keys[name];
    const pieces = [vector.saltHex, vector.nonceHex].map((hex) => Buffer.from(hex, 'hex'));
    const pem = await sealKeyFile({
      pkcs8: Buffer.from(vector.pkcs8DerHex, 'hex'),
      password: password(vector.password),
      form: name === 'p256' ? 'current' : 'compatible',
      random: () => pieces.shift()!,
    });
    expect(pem).toBe(vector.privatePem);
  });

  it('overwrites the password, the plain key and nothing else', async () => {
    const secret = password('correct horse battery staple');
    await openKeyFile(vectors.keys.p256.privatePem, secret);
    expect(secret.every((byte) => byte === 0)).toBe(true);
    const pkcs8 = Buffer.from(vectors.keys.p256.pkcs8DerHex, 'hex');
    const other = password('another');
    await sealKeyFile({ pkcs8, password: other });
    expect([...pkcs8, ...other].every((byte) => byte === 0)).toBe(true);
  });

  it('overwrites the password even when the file is refused', async () => {
    const secret = password('kept nowhere');
    await expect(openKeyFile('nothing', secret)).rejects.toMatchObject({ code: 'key-file-invalid' });
    expect(secret.every((byte) => byte === 0)).toBe(true);
  });

  it.each([
    ['another password', 'x', (body: string) => body],
    [
      'a changed salt',
      '',
      (body: string) => body.replace(/"salt":"([^"]+)"/, (_, b: string) => `"salt":"${flippedBit(b)}"`),
    ],
    [
      'a changed nonce',
      '',
      (body: string) => body.replace(/"nonce":"([^"]+)"/, (_, b: string) => `"nonce":"${flippedBit(b)}"`),
    ],
    [
      'a changed authenticator',
      '',
      (body: string) => body.replace(/"ciphertext":"([^"]+)"/, (_, b: string) => `"ciphertext":"${flippedBit(b, 3)}"`),
    ],
    [
      'a changed ciphertext',
      '',
      (body: string) =>
        body.replace(/"ciphertext":"([^"]+)"/, (_, b: string) => `"ciphertext":"${flippedBit(b, 200)}"`),
    ],
    ['a truncated ciphertext', '', (body: string) => body.replace(/"ciphertext":"[^"]+"/, '"ciphertext":"AAAA"')],
  ])('does not open with %s, and says that password and damage look alike', async (_what, text, change) => {
    await expect(openKeyFile(altered('ed25519', change), password(text))).rejects.toMatchObject({
      code: 'key-password-wrong',
      message: expect.stringContaining('Wrong password, or key file damaged'),
    });
  });

  it.each([
    ['"N":32768', '"N":16384'],
    ['"N":32768', '"N":1048576'],
    ['"N":32768', '"N":1e99'],
    ['"r":8', '"r":16'],
    ['"p":1', '"p":2'],
  ])('refuses the cost parameters %s turned into %s before deriving anything', async (from, to) => {
    const pem = altered('ed25519', (body) => body.replace(from, to));
    await expect(openKeyFile(pem, password(''))).rejects.toMatchObject({
      code: 'key-file-unsupported',
      message: expect.stringContaining('unsupported scrypt parameters'),
    });
  });

  it('of the highest cost that others may choose opens too', async () => {
    const [salt, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)];
    const derived = scryptSync('high', salt, 32, { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 });
    const sealed = xsalsa20poly1305(derived, nonce).encrypt(Buffer.from(vectors.keys.p256.pkcs8DerHex, 'hex'));
    const pem = altered('p256', (body) =>
      body
        .replace('"N":65536', '"N":131072')
        .replace(/"salt":"[^"]+"/, `"salt":"${salt.toString('base64')}"`)
        .replace(/"nonce":"[^"]+"/, `"nonce":"${nonce.toString('base64')}"`)
        .replace(/"ciphertext":"[^"]+"/, `"ciphertext":"${Buffer.from(sealed).toString('base64')}"`),
    );
    expect(publicKeyOf(await openKeyFile(pem, password('high'))).fingerprint).toBe(vectors.keys.p256.keyIdHex);
  });

  it.each(['scrypt', 'nacl/secretbox'])('refuses another algorithm than %s by name', async (name) => {
    const pem = altered('ed25519', (body) => body.replace(`"${name}"`, '"other"'));
    await expect(openKeyFile(pem, password(''))).rejects.toMatchObject({ code: 'key-file-unsupported' });
  });

  it('says how a plain private key becomes an encrypted one', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await expect(openKeyFile(pem, password(''))).rejects.toMatchObject({
      code: 'key-file-unsupported',
      message: expect.stringContaining('unsupported pem type'),
      hint: expect.stringContaining('import-key-pair'),
    });
  });

  it('refuses a SEC1 key inside, as cosign does, and says what to do', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = privateKey.export({ format: 'der', type: 'sec1' });
    const pem = await sealKeyFile({ pkcs8: sec1, password: password('') });
    await expect(openKeyFile(pem, password(''))).rejects.toMatchObject({
      code: 'key-unusable',
      hint: expect.stringContaining('PKCS#8'),
    });
  });

  it('refuses a key of a kind that is not signed with', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const pem = await sealKeyFile({
      pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
      password: password(''),
    });
    await expect(openKeyFile(pem, password(''))).rejects.toMatchObject({ code: 'key-unusable' });
  });

  it('is found between other text, ignores members it does not know, and CRLF line ends', async () => {
    const pem = altered(
      'ed25519',
      (body) => body.replace('{"kdf"', '{"new":[1],"kdf"'),
      'ENCRYPTED COSIGN PRIVATE KEY',
    );
    const noisy = `a comment\r\n${pem.replaceAll('\n', '\r\n')}trailing`;
    const key = await openKeyFile(noisy, password(''));
    expect(publicKeyOf(key).hint).toBe(vectors.keys.ed25519.keyHint);
  });

  it('made here opens again, with any password', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const pem = await sealKeyFile({
          pkcs8: Buffer.from(vectors.keys.ed25519.pkcs8DerHex, 'hex'),
          password: password(text),
          form: 'compatible',
        });
        const key = await openKeyFile(pem, password(text));
        expect(publicKeyOf(key).fingerprint).toBe(vectors.keys.ed25519.keyIdHex);
      }),
      { numRuns: 2 },
    );
  });

  it('that is not one ends in a fault with a code, whatever it is', async () => {
    const body = fc.oneof(
      fc.json().map((text) => writePem('ENCRYPTED SIGSTORE PRIVATE KEY', Buffer.from(text))),
      fc.uint8Array().map((bytes) => writePem('ENCRYPTED COSIGN PRIVATE KEY', bytes)),
      fc.string({ maxLength: 500 }),
      fc.tuple(fc.nat(vectors.keys.p256.privatePem.length), fc.string({ maxLength: 3 })).map(([at, text]) => {
        const pem = vectors.keys.p256.privatePem;
        return pem.slice(0, at) + text + pem.slice(at + text.length + 1);
      }),
    );
    await fc.assert(
      fc.asyncProperty(body, async (pem) => {
        await expect(openKeyFile(pem, password('wrong'))).rejects.toMatchObject({
          code: expect.stringMatching(/^key-(?:file-invalid|file-unsupported|password-wrong|unusable)$/),
        });
      }),
      { numRuns: 60 },
    );
  });

  it('larger than a key can be is not even searched', async () => {
    await expect(openKeyFile('x'.repeat(70_000), password(''))).rejects.toMatchObject({ code: 'key-file-invalid' });
  });

  it('never puts the key into what it throws', async () => {
    const pem = await sealKeyFile({ pkcs8: Buffer.from('this is the secret'), password: password('') });
    const fault: unknown = await openKeyFile(pem, password('')).catch((error: unknown) => error);
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toContain('this is the secret');
  });
});
