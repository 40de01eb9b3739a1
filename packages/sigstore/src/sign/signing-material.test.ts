import { createHash, generateKeyPairSync } from 'node:crypto';
import { createMemoryStore } from '@pratique/oci';
import { describe, expect, it } from 'vitest';
import { newSigner, noWaiting, putImage } from '../attachment/attachment-fixture.ts';
import { parseBundle } from '../bundle/bundle-parse.ts';
import { writeSignStatement } from '../bundle/statement.ts';
import { signerFor } from '../keys/private-key.ts';
import { vectors } from '../vectors-fixture.ts';
import { makeEnvelopeBundle, makeLayer } from './make-signature.ts';
import type { TimestampAuthority } from './services.ts';
import { signImage } from './sign-image.ts';
import { bundleMaterial, loggedDigest, logVerifier, makeSignature } from './signing-material.ts';

const bytes = Buffer.from('what is signed');

describe('a signature that is made', () => {
  it('tells the scheme its signer chose, also one that readers do not try', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signer = signerFor(privateKey, { digest: 'sha512' });
    expect(await makeSignature(signer, bytes, 'legacy')).toMatchObject({ scheme: { kind: 'ecdsa', digest: 'sha512' } });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const chosen = signerFor(rsa.privateKey, { digest: 'sha384' });
    expect(await makeSignature(chosen, bytes, 'bundle')).toMatchObject({
      scheme: { kind: 'rsa-pkcs1', digest: 'sha384' },
    });
  });

  it('of a chosen digest is stored and read back', async () => {
    const store = createMemoryStore();
    await putImage(store, 'app', '1');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const material = { signer: signerFor(privateKey, { digest: 'sha384' }) };
    const reference = { registry: 'registry.example.com', repository: 'app' };
    const result = await signImage({ store, target: '1', reference, material, now: new Date(0), ...noWaiting() });
    expect(result).toMatchObject({ partial: false });
  });

  it('by another key than it says is refused', async () => {
    const { publicKey } = newSigner();
    const { sign } = newSigner();
    await expect(makeSignature({ publicKey, sign }, bytes, 'legacy')).rejects.toMatchObject({ code: 'signing-failed' });
  });
});

describe('what stands beside it', () => {
  it('names the key by its hint, to logs by itself', () => {
    const signer = newSigner();
    expect(bundleMaterial({ signer })).toEqual({ kind: 'public-key', hint: signer.publicKey.hint });
    expect(logVerifier({ signer })).toEqual({ kind: 'public-key', der: signer.publicKey.spki });
    const certificate = { leaf: Buffer.from('leaf'), chain: [] };
    expect(bundleMaterial({ signer, certificate })).toEqual({ kind: 'certificate', der: certificate.leaf });
    expect(logVerifier({ signer, certificate })).toEqual({ kind: 'certificate', der: certificate.leaf });
  });

  it.each([
    [{ kind: 'ecdsa', digest: 'sha256' }, 'sha256'],
    [{ kind: 'ecdsa', digest: 'sha384' }, 'sha384'],
    [{ kind: 'rsa-pkcs1', digest: 'sha512' }, 'sha512'],
    [{ kind: 'ed25519ph' }, 'sha512'],
  ] as const)('is logged with the digest that was signed (%o)', (scheme, algorithm) => {
    expect(loggedDigest(scheme, bytes)).toEqual({ algorithm, digest: createHash(algorithm).update(bytes).digest() });
  });

  it.each([{ kind: 'ed25519' }, { kind: 'ecdsa', digest: 'sha224' }] as const)('cannot be logged as %o', (scheme) => {
    expect(() => loggedDigest(scheme, bytes)).toThrow(expect.objectContaining({ code: 'signature-option-invalid' }));
  });

  it('is stamped over the raw signature, one timestamp in a layer, all in a bundle', async () => {
    const covered: Uint8Array[] = [];
    const authority = (name: string): TimestampAuthority => ({
      url: name,
      stamp: async (signature) => (covered.push(signature), Buffer.from(name)),
    });
    const material = { signer: newSigner(), timestampAuthorities: [authority('one'), authority('two')] };
    const layer = await makeLayer(material, bytes);
    expect(covered).toEqual([layer.signature]);
    expect(layer.annotations['dev.sigstore.cosign/rfc3161timestamp']).toBe(
      `{"SignedRFC3161Timestamp":"${Buffer.from('one').toString('base64')}"}`,
    );
    const bundle = parseBundle(await makeEnvelopeBundle(material, writeSignStatement(vectors.imageDigest)));
    expect(bundle.timestamps.map((bytesOf) => Buffer.from(bytesOf).toString())).toEqual(['one', 'two']);
    if (bundle.content.kind !== 'envelope') throw new Error('it holds an envelope');
    expect(covered.slice(1)).toEqual(
      Array.from(
        { length: 2 },
        () => bundle.content.kind === 'envelope' && bundle.content.envelope.signatures[0]?.signature,
      ),
    );
  });
});
