import { describe, expect, it } from 'vitest';
import { preAuthenticationEncoding, statementPayloadType, writeEnvelope } from '../bundle/dsse.ts';
import { signPredicateType, writeAttestation, writeSignStatement } from '../bundle/statement.ts';
import type { Candidate, LayerCandidate } from '../evidence.ts';
import { signingScheme, signWith } from '../keys/algorithms.ts';
import { envelopeMediaType } from '../simple-signing/layer.ts';
import { noTrust } from '../trust/trust-material.ts';
import { judgeAttestations } from './attestation.ts';
import type { AttestationQuestion } from './attestation.ts';
import { evidenceOf, flipped, imageDigest, keyPolicy, layer, newKey, noon, signedBundle } from './evidence-fixture.ts';
import type { TestKey } from './evidence-fixture.ts';
import type { Verdict } from './verdict.ts';

const key = newKey();
const spdx = 'https://spdx.dev/Document';
const vuln = 'https://cosign.sigstore.dev/attestation/vuln/v1';

function statement(predicateType: string, digest = imageDigest): Uint8Array {
  return writeAttestation({
    name: 'registry.example.com/team/app',
    digest,
    predicateType,
    predicate: { of: predicateType },
  });
}

function attestationLayer(by: TestKey, payload: Uint8Array, type = statementPayloadType): LayerCandidate {
  const message = preAuthenticationEncoding(type, payload);
  const signature = signWith(by.privateKey, signingScheme(by.publicKey.algorithm, 'legacy'), message);
  return { ...layer(writeEnvelope(type, payload, signature), {}), kind: 'attestation', mediaType: envelopeMediaType };
}

function judged(candidates: readonly Candidate[], more: Partial<AttestationQuestion> = {}): Verdict {
  const evidence = evidenceOf(...candidates);
  return judgeAttestations({
    evidence,
    digest: imageDigest,
    policy: keyPolicy(key),
    trust: noTrust,
    now: noon,
    ...more,
  });
}

describe('attestations', () => {
  it('are accepted in both formats, all of them, with what they say', () => {
    const verdict = judged([attestationLayer(key, statement(spdx)), signedBundle(key, statement(vuln))]);
    expect(verdict.outcome).toBe('verified');
    expect(verdict.accepted.map(({ proof }) => proof.document)).toMatchObject([
      { predicateType: spdx, predicate: { of: spdx } },
      { predicateType: vuln, predicate: { of: vuln } },
    ]);
  });

  it('are filtered by the type that is signed, whatever stands beside', () => {
    const candidates = [attestationLayer(key, statement(spdx)), signedBundle(key, statement(vuln))];
    const only = judged(candidates, { predicateType: vuln });
    expect(only.accepted).toHaveLength(1);
    expect(only.accepted[0]?.format).toBe('bundle');
    const lying = { ...signedBundle(key, statement(spdx)), annotations: { 'dev.sigstore.bundle.predicateType': vuln } };
    const none = judged([lying], { predicateType: vuln });
    expect(none.outcome).toBe('predicate-mismatch');
    expect(none.detail).toContain(spdx);
  });

  it('do not count when they are for another image, by another key or altered', () => {
    const other = `sha256:${'b'.repeat(64)}`;
    const reasons = (candidate: Candidate): string => {
      const [first] = judged([candidate]).candidates;
      return first?.valid === false ? first.rejection.reason : 'valid';
    };
    expect(reasons(attestationLayer(key, statement(spdx, other)))).toBe('digest-mismatch');
    expect(reasons(signedBundle(key, statement(spdx, other)))).toBe('digest-mismatch');
    expect(reasons(attestationLayer(newKey(), statement(spdx)))).toBe('signature-invalid');
    expect(reasons(signedBundle(newKey(), statement(spdx)))).toBe('wrong-key');
    expect(reasons(attestationLayer(key, statement(spdx), 'text/plain'))).toBe('unsupported-format');
    expect(reasons({ ...attestationLayer(key, statement(spdx)), payload: { state: 'missing' } })).toBe('blob-missing');
  });

  it('do not count after any change of a bit of the envelope’s payload', () => {
    const whole = attestationLayer(key, statement(spdx));
    if (whole.payload.state !== 'read') throw new Error('fixture');
    const { bytes } = whole.payload;
    const { payload } = JSON.parse(Buffer.from(bytes).toString()) as { payload: string };
    const raw = Buffer.from(payload, 'base64');
    for (let bit = 0; bit < raw.length * 8; bit += 37) {
      const text = Buffer.from(bytes)
        .toString()
        .replace(payload, Buffer.from(flipped(raw, bit)).toString('base64'));
      const altered = { ...whole, payload: { state: 'read', bytes: Buffer.from(text) } } as const;
      expect(judged([altered]).outcome).not.toBe('verified');
    }
  });

  it('are no signatures, and signatures are none of them', () => {
    expect(judged([signedBundle(key, writeSignStatement(imageDigest))]).outcome).toBe('no-attestations');
    expect(judged([signedBundle(key, statement(signPredicateType))]).outcome).toBe('no-attestations');
    expect(judged([]).outcome).toBe('no-attestations');
  });

  it('stay visible where they cannot be read', () => {
    const broken = { ...signedBundle(key), bundle: { state: 'read', bytes: Buffer.from('{}') } } as const;
    expect(judged([broken])).toMatchObject({
      outcome: 'no-match',
      candidates: [{ rejection: { reason: 'unsupported-format' } }],
    });
  });

  it('are accepted for one of several signatures of an envelope', () => {
    const payload = statement(spdx);
    const message = preAuthenticationEncoding(statementPayloadType, payload);
    const by = (one: TestKey): object => ({
      keyid: '',
      sig: Buffer.from(signWith(one.privateKey, { kind: 'ecdsa', digest: 'sha256' }, message)).toString('base64'),
    });
    const envelope = {
      payloadType: statementPayloadType,
      payload: Buffer.from(payload).toString('base64'),
      signatures: [by(newKey()), by(key)],
    };
    const candidate = { ...layer(Buffer.from(JSON.stringify(envelope)), {}), kind: 'attestation' } as const;
    expect(judged([candidate]).outcome).toBe('verified');
  });
});
