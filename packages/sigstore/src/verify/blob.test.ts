import { describe, expect, it } from 'vitest';
import { parseBlobBundle } from '../bundle/blob-bundle.ts';
import { writeBundle } from '../bundle/bundle-write.ts';
import { preAuthenticationEncoding, statementPayloadType, writeEnvelope } from '../bundle/dsse.ts';
import { writeAttestation } from '../bundle/statement.ts';
import { signingScheme, signWith } from '../keys/algorithms.ts';
import { publicKeyPem } from '../keys/public-key.ts';
import { noTrust } from '../trust/trust-material.ts';
import { judgeBlob, judgeBlobAttestation } from './blob.ts';
import type { BlobQuestion } from './blob.ts';
import { digestOf, toHex } from './bytes.ts';
import { keyPolicy, newKey, noon } from './evidence-fixture.ts';
import type { TestKey } from './evidence-fixture.ts';

const bytes = Buffer.from('what is signed');
const sha256 = `sha256:${toHex(digestOf('sha256', bytes))}`;

function question(key: TestKey, signature: BlobQuestion['signature'], more: Partial<BlobQuestion> = {}): BlobQuestion {
  const artifact = { kind: 'bytes', bytes } as const;
  return { artifact, signature, name: 'file.sig', policy: keyPolicy(key), trust: noTrust, now: noon, ...more };
}

function messageBundle(key: TestKey): BlobQuestion['signature'] {
  const scheme = signingScheme(key.publicKey.algorithm, 'bundle');
  const digest = 'digest' in scheme && scheme.digest !== 'sha224' ? scheme.digest : 'sha256';
  const written = writeBundle({
    material: { kind: 'public-key', hint: key.publicKey.hint },
    content: {
      kind: 'message',
      digest: { algorithm: digest, value: digestOf(digest, bytes) },
      signature: signWith(key.privateKey, scheme, bytes),
    },
  });
  return { kind: 'bundle', bundle: parseBlobBundle(written) };
}

function detached(key: TestKey, message: Uint8Array = bytes): BlobQuestion['signature'] {
  return {
    kind: 'detached',
    bytes: signWith(key.privateKey, signingScheme(key.publicKey.algorithm, 'legacy'), message),
  };
}

describe('a file', () => {
  it.each(['P-256', 'P-384', 'P-521', 'rsa', 'ed25519'] as const)('signed with %s verifies in every form', (kind) => {
    const key = newKey(kind);
    expect(judgeBlob(question(key, messageBundle(key))).outcome).toBe('verified');
    expect(judgeBlob(question(key, detached(key)))).toMatchObject({ outcome: 'verified', digest: sha256 });
    const legacy = JSON.stringify({
      base64Signature: Buffer.from(rawOf(detached(key))).toString('base64'),
      cert: Buffer.from(publicKeyPem(key.publicKey)).toString('base64'),
    });
    const bundle = parseBlobBundle(Buffer.from(legacy));
    expect(judgeBlob(question(key, { kind: 'bundle', bundle })).outcome).toBe('verified');
  });

  it.each(['P-256', 'P-384', 'P-521', 'rsa'] as const)('signed with %s verifies by its digest alone', (kind) => {
    const key = newKey(kind);
    const artifact = { kind: 'digest', digest: sha256 } as const;
    expect(judgeBlob(question(key, detached(key), { artifact })).outcome).toBe('verified');
    expect(judgeBlob(question(newKey(kind), detached(key), { artifact })).outcome).toBe('no-match');
    const other = { kind: 'digest', digest: `sha256:${'0'.repeat(64)}` } as const;
    expect(judgeBlob(question(key, detached(key), { artifact: other })).outcome).toBe('no-match');
    const restricted = keyPolicy(key, { digestAlgorithm: 'sha512' });
    expect(judgeBlob(question(key, detached(key), { artifact, policy: restricted })).outcome).toBe('no-match');
  });

  it('is not verified by what is no whole digest: whoever knows the key could sign the number zero', () => {
    const key = newKey('P-256');
    const x = Buffer.from(key.publicKey.key.export({ format: 'jwk' }).x ?? '', 'base64url');
    // DER writes a number with no leading zero more than its sign needs, and one coordinate in 256 begins with one.
    const digits = x.subarray(x.findIndex((byte) => byte !== 0));
    const number = digits[0]! < 0x80 ? digits : Buffer.concat([Uint8Array.of(0), digits]);
    const integer = Buffer.concat([Uint8Array.of(2, number.length), number]);
    const forged = Buffer.concat([Uint8Array.of(0x30, 2 * integer.length), integer, integer]);
    for (const digest of [`sha256:${'0'.repeat(64)}`, 'sha256:00', 'sha256:0', 'sha256:', 'sha1:00', 'sha512:00']) {
      const artifact = { kind: 'digest', digest } as const;
      const { outcome } = judgeBlob(question(key, { kind: 'detached', bytes: forged }, { artifact }));
      // All zeroes are a digest, although of no file anybody knows.
      expect(outcome).toBe(digest.length === 71 ? 'verified' : 'no-match');
    }
  });

  it('signed with Ed25519 cannot be verified by a digest, and is not', () => {
    const key = newKey('ed25519');
    const artifact = { kind: 'digest', digest: sha256 } as const;
    expect(judgeBlob(question(key, detached(key), { artifact })).outcome).toBe('no-match');
  });

  it('is refused for other bytes, another key, and a signature of anything else', () => {
    const key = newKey();
    const other = { artifact: { kind: 'bytes', bytes: Buffer.from('another file') } } as const;
    expect(judgeBlob(question(key, messageBundle(key), other))).toMatchObject({
      outcome: 'no-match',
      candidates: [{ rejection: { reason: 'digest-mismatch' } }],
    });
    expect(judgeBlob(question(key, detached(key), other))).toMatchObject({
      candidates: [{ rejection: { reason: 'signature-invalid' } }],
    });
    expect(judgeBlob(question(newKey(), messageBundle(key)))).toMatchObject({
      candidates: [{ rejection: { reason: 'wrong-key' } }],
    });
  });

  it('says what trust lacks and what cannot be read', () => {
    const key = newKey();
    const logged = { policy: keyPolicy(key, { log: 'required' }) } as const;
    expect(judgeBlob(question(key, detached(key), logged)).outcome).toBe('trust-material');
    const broken = { kind: 'detached', bytes: rawOf(detached(key)), logEntry: '{}' } as const;
    expect(judgeBlob(question(key, broken))).toMatchObject({
      candidates: [{ rejection: { reason: 'unsupported-format' } }],
    });
  });
});

describe('an attestation about a file', () => {
  const key = newKey();
  const predicateType = 'https://example.com/predicate/v1';
  const statement = writeAttestation({ name: 'file', digest: sha256, predicateType, predicate: {} });
  const message = preAuthenticationEncoding(statementPayloadType, statement);
  const signature = signWith(key.privateKey, { kind: 'ecdsa', digest: 'sha256' }, message);

  it('verifies as envelope and as bundle, by type and for this file only', () => {
    const envelope = { kind: 'detached', bytes: writeEnvelope(statementPayloadType, statement, signature) } as const;
    const written = writeBundle({
      material: { kind: 'public-key', hint: key.publicKey.hint },
      content: { kind: 'envelope', payloadType: statementPayloadType, payload: statement, signature },
    });
    const bundle = { kind: 'bundle', bundle: parseBlobBundle(written) } as const;
    const other = { kind: 'bytes', bytes: Buffer.from('another') } as const;
    for (const form of [envelope, bundle]) {
      expect(judgeBlobAttestation(question(key, form)).outcome).toBe('verified');
      expect(judgeBlobAttestation({ ...question(key, form), predicateType }).outcome).toBe('verified');
      expect(judgeBlobAttestation({ ...question(key, form), predicateType: 'https://x' }).outcome).toBe(
        'predicate-mismatch',
      );
      expect(judgeBlobAttestation(question(key, form, { artifact: other })).outcome).toBe('no-match');
      expect(judgeBlobAttestation(question(newKey(), form)).outcome).toBe('no-match');
    }
    expect(judgeBlob(question(key, bundle))).toMatchObject({
      candidates: [{ rejection: { reason: 'unsupported-format' } }],
    });
    expect(judgeBlobAttestation(question(key, messageBundle(key))).outcome).toBe('no-match');
  });
});

function rawOf(signature: BlobQuestion['signature']): Uint8Array {
  if (signature.kind !== 'detached') throw new TypeError('fixture');
  return signature.bytes;
}
