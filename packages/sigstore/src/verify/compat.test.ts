import { beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '@pratique/runtime/fault';
import type { Candidate, Evidence } from '../evidence.ts';
import { layerAnnotations } from '../simple-signing/layer.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import { cosignAnswer } from './compat.ts';
import type { CompatAnswer, Generation } from './compat.ts';
import {
  bundleCandidate,
  evidenceOf,
  imageDigest,
  keyPolicy,
  newKey,
  noon,
  payloadFor,
  repository,
  signedBundle,
  signedLayer,
} from './evidence-fixture.ts';
import { noTrust } from '../trust/trust-material.ts';
import type { VerificationPolicy } from './policy.ts';
import { changed, signedWorld } from './world-fixture.ts';
import type { SignedWorld } from './world-fixture.ts';

const key = newKey();
let world: SignedWorld;
beforeAll(async () => {
  world = await signedWorld();
});

/** The layer where the evidence says it was found. */
function placed(candidate: Candidate): Candidate {
  const location = `${repository}:sha256-${imageDigest.slice(7)}.sig layer 1`;
  return candidate.format === 'legacy' ? { ...candidate, location } : candidate;
}

function answer(
  generation: Generation,
  candidates: readonly Candidate[],
  {
    policy = keyPolicy(key),
    trust = noTrust,
    evidence = {},
  }: {
    readonly policy?: VerificationPolicy;
    readonly trust?: TrustMaterial;
    readonly evidence?: Partial<Evidence>;
  } = {},
): CompatAnswer {
  const found = { ...evidenceOf(...candidates.map(placed)), ...evidence };
  return cosignAnswer(generation, { evidence: found, digest: imageDigest, policy, trust, now: noon });
}

function keyless(
  generation: Generation,
  candidate: Candidate,
  more: Partial<VerificationPolicy> = {},
  trust: Partial<TrustMaterial> = {},
): CompatAnswer {
  return answer(generation, [candidate], { policy: { ...world.policy, ...more }, trust: { ...world.trust, ...trust } });
}

describe('what cosign would say', () => {
  it('is nothing but success for what it reads', () => {
    expect(answer('cosign2', [signedLayer(key)])).toMatchObject({ exitCode: 0, message: '', path: 'tag' });
    expect(answer('cosign3', [signedLayer(key)])).toMatchObject({ exitCode: 0, path: 'tag' });
    expect(answer('cosign3', [signedBundle(key)])).toMatchObject({ exitCode: 0, path: 'bundle' });
  });

  it('is that there are no signatures, for the generation that does not look', () => {
    expect(answer('cosign2', [signedBundle(key)])).toMatchObject({ exitCode: 10, message: 'no signatures found' });
    const referrer = { ...signedLayer(key), location: `${repository}@sha256:abc layer 1` };
    const evidence = { ...evidenceOf(), candidates: [referrer] };
    expect(answer('cosign2', [], { evidence })).toMatchObject({ exitCode: 10 });
  });

  it('is a refusal of the tag where a bundle by another key hides it', () => {
    const hidden = answer('cosign3', [signedLayer(key), signedBundle(newKey())]);
    expect(hidden).toMatchObject({ exitCode: 1, path: 'bundle' });
    expect(hidden.message).toContain('accepted signatures do not match threshold, Found: 0, Expected 1');
  });

  it('is a downgrade where the list could not be read', () => {
    const fault = new Fault({ code: 'registry-denied', message: 'no', hint: 'no' });
    const evidence = evidenceOf(placed(signedLayer(key)));
    const sources = evidence.sources.map((one) =>
      one.kind === 'referrers' ? { ...one, state: 'failed' as const, fault } : one,
    );
    expect(answer('cosign3', [], { evidence: { ...evidence, sources } })).toMatchObject({ exitCode: 0, path: 'tag' });
    expect(answer('cosign3', [], { evidence: { sources, candidates: [] } })).toMatchObject({ exitCode: 10 });
  });

  it('depends on the digests it tries', () => {
    const p384 = newKey('P-384');
    const policy = keyPolicy(p384);
    expect(answer('cosign3', [signedBundle(p384)], { policy }).exitCode).toBe(1);
    expect(answer('cosign3', [signedLayer(p384)], { policy }).exitCode).toBe(0);
    const told = keyPolicy(p384, { digestAlgorithm: 'sha384' });
    expect(answer('cosign3', [signedBundle(p384)], { policy: told }).exitCode).toBe(0);
  });

  it('names keys by their kind', () => {
    const texts = {
      'P-256': 'invalid signature when validating ASN.1 encoded signature',
      rsa: 'crypto/rsa: verification error',
      ed25519: 'failed to verify signature',
    } as const;
    for (const kind of ['P-256', 'rsa', 'ed25519'] as const) {
      const policy = keyPolicy(newKey(kind));
      expect(answer('cosign2', [signedLayer(newKey(kind))], { policy }).message).toBe(
        `no matching signatures: ${texts[kind]}`,
      );
    }
  });

  it('names claims that differ', () => {
    const annotated = { policy: keyPolicy(key, { annotations: { build: '1' } }) };
    expect(answer('cosign2', [signedLayer(key)], annotated)).toMatchObject({ exitCode: 12 });
    expect(answer('cosign2', [signedLayer(key)], annotated).message).toContain('missing or incorrect annotation');
    const other = signedLayer(key, payloadFor(`sha256:${'a'.repeat(64)}`));
    expect(answer('cosign2', [other]).message).toContain('no matching signatures: ');
  });

  it('puts the reasons of several candidates one below the other', () => {
    expect(answer('cosign2', [signedLayer(newKey()), signedLayer(newKey())]).message.split('\n')).toHaveLength(2);
  });

  it('does not look at the type of a payload', () => {
    const text = Buffer.from(payloadFor()).toString().replace('cosign container image signature', 'other');
    expect(answer('cosign2', [signedLayer(key, Buffer.from(text))]).exitCode).toBe(0);
  });
});

describe('what cosign would say about people', () => {
  it('is success for what it can verify', () => {
    expect(keyless('cosign2', world.layer)).toMatchObject({ exitCode: 0 });
    expect(keyless('cosign3', bundleCandidate(world.bundle))).toMatchObject({ exitCode: 0 });
    expect(keyless('cosign3', bundleCandidate(world.bundleV2))).toMatchObject({ exitCode: 0 });
  });

  it('names identity, issuer and workflow, differently by path', () => {
    const { signer } = world.policy;
    if (signer.kind !== 'identity') throw new Error('fixture');
    const bundle = bundleCandidate(world.bundle);
    const subject = { signer: { ...signer, subject: { match: 'exact', value: 'eve' } } } as const;
    const issuer = { signer: { ...signer, issuer: { match: 'exact', value: 'eve' } } } as const;
    const workflow = { signer: { ...signer, workflow: { ref: 'refs/heads/x' } } } as const;
    expect(keyless('cosign2', world.layer, subject).message).toContain(
      'none of the expected identities matched what was in the certificate',
    );
    expect(keyless('cosign2', world.layer, issuer).message).toContain('none of the expected identities matched');
    expect(keyless('cosign2', world.layer, workflow).message).toContain(
      'expected GitHub Workflow Ref not found in certificate',
    );
    expect(keyless('cosign3', bundle, subject).message).toContain('expected SAN value');
    expect(keyless('cosign3', bundle, issuer).message).toContain('expected issuer value');
    expect(keyless('cosign3', bundle, workflow).message).toContain('expected GithubWorkflowRef to be');
  });

  it('names chain, certificate log, transparency log and timestamp', () => {
    const bundle = bundleCandidate(world.bundle);
    const strangers = { certificateAuthorities: world.trust.timestampAuthorities };
    expect(keyless('cosign2', world.layer, {}, strangers).message).toContain('leaf certificate verification failed');
    const otherCt = { certificateLogs: world.trust.logs };
    expect(keyless('cosign3', bundle, {}, otherCt).message).toContain('unable to meet threshold of 1');
    const otherLog = { logs: world.trust.logs.slice(1) };
    expect(keyless('cosign2', world.layer, {}, otherLog).message).toContain(
      'rekor log public key not found for payload',
    );
    expect(keyless('cosign3', bundle, {}, otherLog).message).toContain(
      'not enough verified log entries from transparency log',
    );
    const { [layerAnnotations.bundle]: _entry, ...annotations } = world.layer.annotations;
    expect(keyless('cosign2', { ...world.layer, annotations }).message).toContain('offline verification failed');
    const bare = changed(world.bundle, () => ({ timestamps: [] }));
    const wanted = { signedTimestamps: 'required' } as const;
    expect(keyless('cosign3', bare, wanted).message).toContain('threshold not met for verified signed timestamps');
    const { [layerAnnotations.timestamp]: _stamp, ...stampless } = world.layer.annotations;
    expect(keyless('cosign2', { ...world.layer, annotations: stampless }, wanted).exitCode).toBe(0);
  });

  it('tells a key from a certificate', () => {
    const policy = keyPolicy(key);
    expect(answer('cosign3', [bundleCandidate(world.bundle)], { policy }).message).toContain(
      'expected key signature, not certificate',
    );
  });
});
