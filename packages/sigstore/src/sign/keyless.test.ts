import { randomBytes } from 'node:crypto';
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
import {
  foundBundle,
  foundLayer,
  servicesOf,
  signedBundle,
  signedLayer,
  someSigner,
  testAccess,
} from './keyless-fixture.ts';
import { connectServices, keylessSigner } from './keyless.ts';
import type { SigningServices } from './keyless.ts';
import { parseSigningConfig, selectServices } from './signing-config.ts';

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

  it('made long ago is accepted today, and one with a wrong clock is not begun', async () => {
    const then = Date.parse('2024-02-29T12:00:00Z');
    await using past = await startSigstore({ now: () => then });
    const connect = (now: () => Date) => {
      const selected = selectServices(parseSigningConfig(JSON.stringify(past.signingConfig)), new Date(then));
      return connectServices(selected, { access: testAccess, now, randomBytes });
    };
    const become = async ({ issuer, ...services }: SigningServices) =>
      keylessSigner({ issuer: issuer!, identityToken: await past.token(), services });
    const services = connect(() => new Date(then));
    const bundle = await signedBundle({ digest, services, keyless: await become(services) });
    const trust = parseTrustedRoot(Buffer.from(JSON.stringify(past.trustedRoot)), 'the past');
    const issuer = { match: 'exact', value: past.oidc.issuer } as const;
    const signer = { kind: 'identity', subject: { match: 'exact', value: 'dev@example.com' }, issuer } as const;
    const evidence = foundBundle(digest, bundle);
    const verdict = judge({ evidence, digest, policy: { signer }, trust, now: new Date() });
    expect(verdict.outcome).toBe('verified');
    await expect(become(connect(() => new Date()))).rejects.toMatchObject({ code: 'identity-token-expired' });
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
