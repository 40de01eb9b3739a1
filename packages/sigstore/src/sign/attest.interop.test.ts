/** Attestations, signed files and saved images, exchanged with the real cosign. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRegistryClient, openLayout } from '@pratique/oci';
import type { Descriptor, RegistryClient, RegistryRepository } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import type { RunningRegistry } from '@pratique/registry';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import type { PeerAnswer } from '@pratique/testbed/peers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putImage } from '../attachment/attachment-fixture.ts';
import { claimOf } from '../attachment/claimed-predicate.ts';
import { allSources, collectEvidence } from '../attachment/collect.ts';
import { loadImage, openSavedImage, saveImage } from '../attachment/saved-image.ts';
import { makePredicate } from '../attestation/predicate.ts';
import { parseBlobBundle } from '../bundle/blob-bundle.ts';
import { checkSignature } from '../keys/algorithms.ts';
import { generateSigningKey } from '../keys/generate.ts';
import type { KeyPairFiles } from '../keys/generate.ts';
import { openKeyFile } from '../keys/key-file.ts';
import { signerFor } from '../keys/private-key.ts';
import type { Signer } from '../keys/private-key.ts';
import { attestImage } from './attest.ts';
import { signBlob, signBlobLegacy } from './sign-blob.ts';
import { signImage } from './sign-image.ts';

const peers = [
  ['cosign 2.5', needsPeer('cosign-2')],
  ['cosign 3.1', needsPeer('cosign-3')],
] as const;
const [, current] = peers[1];

const environment = { COSIGN_PASSWORD: 'a password' };
const now = new Date('2026-01-02T04:00:00Z');
const sleep = async (ms: number): Promise<void> => {
  await pause(ms);
};
const contention = { random: Math.random, sleep };

let folder: string;
let files: KeyPairFiles;
let signer: Signer;
let client: RegistryClient;
let registry: RunningRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-peers-'));
  files = await generateSigningKey({ password: Buffer.from(environment.COSIGN_PASSWORD) });
  await writeFile(join(folder, 'ours.key'), files.privatePem);
  await writeFile(join(folder, 'ours.pub'), files.publicPem);
  signer = signerFor(await openKeyFile(files.privatePem, Buffer.from(environment.COSIGN_PASSWORD)));
  client = createRegistryClient({ userAgent: 'pratique-test', now: () => new Date(), random: Math.random });
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
});

afterAll(async () => {
  await client.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

function run(path: string | undefined, ...args: string[]): Promise<PeerAnswer> {
  return runPeer(path, args, { cwd: folder, env: environment });
}

async function newImage(
  name: string,
): Promise<{ store: RegistryRepository; image: Descriptor; place: Parameters<typeof signImage>[0] }> {
  const store = client.repository({ registry: registry.address, repository: name });
  const place = { store, target: '1', reference: store, now: new Date(), material: { signer }, ...contention };
  return { store, image: await putImage(store, name, '1'), place };
}

/** Flags that keep a peer away from every service. */
function alone(name: string): string[] {
  return name === 'cosign 2.5' ? ['--tlog-upload=false'] : ['--use-signing-config=false', '--tlog-upload=false'];
}

const scan = JSON.stringify({
  scanner: { uri: 'pkg:generic/scanner@1', version: '1', result: { found: ['<&>'] } },
  metadata: { scanStartedOn: '2026-01-02T03:04:05Z', scanFinishedOn: '2026-01-02T03:04:35Z' },
});

for (const [name, peer] of peers) {
  const suffix = name.replace(/\W/g, '-');
  peer.describe(`${name} and ours`, () => {
    it('attestations written here are accepted there, by type', async () => {
      const { store, image, place } = await newImage(`attested-${suffix}`);
      await signImage(place);
      const predicate = makePredicate({ type: 'vuln', file: Buffer.from(scan), now });
      await attestImage({ ...place, attested: { kind: 'predicate', ...predicate } });
      const verify = (type: string) =>
        run(
          peer.path,
          'verify-attestation',
          '--key',
          'ours.pub',
          '--insecure-ignore-tlog=true',
          '--allow-http-registry',
          '--type',
          type,
          `${store.name}@${image.digest}`,
        );
      const accepted = await verify('vuln');
      expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
      expect((await verify('cyclonedx')).code).not.toBe(0);
    });

    it('attestations written there are found here', async () => {
      const { store, image } = await newImage(`found-${suffix}`);
      await writeFile(join(folder, 'scan.json'), scan);
      const attested = await run(
        peer.path,
        'attest',
        '--yes',
        '--key',
        'ours.key',
        '--allow-http-registry',
        ...alone(name),
        '--type',
        'vuln',
        '--predicate',
        'scan.json',
        `${store.name}@${image.digest}`,
      );
      expect(attested, attested.stderr).toMatchObject({ code: 0 });
      const { candidates } = await collectEvidence({ store, digest: image.digest, sources: allSources });
      expect(candidates.map(claimOf)).toEqual([
        { kind: 'attestation', predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' },
      ]);
    });

    it('files signed here verify there', async () => {
      const blob = Buffer.from(`a file for ${name}`);
      await writeFile(join(folder, 'blob'), blob);
      const legacy = await signBlobLegacy({ signer }, blob);
      await writeFile(join(folder, 'blob.sig'), Buffer.from(legacy.signature).toString('base64'));
      const bySignature = await run(
        peer.path,
        'verify-blob',
        '--key',
        'ours.pub',
        '--signature',
        'blob.sig',
        '--insecure-ignore-tlog=true',
        'blob',
      );
      expect(bySignature, bySignature.stderr).toMatchObject({ code: 0 });
      await writeFile(join(folder, 'blob.bundle'), (await signBlob({ signer }, blob)).bundle);
      await writeFile(join(folder, 'legacy.bundle'), legacy.bundle);
      const old = name === 'cosign 2.5' ? [] : ['--new-bundle-format=false'];
      const byLegacyBundle = await run(
        peer.path,
        'verify-blob',
        '--key',
        'ours.pub',
        '--bundle',
        'legacy.bundle',
        '--insecure-ignore-tlog=true',
        ...old,
        'blob',
      );
      expect(byLegacyBundle, byLegacyBundle.stderr).toMatchObject({ code: 0 });
      // Without a trusted root cosign 2.5 asks the network for one, although a key needs none.
      await writeFile(
        join(folder, 'root.json'),
        '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
      );
      const more = name === 'cosign 2.5' ? ['--new-bundle-format', '--trusted-root', 'root.json'] : [];
      const byBundle = await run(
        peer.path,
        'verify-blob',
        '--key',
        'ours.pub',
        '--bundle',
        'blob.bundle',
        '--insecure-ignore-tlog=true',
        ...more,
        'blob',
      );
      expect(byBundle, byBundle.stderr).toMatchObject({ code: 0 });
    });

    it('files signed there have bundles that are read here', async () => {
      const blob = Buffer.from('another file');
      await writeFile(join(folder, 'blob'), blob);
      const signed = await run(
        peer.path,
        'sign-blob',
        '--yes',
        '--key',
        'ours.key',
        ...alone(name),
        '--bundle',
        'theirs.bundle',
        'blob',
      );
      expect(signed, signed.stderr).toMatchObject({ code: 0 });
      const read = parseBlobBundle(await readFile(join(folder, 'theirs.bundle')));
      const signature =
        read.format === 'legacy'
          ? read.signature
          : read.bundle.content.kind === 'message'
            ? read.bundle.content.signature
            : new Uint8Array();
      expect(checkSignature({ publicKey: files.publicKey, message: blob, signature })).toBeDefined();
    });

    it('images saved there with their signatures are read and loaded here', async () => {
      const { store, image, place } = await newImage(`saved-${suffix}`);
      await signImage(place);
      const target = join(folder, `theirs-${suffix}`);
      const saved = await run(
        peer.path,
        'save',
        '--allow-http-registry',
        '--dir',
        target,
        `${store.name}@${image.digest}`,
      );
      expect(saved, saved.stderr).toMatchObject({ code: 0 });
      const layout = await openLayout(target);
      const found = await openSavedImage(layout);
      expect(found.image.digest).toBe(image.digest);
      const { candidates } = await collectEvidence({ store: found.store, digest: image.digest, sources: allSources });
      expect(candidates.map(({ format }) => format)).toContain('legacy');
      const other = client.repository({ registry: registry.address, repository: `loaded-${suffix}` });
      await loadImage({ layout, store: other, tag: '1', ...contention });
      const verified = await run(
        peer.path,
        'verify',
        '--key',
        'ours.pub',
        '--insecure-ignore-tlog=true',
        '--allow-http-registry',
        `${other.name}:1`,
      );
      expect(verified, verified.stderr).toMatchObject({ code: 0 });
    });

    it('images saved here verify there, and load there', async () => {
      const { store, image, place } = await newImage(`kept-${suffix}`);
      await signImage({ ...place, formats: ['legacy'] });
      const target = join(folder, `ours-${suffix}`);
      await saveImage({
        store,
        target: image.digest,
        layout: await openLayout(target, { create: true }),
        ...contention,
      });
      const verified = await run(
        peer.path,
        'verify',
        '--key',
        'ours.pub',
        '--insecure-ignore-tlog=true',
        '--local-image',
        target,
      );
      expect(verified, verified.stderr).toMatchObject({ code: 0 });
      const other = client.repository({ registry: registry.address, repository: `back-${suffix}` });
      const loaded = await run(peer.path, 'load', '--allow-http-registry', '--dir', target, `${other.name}:1`);
      expect(loaded, loaded.stderr).toMatchObject({ code: 0 });
      const { candidates } = await collectEvidence({ store: other, digest: image.digest, sources: ['signature-tag'] });
      expect(candidates).toHaveLength(1);
    });
  });
}

current.describe('cosign 3.1', () => {
  it('verifies a bundle out of a folder saved here', async () => {
    const { store, image, place } = await newImage('kept-bundle');
    await signImage({ ...place, formats: ['bundle'] });
    const target = join(folder, 'ours-bundle');
    await saveImage({ store, target: image.digest, layout: await openLayout(target, { create: true }), ...contention });
    const verified = await run(
      current.path,
      'verify',
      '--key',
      'ours.pub',
      '--insecure-ignore-tlog=true',
      '--local-image',
      target,
    );
    expect(verified, verified.stderr).toMatchObject({ code: 0 });
  });
});

describe('the tests above', () => {
  it('have something to exchange', () => {
    expect(peers).toHaveLength(2);
  });
});
