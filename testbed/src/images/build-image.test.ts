import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '@pratique/oci';
import { buildImage, buildIndex, pushImage, pushIndex } from './build-image.ts';

const arm = { os: 'linux', architecture: 'arm64' };

describe('a built image', () => {
  it('has the same digest whenever it is built from the same content, and another for another', async () => {
    const [once, again, other] = await Promise.all([
      buildImage({ layers: [{ 'app/hello': 'hello', 'etc/os-release': 'ID=debian' }] }),
      buildImage({ layers: [{ 'etc/os-release': 'ID=debian', 'app/hello': 'hello' }] }),
      buildImage({ layers: [{ 'app/hello': 'other' }] }),
    ]);
    expect(again.manifest.descriptor).toEqual(once.manifest.descriptor);
    expect(other.manifest.descriptor.digest).not.toBe(once.manifest.descriptor.digest);
  });

  it('holds its files in layers that are gzip-compressed tars', async () => {
    const image = await buildImage({ layers: [{ 'app/hello': 'hello there' }] });
    expect(gunzipSync(image.blobs[1]!.bytes).toString('latin1')).toMatch(/^app\/hello\0[^]*hello there/);
  });

  it('can be read back from a store under its tag, alone and in an index', async () => {
    const store = createMemoryStore();
    const image = await buildImage({ layers: [{ a: '1' }] });
    expect(await pushImage(store, image, '1.0')).toBe((await store.resolve('1.0'))?.digest);
    const forArm = await buildImage({ layers: [{ a: '1' }], platform: arm });
    const index = buildIndex([
      { image, platform: { os: 'linux', architecture: 'amd64' } },
      { image: forArm, platform: arm },
    ]);
    const digest = await pushIndex(store, index, 'all');
    expect((await store.manifest('all'))?.descriptor.digest).toBe(digest);
    expect(await store.manifest(forArm.manifest.descriptor.digest)).toBeDefined();
  });
});
