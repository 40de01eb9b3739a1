import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDockerRegistry } from '@pratique/testbed/docker-registry';
import type { DockerRegistry } from '@pratique/testbed/docker-registry';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import { addReferrer } from './add-referrer.ts';
import { copyImage } from './copy.ts';
import type { CopyOptions } from './copy.ts';
import { putArtifact, putImage, putIndex } from './image-for-test.ts';
import { openLayout } from './layout.ts';
import { createRegistryClient } from './registry/client.ts';
import type { RegistryClient } from './registry/client.ts';
import type { ContentStore } from './store.ts';

const peer = needsPeer('docker-registry');
const skopeo = needsPeer('skopeo');
const oras = needsPeer('oras');

const chance = {
  random: () => 0,
  sleep: async (ms: number, signal?: AbortSignal) => pause(ms, undefined, { signal }),
};
const copy = (from: ContentStore, to: ContentStore, more: Partial<CopyOptions> = {}) =>
  copyImage({ from, to, source: 'v1', tag: 'v1', ...chance, ...more });

peer.describe('copying between real places', () => {
  let registry: DockerRegistry;
  let client: RegistryClient;
  let folder: string;
  const repository = (name: string) => client.repository({ registry: registry.host, repository: name });

  beforeAll(async () => {
    registry = await startDockerRegistry(peer.path);
    client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: () => 0.5 });
    folder = await mkdtemp(join(tmpdir(), 'pratique-copy-'));
  });
  afterAll(async () => {
    await client?.close();
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('mounts within one registry and makes the list of referrers again', async () => {
    const from = repository('mount/from');
    const image = await putImage(from, 'one', 'v1');
    const artifact = await putArtifact(from, image.descriptor, { type: 'application/x-note', text: 'note' });
    expect(artifact.subjectListed).toBe(false);
    const first = await copy(from, repository('mount/to'));
    // Nobody has listed the artifact yet, so it cannot be found and is not copied.
    expect(first).toMatchObject({ referrers: [], blobs: { mounted: 2, written: 0 }, bytes: 0 });
    await addReferrer(from, image.descriptor.digest, artifact.descriptor, chance);
    const second = await copy(from, repository('mount/to'));
    expect(second).toMatchObject({ referrers: [artifact.descriptor.digest], fallbackLists: 1, blobs: { present: 2 } });
    expect((await repository('mount/to').referrers(image.descriptor.digest)).source).toBe('fallback-tag');
  });

  skopeo.describe('and with skopeo', () => {
    it('writes layouts that skopeo reads, and reads those that skopeo writes', { timeout: 60_000 }, async () => {
      const from = repository('skopeo/from');
      const images = [await putImage(from, 'one'), await putImage(from, 'two')];
      const platforms = ['amd64', 'arm64'].map((architecture, at) => ({
        ...images[at]!.descriptor,
        platform: { os: 'linux', architecture },
      }));
      const index = await putIndex(from, platforms, 'v1');
      const ours = join(folder, 'ours');
      await copy(from, await openLayout(ours, { create: true }));
      const copied = [
        'copy',
        '--all',
        '--preserve-digests',
        '--dest-tls-verify=false',
        `oci:${ours}:v1`,
        `docker://${registry.host}/skopeo/to:v1`,
      ];
      expect(await runPeer(skopeo.path, ['--insecure-policy', ...copied])).toMatchObject({ code: 0 });
      expect((await repository('skopeo/to').resolve('v1'))?.digest).toBe(index.descriptor.digest);
      const theirs = join(folder, 'theirs');
      const saved = [
        'copy',
        '--all',
        '--preserve-digests',
        '--src-tls-verify=false',
        `docker://${registry.host}/skopeo/to:v1`,
        `oci:${theirs}:v1`,
      ];
      expect(await runPeer(skopeo.path, ['--insecure-policy', ...saved])).toMatchObject({ code: 0 });
      const layout = await openLayout(theirs);
      expect(await layout.tags()).toEqual(['v1']);
      const back = await copy(layout, repository('skopeo/back'));
      expect(back.root.digest).toBe(index.descriptor.digest);
    });
  });

  oras.describe('and with oras', () => {
    it('lists referrers as oras does', { timeout: 60_000 }, async () => {
      const store = repository('oras/app');
      const image = await putImage(store, 'one', 'v1');
      const name = `${registry.host}/oras/app:v1`;
      const attach = [
        'attach',
        '--plain-http',
        '--artifact-type',
        'application/x-note',
        name,
        `${folder}/note.txt:text/plain`,
      ];
      await writeFile(join(folder, 'note.txt'), 'a note');
      expect(await runPeer(oras.path, [...attach, '--disable-path-validation'])).toMatchObject({ code: 0 });
      const list = await store.referrers(image.descriptor.digest);
      expect(list).toMatchObject({ source: 'fallback-tag', descriptors: [{ artifactType: 'application/x-note' }] });
      const report = await copy(store, await openLayout(join(folder, 'oras'), { create: true }));
      expect(report.referrers).toEqual([list.descriptors[0]?.digest]);
    });
  });
});
