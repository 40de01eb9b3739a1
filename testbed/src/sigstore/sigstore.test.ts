import { bundleToJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import {
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
} from '@sigstore/sign';
import type { BundleBuilder } from '@sigstore/sign';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSigstore } from './sigstore.ts';
import type { Sigstore } from './sigstore.ts';

let world: Sigstore;
beforeAll(async () => void (world = await startSigstore()));
afterAll(() => world.close());

async function builder(kind: 'message' | 'envelope', log: 'v1' | 'v2'): Promise<BundleBuilder> {
  const token = await world.token();
  const signer = new FulcioSigner({
    fulcioBaseURL: world.fulcioUrl,
    identityProvider: { getToken: () => Promise.resolve(token) },
  });
  const rekor =
    log === 'v1'
      ? new RekorWitness({ rekorBaseURL: world.rekorUrl, majorApiVersion: 1 })
      : new RekorWitness({ rekorBaseURL: world.rekorV2Url, majorApiVersion: 2 });
  const witnesses = [rekor, new TSAWitness({ tsaBaseURL: new URL(world.tsaUrl).origin })];
  return kind === 'message'
    ? new MessageSignatureBundleBuilder({ signer, witnesses })
    : new DSSEBundleBuilder({ signer, witnesses });
}

describe('a bundle made with the public client of the project', () => {
  it.each([
    ['message', 'v1'],
    ['envelope', 'v1'],
    ['message', 'v2'],
    ['envelope', 'v2'],
  ] as const)('over a %s, logged with API %s, is accepted by the public verifier', async (kind, log) => {
    const data = Buffer.from('hello');
    const artifact = { data, type: 'text/plain' };
    const bundle = await (await builder(kind, log)).create(artifact);
    const trust = toTrustMaterial(TrustedRoot.fromJSON(world.trustedRoot));
    const verifier = new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
    const signer = verifier.verify(toSignedEntity(bundle, data));
    expect(signer.identity?.subjectAlternativeName).toBe('dev@example.com');
    expect(signer.identity?.extensions?.issuer).toBe(world.oidc.issuer);
    expect(JSON.stringify(bundleToJSON(bundle))).toContain('rfc3161Timestamps');
  });
});
