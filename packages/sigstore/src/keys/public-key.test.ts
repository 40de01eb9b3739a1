import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../vectors-fixture.ts';
import { openKeyFile } from './key-file.ts';
import { parseKeyReference } from './key-reference.ts';
import { readPem, writePem } from './pem.ts';
import { remoteSigner, signerFor } from './private-key.ts';
import { algorithmName, parsePublicKey, publicKeyFromSpki, publicKeyOf, publicKeyPem } from './public-key.ts';

describe('a public key', () => {
  it.each([vectors.keys.p256, vectors.keys.ed25519])('of a vector has its fingerprint, hint and PEM', (vector) => {
    const key = parsePublicKey(vector.publicPem);
    expect(key).toMatchObject({ fingerprint: vector.keyIdHex, hint: vector.keyHint });
    expect(publicKeyPem(key)).toBe(vector.publicPem);
    expect(publicKeyFromSpki(key.spki).fingerprint).toBe(vector.keyIdHex);
  });

  it('is read from PKCS#1 too', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ format: 'pem', type: 'pkcs1' }).toString();
    expect(algorithmName(parsePublicKey(pem).algorithm)).toBe('RSA 2048');
  });

  it.each([
    ['', 'public-key-invalid', /no PEM block/, /BEGIN PUBLIC KEY/],
    [vectors.keys.p256.privatePem, 'public-key-invalid', /ENCRYPTED SIGSTORE PRIVATE KEY/, /\.pub/],
    [writePem('CERTIFICATE', Buffer.from('x')), 'public-key-invalid', /CERTIFICATE/, /--certificate/],
    [writePem('PUBLIC KEY', Buffer.from('x')), 'public-key-invalid', /cannot be read/, /whole/],
  ])('is refused with what was found instead', (pem, code, message, hint) => {
    expect(() => parsePublicKey(pem)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) }),
    );
  });

  it.each([
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['1024', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['x25519', generateKeyPairSync('x25519').publicKey],
  ])('of a kind that is not signed with (%s) is refused', (what, key) => {
    expect(() => publicKeyOf(key)).toThrow(
      expect.objectContaining({ code: 'key-unusable', message: expect.stringContaining(what) }),
    );
  });

  it('of random bytes ends in a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => publicKeyFromSpki(bytes)).toThrow(expect.objectContaining({ name: 'Fault' }));
      }),
    );
  });
});

describe('PEM', () => {
  it('written is read again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const [block, ...more] = readPem(`before\n${writePem('ANY LABEL', bytes)}after`);
        expect(more).toHaveLength(0);
        expect(Buffer.from(block!.der).equals(bytes)).toBe(true);
      }),
    );
  });

  it('without an end, with another end, or with a body that is not base64 is no block', () => {
    expect(readPem('-----BEGIN A-----\nAAAA\n')).toEqual([]);
    expect(readPem('-----BEGIN A-----\nAAAA\n-----END B-----\n')).toEqual([]);
    expect(readPem('-----BEGIN A-----\nAA*A\n-----END A-----\n')).toEqual([]);
  });
});

describe('a signer', () => {
  it('of a key file makes signatures of its public key', async () => {
    const signer = signerFor(await openKeyFile(vectors.keys.ed25519.privatePem, Buffer.alloc(0)));
    const signature = await signer.sign(Buffer.from(vectors.simpleSigning[0]!.payload), 'legacy');
    expect(Buffer.from(signature).toString('base64')).toBe(vectors.simpleSigning[0]!.ed25519SignatureB64);
  });

  it('elsewhere is not believed when its signature is of another key', async () => {
    const other = signerFor(generateKeyPairSync('ed25519').privateKey);
    const signer = remoteSigner(parsePublicKey(vectors.keys.ed25519.publicPem), other.sign);
    await expect(signer.sign(Buffer.from('x'), 'bundle')).rejects.toMatchObject({ code: 'signing-failed' });
  });
});

describe('a key reference', () => {
  it.each([
    ['cosign.key', { kind: 'path', path: 'cosign.key' }],
    ['/keys/a b', { kind: 'path', path: '/keys/a b' }],
    ['env://MY_KEY', { kind: 'environment', name: 'MY_KEY' }],
    ['https://example.com/cosign.pub', { kind: 'url', url: 'https://example.com/cosign.pub', secure: true }],
    ['http://example.com/cosign.pub', { kind: 'url', url: 'http://example.com/cosign.pub', secure: false }],
    ['k8s://team/signing', { kind: 'kubernetes', namespace: 'team', name: 'signing' }],
    ['awskms:///alias/x', { kind: 'kms', provider: 'aws', key: '/alias/x' }],
    ['hashivault://k', { kind: 'kms', provider: 'hashivault', key: 'k' }],
    ['pkcs11:token=x', { kind: 'pkcs11', uri: 'pkcs11:token=x' }],
    ['gitlab://group/project', { kind: 'gitlab', project: 'group/project' }],
  ])('%s is understood', (text, expected) => {
    expect(parseKeyReference(text)).toEqual(expected);
  });

  it.each(['', 'env://', 'env://a b', 'k8s://one', 'k8s://a/b/c', 'k8s://../x', 'ftp://x', 'https://', 'a\0b'])(
    '%j is refused',
    (text) => {
      expect(() => parseKeyReference(text)).toThrow(expect.objectContaining({ code: 'key-reference-invalid' }));
    },
  );

  it('does not repeat a password of an address', () => {
    expect(() => parseKeyReference('ftp://user:secret@host/x')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
