import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evidence } from '../evidence.ts';
import { parseTrustedRoot } from '../trust/trusted-root.ts';
import type { VerificationPolicy } from '../verify/policy.ts';
import { judge } from '../verify/verify.ts';
import { foundBundle, foundLayer, servicesOf, signedBundle, signedLayer, someSigner } from './keyless-fixture.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
let world: Sigstore;
beforeAll(async () => void (world = await startSigstore()));
afterAll(() => world.close());

function judged(evidence: Evidence, more: Partial<VerificationPolicy> = {}, subject = 'dev@example.com') {
  const trust = parseTrustedRoot(Buffer.from(JSON.stringify(world.trustedRoot)), 'the test world');
  const signer: VerificationPolicy['signer'] = {
    kind: 'identity',
    subject: { match: 'exact', value: subject },
    issuer: { match: 'exact', value: world.oidc.issuer },
  };
  return judge({ evidence, digest, policy: { signer, ...more }, trust, now: new Date() });
}

describe('a signature without a key of one’s own', () => {
  it.each([
    ['the log of API 1 and a timestamp', { log: 'v1', tsa: true }, 'required'],
    ['the log of API 1 alone', { log: 'v1', tsa: false }, 'optional'],
    ['the log of API 2 and a timestamp', { log: 'v2', tsa: true }, 'required'],
  ] as const)('as a bundle with %s is accepted', async (_name, choice, signedTimestamps) => {
    const services = servicesOf(world, choice);
    const keyless = await someSigner(world, services);
    const bundle = await signedBundle({ digest, services, keyless });
    expect(judged(foundBundle(digest, bundle), { signedTimestamps })).toMatchObject({ outcome: 'verified' });
    expect(judged(foundBundle(digest, bundle), {}, 'somebody@example.com').outcome).toBe('no-match');
    expect(
      publicVerifier(choice.tsa).verify(toSignedEntity(bundleFromJSON(JSON.parse(String(bundle))))).identity,
    ).toMatchObject({ subjectAlternativeName: 'dev@example.com' });
  });

  it('in both formats uses one certificate and leaves two entries', async () => {
    const services = servicesOf(world, { log: 'v1', tsa: true });
    const before = world.asked('fulcio').length;
    const keyless = await someSigner(world, services);
    const layer = await signedLayer({ digest, services, keyless });
    const bundle = await signedBundle({ digest, services, keyless });
    expect(world.asked('fulcio').length - before).toBe(1);
    expect(judged(foundLayer(digest, layer), { signedTimestamps: 'required' })).toMatchObject({ outcome: 'verified' });
    expect(judged(foundBundle(digest, bundle))).toMatchObject({ outcome: 'verified' });
  });

  it('is not begun where nobody would tell the time', async () => {
    const services = servicesOf(world, { log: 'v2', tsa: false });
    const before = world.asked('fulcio').length;
    await expect(someSigner(world, services)).rejects.toMatchObject({ code: 'signing-config-unusable' });
    expect(world.asked('fulcio').length).toBe(before);
  });

  it('expires with its certificate', async () => {
    const services = servicesOf(world, { log: 'v1', tsa: true });
    const { expires } = await someSigner(world, services);
    expect(Math.abs(expires.getTime() - Date.now() - 600_000)).toBeLessThan(60_000);
  });
});

function publicVerifier(timestamps: boolean): Verifier {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(world.trustedRoot));
  return new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 1, ...(timestamps && { timestampThreshold: 1 }) });
}
