import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeAttestation, writeSignStatement } from '../bundle/statement.ts';
import { signWith } from '../keys/algorithms.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { vectors } from '../vectors-fixture.ts';
import {
  bundleCandidate,
  flipped,
  imageDigest,
  judged,
  keyPolicy,
  layer,
  newKey,
  payloadFor,
  read,
  reasonOf,
  signedBundle,
  signedLayer,
} from './evidence-fixture.ts';

const key = newKey();

describe('a signature by key', () => {
  it.each(['P-256', 'P-384', 'P-521', 'rsa', 'ed25519'] as const)('of kind %s verifies in both formats', (kind) => {
    const own = newKey(kind);
    expect(judged(keyPolicy(own), [signedLayer(own)]).outcome).toBe('verified');
    expect(judged(keyPolicy(own), [signedBundle(own)]).outcome).toBe('verified');
  });

  it('names key, format and place of the one that was found', () => {
    const verdict = judged(keyPolicy(key), [signedLayer(key)]);
    expect(verdict.accepted).toHaveLength(1);
    expect(verdict.accepted[0]).toMatchObject({
      format: 'legacy',
      kind: 'signature',
      proof: { signer: { kind: 'key', fingerprint: key.publicKey.fingerprint, algorithm: 'ECDSA with SHA-256' } },
    });
  });

  it('stops at the first valid candidate unless a full report is asked for', () => {
    const candidates = [signedLayer(newKey()), signedLayer(key), signedBundle(key)];
    expect(judged(keyPolicy(key), candidates).candidates.map(({ valid }) => valid)).toEqual([false, true]);
    const full = judged(keyPolicy(key, { report: 'full' }), candidates);
    expect(full.candidates.map(({ valid }) => valid)).toEqual([false, true, true]);
    expect(full.accepted.map(({ format }) => format)).toEqual(['legacy', 'bundle']);
  });

  it('looks only where the policy says', () => {
    const candidates = [signedLayer(key), signedBundle(key)];
    expect(judged(keyPolicy(key, { formats: 'bundle' }), candidates).accepted[0]?.format).toBe('bundle');
    expect(judged(keyPolicy(key, { formats: 'bundle' }), [signedLayer(key)]).outcome).toBe('no-signatures');
  });

  it('accepts the signatures of the vectors, as older and newer tools made them', () => {
    const [payload] = vectors.simpleSigning;
    for (const [name, signature] of [
      ['p256', payload!.p256SignatureB64!],
      ['ed25519', payload!.ed25519SignatureB64],
    ] as const) {
      const own = parsePublicKey(vectors.keys[name].publicPem);
      const candidate = layer(Buffer.from(payload!.payload), { signature: Buffer.from(signature, 'base64') });
      const policy = { signer: { kind: 'key', key: { key: own } }, log: 'ignored' } as const;
      expect(judged(policy, [candidate], { digest: vectors.imageDigest }).outcome).toBe('verified');
    }
    const own = parsePublicKey(vectors.keys.ed25519.publicPem);
    const policy = {
      signer: { kind: 'keys', keys: [{ key: own }] },
      log: 'ignored',
      annotations: { build: '42' },
    } as const;
    const bundle = bundleCandidate(Buffer.from(vectors.bundle.json));
    expect(judged(policy, [bundle], { digest: vectors.imageDigest }).outcome).toBe('verified');
  });
});

describe('a candidate is refused', () => {
  it('as wrong key, naming both, where the material names its key', () => {
    const other = newKey();
    const verdict = judged(keyPolicy(key), [signedBundle(other)]);
    expect(reasonOf(verdict)).toBe('wrong-key');
    expect(verdict.detail).toContain(other.publicKey.fingerprint);
    expect(verdict.detail).toContain(key.publicKey.fingerprint);
  });

  it('as invalid where nothing names the key', () => {
    expect(reasonOf(judged(keyPolicy(key), [signedLayer(newKey())]))).toBe('signature-invalid');
  });

  it('for another digest, saying which', () => {
    const other = `sha256:${'a'.repeat(64)}`;
    for (const candidate of [signedLayer(key, payloadFor(other)), signedBundle(key, writeSignStatement(other))]) {
      const verdict = judged(keyPolicy(key), [candidate]);
      expect(reasonOf(verdict)).toBe('digest-mismatch');
      expect(verdict.detail).toContain(other);
    }
  });

  it('without the annotations that are wanted, and not for others besides', () => {
    const has = { build: '42', branch: 'main' };
    for (const candidate of [
      signedLayer(key, payloadFor(imageDigest, has)),
      signedBundle(key, writeSignStatement(imageDigest, has)),
    ]) {
      expect(judged(keyPolicy(key, { annotations: { build: '42' } }), [candidate]).outcome).toBe('verified');
      expect(reasonOf(judged(keyPolicy(key, { annotations: { build: '43' } }), [candidate]))).toBe(
        'annotation-mismatch',
      );
      expect(reasonOf(judged(keyPolicy(key, { annotations: { tester: 'x' } }), [candidate]))).toBe(
        'annotation-mismatch',
      );
    }
  });

  it('where its type is not that of an image signature', () => {
    const text = Buffer.from(payloadFor()).toString().replace('cosign container image signature', 'something else');
    expect(reasonOf(judged(keyPolicy(key), [signedLayer(key, Buffer.from(text))]))).toBe('unsupported-format');
  });

  it('where a member is there twice', () => {
    const text = Buffer.from(payloadFor())
      .toString()
      .replace('"optional":null', '"optional":null,"optional":{"a":"b"}');
    expect(reasonOf(judged(keyPolicy(key), [signedLayer(key, Buffer.from(text))]))).toBe('unsupported-format');
  });

  it('where its bytes are gone or altered', () => {
    const whole = signedLayer(key);
    expect(reasonOf(judged(keyPolicy(key), [{ ...whole, payload: { state: 'missing' } }]))).toBe('blob-missing');
    const corrupt = { state: 'corrupt', detail: 'another digest' } as const;
    expect(reasonOf(judged(keyPolicy(key), [{ ...whole, payload: corrupt }]))).toBe('blob-corrupt');
    expect(reasonOf(judged(keyPolicy(key), [{ ...signedBundle(key), bundle: { state: 'missing' } }]))).toBe(
      'blob-missing',
    );
  });

  it('where the signature is absent, empty or not base64', () => {
    const whole = signedLayer(key);
    for (const text of [undefined, '', 'not base64!']) {
      const annotations: Record<string, string> = text === undefined ? {} : { [layerAnnotations.signature]: text };
      expect(reasonOf(judged(keyPolicy(key), [{ ...whole, annotations }]))).toBe('unsupported-format');
    }
  });

  it('for a log entry that is not there, where one is required', () => {
    const policy = keyPolicy(key, { log: 'required' });
    const verdict = judged(policy, [signedLayer(key)]);
    expect(verdict.outcome).toBe('trust-material');
    expect(verdict.fault?.code).toBe('trust-material-missing');
  });

  it('for a name of another repository only where that is demanded, and noted otherwise', () => {
    const elsewhere = { repository: 'registry.example.com/mirror/app' };
    const noted = judged(keyPolicy(key), [signedLayer(key)], elsewhere);
    expect(noted.outcome).toBe('verified');
    expect(noted.warnings.join()).toContain('registry.example.com/mirror/app');
    expect(reasonOf(judged(keyPolicy(key, { requireRepository: true }), [signedLayer(key)], elsewhere))).toBe(
      'repository-mismatch',
    );
  });

  it('where only one digest is allowed and another was used', () => {
    const own = newKey('P-384');
    expect(judged(keyPolicy(own, { digestAlgorithm: 'sha384' }), [signedBundle(own)]).outcome).toBe('verified');
    expect(reasonOf(judged(keyPolicy(own, { digestAlgorithm: 'sha256' }), [signedBundle(own)]))).toBe(
      'signature-invalid',
    );
  });
});

describe('outcomes', () => {
  it('say no signatures only where every source was read', () => {
    expect(judged(keyPolicy(key), []).outcome).toBe('no-signatures');
  });

  it('tell attestations from signatures, and take any predicate only when told to', () => {
    const statement = writeAttestation({
      name: 'registry.example.com/team/app',
      digest: imageDigest,
      predicateType: 'https://spdx.dev/Document',
      predicate: {},
    });
    const attestation = signedBundle(key, statement);
    expect(judged(keyPolicy(key), [attestation]).outcome).toBe('attestations-only');
    expect(judged(keyPolicy(key, { acceptAnyPredicate: true }), [attestation]).outcome).toBe('verified');
    expect(judged(keyPolicy(key), [signedLayer(newKey()), attestation]).outcome).toBe('no-match');
  });

  it('take a signature over the manifest itself, with the manifest at hand', () => {
    const content = Buffer.from('{"schemaVersion":2}');
    const candidate = messageBundle(content);
    const digest = `sha256:${vectorsDigest(content)}`;
    expect(judged(keyPolicy(key), [candidate], { digest, content }).outcome).toBe('verified');
    expect(reasonOf(judged(keyPolicy(key), [candidate], { digest }))).toBe('unsupported-format');
    expect(reasonOf(judged(keyPolicy(key), [candidate], { digest, content: Buffer.from('{}') }))).toBe(
      'unsupported-format',
    );
  });
});

describe('any single bit', () => {
  it('of payload or signature of the tag format makes the candidate invalid', () => {
    const payload = payloadFor();
    const signature = signWith(key.privateKey, { kind: 'ecdsa', digest: 'sha256' }, payload);
    expect(judged(keyPolicy(key), [layer(payload, { signature })]).outcome).toBe('verified');
    fc.assert(
      fc.property(fc.nat(8 * payload.length - 1), fc.nat(8 * signature.length - 1), (inPayload, inSignature) => {
        const altered = { ...layer(payload, { signature }), payload: read(flipped(payload, inPayload)) };
        expect(judged(keyPolicy(key), [altered]).outcome).toBe('no-match');
        expect(judged(keyPolicy(key), [layer(payload, { signature: flipped(signature, inSignature) })]).outcome).toBe(
          'no-match',
        );
      }),
      { numRuns: 300 },
    );
  });

  it('of a bundle never makes another one valid than the one that was signed', () => {
    const { bundle } = signedBundle(key);
    if (bundle.state !== 'read') throw new Error('fixture');
    const accepted = JSON.parse(Buffer.from(bundle.bytes).toString()).dsseEnvelope;
    fc.assert(
      fc.property(fc.nat(8 * bundle.bytes.length - 1), (bit) => {
        const altered = flipped(bundle.bytes, bit);
        const verdict = judged(keyPolicy(key), [bundleCandidate(altered)]);
        // Spelling, hint and unknown members are not signed; what is signed must be the same bytes.
        if (verdict.outcome !== 'verified') return;
        const envelope = JSON.parse(Buffer.from(altered).toString()).dsseEnvelope;
        expect(Buffer.from(envelope.payload, 'base64')).toEqual(Buffer.from(accepted.payload, 'base64'));
      }),
      { numRuns: 500 },
    );
  });
});

function messageBundle(content: Uint8Array): ReturnType<typeof bundleCandidate> {
  const signature = signWith(key.privateKey, { kind: 'ecdsa', digest: 'sha256' }, content);
  return signedBundle(key, undefined, { content: { kind: 'message', signature } });
}

function vectorsDigest(content: Uint8Array): string {
  return bundleCandidate(content).digest.slice(7);
}
