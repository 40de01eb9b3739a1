import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { vectors } from '../vectors-fixture.ts';
import { generateSigningKey } from './generate.ts';
import { importSigningKey } from './import-key.ts';
import { openKeyFile } from './key-file.ts';
import { parsePublicKey, publicKeyOf } from './public-key.ts';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const fast = { form: 'compatible' } as const;
const none = () => Buffer.alloc(0);

function pem(key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1'): string {
  return key.export({ format: 'pem', type }).toString();
}

describe('importing a key', () => {
  const p256 = ec('P-256');
  const rsa2048 = rsa(2048);

  it.each([
    ['PKCS#8 with ECDSA', p256, pem(p256, 'pkcs8')],
    ['SEC1', p256, pem(p256, 'sec1')],
    [
      'SEC1 behind its parameters',
      p256,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${pem(p256, 'sec1')}`,
    ],
    ['PKCS#1', rsa2048, pem(rsa2048, 'pkcs1')],
    ['PKCS#8 with RSA', rsa2048, pem(rsa2048, 'pkcs8')],
  ])('takes %s and writes PKCS#8 that opens', async (_what, key, text) => {
    const files = await importSigningKey(text, { password: none(), ...fast });
    const opened = await openKeyFile(files.privatePem, none());
    expect(opened.equals(key)).toBe(true);
    expect(parsePublicKey(files.publicPem).fingerprint).toBe(publicKeyOf(key).fingerprint);
  });

  it.each(['P-384', 'P-521'])('takes the curve %s', async (curve) => {
    const key = ec(curve);
    const files = await importSigningKey(pem(key, 'pkcs8'), { password: none(), ...fast });
    expect(files.publicKey.algorithm).toEqual({ kind: 'ec', curve });
  });

  it('takes Ed25519', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const files = await importSigningKey(pem(privateKey, 'pkcs8'), { password: none(), ...fast });
    expect(files.publicKey.algorithm).toEqual({ kind: 'ed25519' });
  });

  const protectedKey = p256.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
  const oldProtected = p256.export({ format: 'pem', type: 'sec1', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();

  it.each([
    ['a curve nobody verifies', pem(ec('secp256k1'), 'pkcs8'), 'key-unusable', /secp256k1/],
    ['RSA of 1024 bits', pem(rsa(1024), 'pkcs1'), 'key-unusable', /1024 bits/],
    ['RSA of 2560 bits', pem(rsa(2560), 'pkcs1'), 'key-unusable', /only 2048, 3072 and 4096/],
    ['encrypted PKCS#8', protectedKey, 'key-encrypted', /encrypted PKCS#8/],
    ['an encrypted SEC1 key', oldProtected, 'key-encrypted', /Proc-Type/],
    ['an encrypted sigstore key', vectors.keys.p256.privatePem, 'key-already-imported', /already/],
    ['an older encrypted key', vectors.keys.ed25519.privatePem, 'key-already-imported', /already/],
    ['a public key', vectors.keys.p256.publicPem, 'key-file-invalid', /PUBLIC KEY is not a private key/],
    ['no PEM', 'hello', 'key-file-invalid', /no PEM block/],
    [
      'a broken block',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      'key-file-invalid',
      /cannot be decoded/,
    ],
  ])('refuses %s with its own reason and next step', async (_what, text, code, why) => {
    const fault = await importSigningKey(text, { password: none(), ...fast }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code, message: expect.stringMatching(why), hint: expect.stringMatching(/\w+/) });
  });
});

describe('a generated key pair', () => {
  it('is ECDSA P-256 under its password and no other', async () => {
    const files = await generateSigningKey({ password: Buffer.from('one'), ...fast });
    expect(files.publicKey.algorithm).toEqual({ kind: 'ec', curve: 'P-256' });
    expect(files.privatePem).toMatch(/^-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n/);
    const opened = await openKeyFile(files.privatePem, Buffer.from('one'));
    expect(publicKeyOf(opened).fingerprint).toBe(parsePublicKey(files.publicPem).fingerprint);
    await expect(openKeyFile(files.privatePem, Buffer.from('two'))).rejects.toMatchObject({
      code: 'key-password-wrong',
    });
  });
});
