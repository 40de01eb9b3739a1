/** A world of authorities and logs with one keyless signature of each kind in it, made once for a file of tests. */
import { startSigstore } from '@pratique/testbed/sigstore';
import { parseBundle } from '../bundle/bundle-parse.ts';
import type { ParsedBundle } from '../bundle/bundle-parse.ts';
import { writeBundle } from '../bundle/bundle-write.ts';
import type { BundleCandidate, LayerCandidate } from '../evidence.ts';
import { servicesOf, signedBundle, signedLayer, someSigner } from '../sign/keyless-fixture.ts';
import { keylessSigner } from '../sign/keyless.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import { parseTrustedRoot } from '../trust/trusted-root.ts';
import { bundleCandidate, imageDigest, read } from './evidence-fixture.ts';
import type { VerificationPolicy } from './policy.ts';
import { payloadMediaType } from '../simple-signing/layer.ts';

/** Signatures of one person in one world. */
export interface SignedWorld {
  readonly trust: TrustMaterial;
  readonly policy: VerificationPolicy;
  readonly now: Date;
  /** Log with promise and proof, and a timestamp. */
  readonly bundle: Uint8Array;
  /** Log without a time, and a timestamp. */
  readonly bundleV2: Uint8Array;
  /** A timestamp and no log. */
  readonly bundleWithoutLog: Uint8Array;
  /** By a workflow of GitHub. */
  readonly workflowBundle: Uint8Array;
  readonly layer: LayerCandidate;
}

/** Starts a world, signs in it and lets it go: judging needs none of it any more. */
export async function signedWorld(): Promise<SignedWorld> {
  await using world = await startSigstore();
  const trust = parseTrustedRoot(Buffer.from(JSON.stringify(world.trustedRoot)), 'the test world');
  const signIn = async (log: 'v1' | 'v2' | 'none'): Promise<Uint8Array> => {
    const services = servicesOf(world, { log, tsa: true });
    return signedBundle({ digest: imageDigest, services, keyless: await someSigner(world, services) });
  };
  const services = servicesOf(world, { log: 'v1', tsa: true });
  const token = await world.token(workflowClaims);
  const workflow = await keylessSigner({ issuer: services.issuer, identityToken: token, services });
  const keyless = await someSigner(world, services);
  const { payload, annotations } = await signedLayer({ digest: imageDigest, services, keyless });
  return {
    trust,
    now: new Date(),
    policy: {
      signer: {
        kind: 'identity',
        subject: { match: 'exact', value: 'dev@example.com' },
        issuer: { match: 'exact', value: world.oidc.issuer },
      },
    },
    bundle: await signIn('v1'),
    bundleV2: await signIn('v2'),
    bundleWithoutLog: await signIn('none'),
    workflowBundle: await signedBundle({ digest: imageDigest, services, keyless: workflow }),
    layer: {
      format: 'legacy',
      kind: 'signature',
      location: 'registry.example.com/app:sha256-….sig layer 1',
      digest: `sha256:${'0'.repeat(64)}`,
      mediaType: payloadMediaType,
      annotations,
      payload: read(payload),
    },
  };
}

const workflowClaims = {
  email: undefined,
  email_verified: undefined,
  sub: 'repo:team/app:ref:refs/heads/main',
  job_workflow_ref: 'team/app/.github/workflows/build.yml@refs/heads/main',
  event_name: 'push',
  sha: 'a'.repeat(40),
  workflow: 'build',
  repository: 'team/app',
  ref: 'refs/heads/main',
};

/** What can be changed in a bundle before it is written again. */
export type BundleChange = (bundle: ParsedBundle) => Partial<Parameters<typeof writeBundle>[0]>;

/** The bundle with parts replaced. */
export function changed(bytes: Uint8Array, change: BundleChange): BundleCandidate {
  const bundle = parseBundle(bytes);
  const { material, content } = bundle;
  if (content.kind !== 'envelope') throw new TypeError('the world signs envelopes');
  const [signature] = content.envelope.signatures;
  return bundleCandidate(
    writeBundle({
      material: material.kind === 'certificate' ? { kind: 'certificate', der: material.certificates[0] } : material,
      content: { kind: 'envelope', ...content.envelope, signature: signature!.signature },
      logEntries: bundle.logEntries,
      timestamps: bundle.timestamps,
      ...change(bundle),
    }),
  );
}
