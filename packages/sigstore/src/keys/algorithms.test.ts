import { constants, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../vectors-fixture.ts';
import { checkSignature, schemeName, signingScheme, signWith, verificationSchemes } from './algorithms.ts';
import { takePrivateKey } from './private-key.ts';
import { parsePublicKey, publicKeyOf } from './public-key.ts';

const message = Buffer.from('what is signed');
const keys = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
};

describe('the scheme of a signature', () => {
  it.each([
    ['p256', 'legacy', 'ECDSA with SHA-256'],
    ['p256', 'bundle', 'ECDSA with SHA-256'],
    ['p384', 'legacy', 'ECDSA with SHA-256'],
    ['p384', 'bundle', 'ECDSA with SHA-384'],
    ['p521', 'legacy', 'ECDSA with SHA-256'],
    ['p521', 'bundle', 'ECDSA with SHA-512'],
    ['rsa', 'legacy', 'RSA PKCS#1 v1.5 with SHA-256'],
    ['rsa', 'bundle', 'RSA PKCS#1 v1.5 with SHA-256'],
    ['ed25519', 'legacy', 'Ed25519'],
    ['ed25519', 'bundle', 'Ed25519'],
  ] as const)('of a %s key for %s is %s, and the reader finds it', (name, use, expected) => {
    const publicKey = publicKeyOf(keys[name]);
    const scheme = signingScheme(publicKey.algorithm, use);
    expect(schemeName(scheme)).toBe(expected);
    const signature = signWith(keys[name], scheme, message);
    expect(checkSignature({ publicKey, message, signature })).toEqual(scheme);
  });

  it('can be chosen for elliptic curves and RSA', () => {
    expect(signingScheme(publicKeyOf(keys.p256).algorithm, 'legacy', { digest: 'sha512' })).toEqual({
      kind: 'ecdsa',
      digest: 'sha512',
    });
  });

  it('restricted to one digest refuses the others', () => {
    const publicKey = publicKeyOf(keys.p384);
    const signature = sign('sha384', message, keys.p384);
    expect(checkSignature({ publicKey, message, signature, digest: 'sha256' })).toBeUndefined();
    expect(checkSignature({ publicKey, message, signature, digest: 'sha384' })).toEqual({
      kind: 'ecdsa',
      digest: 'sha384',
    });
  });

  it('does not include a hash that the curve does not name', () => {
    const publicKey = publicKeyOf(keys.p384);
    expect(checkSignature({ publicKey, message, signature: sign('sha512', message, keys.p384) })).toBeUndefined();
    expect(verificationSchemes(publicKey.algorithm)).toHaveLength(2);
  });

  it('prehashed Ed25519 differs from pure, and both are read', () => {
    const publicKey = publicKeyOf(keys.ed25519);
    const prehashed = signWith(
      keys.ed25519,
      signingScheme(publicKey.algorithm, 'bundle', { prehashed: true }),
      message,
    );
    expect(checkSignature({ publicKey, message, signature: prehashed })).toEqual({ kind: 'ed25519ph' });
    expect(
      checkSignature({ publicKey, message, signature: prehashed, schemes: [{ kind: 'ed25519' }] }),
    ).toBeUndefined();
  });

  it('prehashed Ed25519 reproduces the example of RFC 8032 section 7.3', () => {
    const seed = '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42';
    const key = takePrivateKey(Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'));
    const signature = signWith(key, { kind: 'ed25519ph' }, Buffer.from('abc'));
    expect(Buffer.from(signature).toString('hex')).toBe(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    );
  });

  it('never is RSA-PSS', () => {
    const publicKey = publicKeyOf(keys.rsa);
    const pss = sign('sha256', message, { key: keys.rsa, padding: constants.RSA_PKCS1_PSS_PADDING });
    expect(checkSignature({ publicKey, message, signature: pss })).toBeUndefined();
  });

  it('named by somebody else must fit the key', () => {
    const publicKey = publicKeyOf(keys.rsa);
    const signature = sign('sha256', message, keys.rsa);
    expect(
      checkSignature({ publicKey, message, signature, schemes: [{ kind: 'ecdsa', digest: 'sha256' }] }),
    ).toBeUndefined();
  });
});

describe('a signature', () => {
  it.each(vectors.simpleSigning.map((vector, index) => [index, vector] as const))(
    'over payload vector %i is reproduced with Ed25519',
    (_index, vector) => {
      const key = takePrivateKey(Buffer.from(vectors.keys.ed25519.pkcs8DerHex, 'hex'));
      const signature = signWith(key, { kind: 'ed25519' }, Buffer.from(vector.payload));
      expect(Buffer.from(signature).toString('base64')).toBe(vector.ed25519SignatureB64);
    },
  );

  const publicKey = parsePublicKey(vectors.keys.p256.publicPem);
  const payload = Buffer.from(vectors.simpleSigning[0]!.payload);
  const signature = Buffer.from(vectors.simpleSigning[0]!.p256SignatureB64!, 'base64');

  it('of the P-256 vector verifies', () => {
    expect(checkSignature({ publicKey, message: payload, signature })).toEqual({ kind: 'ecdsa', digest: 'sha256' });
  });

  it('with bytes after its DER value is refused', () => {
    const longer = Buffer.concat([signature, Buffer.from([0])]);
    expect(checkSignature({ publicKey, message: payload, signature: longer })).toBeUndefined();
  });

  it('with one bit changed, in it or in the message, is refused', () => {
    const any = fc.tuple(fc.constantFrom('signature', 'message'), fc.nat(signature.length * 8 - 1));
    fc.assert(
      fc.property(any, ([where, bit]) => {
        const changed = { message: Buffer.from(payload), signature: Buffer.from(signature) };
        changed[where as 'message' | 'signature'][bit >> 3]! ^= 1 << (bit & 7);
        expect(checkSignature({ publicKey, ...changed })).toBeUndefined();
      }),
    );
  });

  it('of random bytes never verifies and never throws, for any kind of key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...Object.values(keys)), (bytes, key) => {
        expect(checkSignature({ publicKey: publicKeyOf(key), message, signature: bytes })).toBeUndefined();
      }),
    );
  });
});
