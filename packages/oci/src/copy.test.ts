import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addReferrer } from './add-referrer.ts';
import { attachmentTag, copyImage } from './copy.ts';
import type { CopyOptions } from './copy.ts';
import { putArtifact, putBytes, putImage, putIndex } from './image-for-test.ts';
import { openLayout } from './layout.ts';
import { createMemoryStore } from './memory.ts';
import { ociConfig, ociManifest } from './media-types.ts';
import { fallbackTag } from './referrers.ts';
import type { ContentStore } from './store.ts';

const chance = { random: () => 0, sleep: async () => undefined };

function copy(from: ContentStore, to: ContentStore, options: Partial<CopyOptions> = {}) {
  return copyImage({ from, to, source: 'v1', tag: 'v1', ...chance, ...options });
}

/** An index for two platforms with a signature by tag on one of them, and a referrer that has a referrer. */
async function fullImage(store: ContentStore) {
  const amd = await putImage(store, 'amd');
  const arm = await putImage(store, 'arm');
  const entries = [
    { ...amd.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
    { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
  ];
  const index = await putIndex(store, entries, 'v1');
  await putImage(store, 'a signature', attachmentTag(arm.descriptor.digest, 'sig'));
  const sbom = await putArtifact(store, index.descriptor, { type: 'application/spdx+json', text: 'sbom' });
  const signature = await putArtifact(store, sbom.descriptor, { type: 'application/x-sig', text: 'signature of sbom' });
  for (const [subject, added] of [
    [index, sbom],
    [sbom, signature],
  ] as const)
    if (!added.subjectListed) await addReferrer(store, subject.descriptor.digest, added.descriptor, chance);
  return { amd, arm, index, sbom, signature };
}

describe('copying an image', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'pratique-copy-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  for (const keepsReferrers of [true, false])
    it(`brings everything to a store that ${keepsReferrers ? 'keeps' : 'does not keep'} lists of referrers`, async () => {
      const [from, to] = [createMemoryStore(), createMemoryStore({ keepsReferrers })];
      const image = await fullImage(from);
      const report = await copy(from, to);
      expect(report.root.digest).toBe(image.index.descriptor.digest);
      expect(report.attachments).toEqual([attachmentTag(image.arm.descriptor.digest, 'sig')]);
      expect(report.referrers).toEqual([image.sbom.descriptor.digest, image.signature.descriptor.digest]);
      expect(report.fallbackLists).toBe(keepsReferrers ? 0 : 2);
      expect(report.manifests).toBe(6);
      const found = await to.referrers(image.sbom.descriptor.digest);
      expect(found.descriptors).toMatchObject([
        { digest: image.signature.descriptor.digest, artifactType: 'application/x-sig' },
      ]);
      expect(await to.tags()).not.toContain(keepsReferrers ? fallbackTag(image.index.descriptor.digest) : 'sha256');
    });

  it('goes to a layout and back without a change', async () => {
    const [from, back] = [createMemoryStore(), createMemoryStore()];
    const layout = await openLayout(join(root, 'there'), { create: true });
    const image = await fullImage(from);
    await copy(from, layout);
    await copy(layout, back);
    expect((await back.manifest('v1'))?.bytes).toEqual((await from.manifest('v1'))?.bytes);
    expect((await back.referrers(image.index.descriptor.digest)).descriptors).toHaveLength(1);
  });

  it('takes one platform only when that is asked for', async () => {
    const [from, to] = [createMemoryStore(), createMemoryStore()];
    const image = await fullImage(from);
    const report = await copy(from, to, { platform: { os: 'linux', architecture: 'arm64' } });
    expect(report.root.digest).toBe(image.arm.descriptor.digest);
    expect(await to.manifest(image.amd.descriptor.digest)).toBeUndefined();
    expect(report.attachments).toHaveLength(1);
  });

  it('takes only what belongs to the image when that is asked for', async () => {
    const [from, to] = [createMemoryStore(), createMemoryStore()];
    const image = await fullImage(from);
    await copy(from, to, { image: false, referrers: false, attachments: ['sig'] });
    expect(await to.tags()).toEqual([attachmentTag(image.arm.descriptor.digest, 'sig')]);
  });

  it('does not overwrite a different signature unless it is forced', async () => {
    const [from, to] = [createMemoryStore(), createMemoryStore()];
    const image = await fullImage(from);
    const tag = attachmentTag(image.arm.descriptor.digest, 'sig');
    const other = await putImage(to, 'another signature', tag);
    await expect(copy(from, to)).rejects.toMatchObject({ code: 'copy-would-overwrite' });
    expect(await to.manifest('v1')).toBeUndefined();
    expect((await to.resolve(tag))?.digest).toBe(other.descriptor.digest);
    await copy(from, to, { force: true });
    expect((await to.resolve(tag))?.digest).not.toBe(other.descriptor.digest);
  });

  it('says that there is no such image', async () => {
    await expect(copy(createMemoryStore(), createMemoryStore())).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('says what is missing at the source, and writes no manifest then', async () => {
    const [from, to] = [createMemoryStore(), createMemoryStore()];
    const config = await putBytes(from, '{}', ociConfig);
    const layer = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 3 };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] }));
    await from.putManifest({ bytes, mediaType: ociManifest, tag: 'v1' });
    await expect(copy(from, to)).rejects.toMatchObject({ code: 'content-missing' });
    expect(await to.tags()).toEqual([]);
  });

  it('does not follow a list that names what is about something else', async () => {
    const [from, to] = [createMemoryStore({ keepsReferrers: false }), createMemoryStore()];
    const image = await putImage(from, 'one', 'v1');
    const stranger = await putImage(from, 'stranger');
    await addReferrer(from, image.descriptor.digest, stranger.descriptor, chance);
    const report = await copy(from, to);
    expect(report).toMatchObject({ referrers: [], strangers: [stranger.descriptor.digest] });
  });

  it('walks indexes that name each other a hundred times over only once', async () => {
    const [from, to] = [createMemoryStore(), createMemoryStore()];
    let below = (await putImage(from, 'app')).descriptor;
    // Each way on its own, these are a hundred million.
    for (const tag of ['a', 'b', 'c', 'v1']) {
      below = (
        await putIndex(
          from,
          Array.from({ length: 100 }, () => below),
          tag,
        )
      ).descriptor;
    }
    expect((await copy(from, to)).manifests).toBe(5);
  });

  it('says that it ends where referrers of referrers have no end', async () => {
    const from = createMemoryStore();
    let subject = (await putImage(from, 'image', 'v1')).descriptor;
    for (let level = 0; level < 11; level += 1) {
      subject = (await putArtifact(from, subject, { type: 'application/x-sig', text: `level ${level}` })).descriptor;
    }
    await expect(copy(from, createMemoryStore())).rejects.toMatchObject({
      code: 'copy-incomplete',
      message: expect.stringContaining('levels'),
    });
  });

  it('fails when the destination drops what it is sent', async () => {
    const from = createMemoryStore();
    await fullImage(from);
    const real = createMemoryStore();
    const forgetful: ContentStore = {
      ...bound(real),
      referrers: async () => ({ descriptors: [], source: 'nowhere' as const, looked: [] }),
    };
    await expect(copy(from, forgetful)).rejects.toMatchObject({ code: 'copy-incomplete' });
  });
});

/** The calls of a store as plain functions, so that single ones can be replaced. */
function bound(store: ContentStore): ContentStore {
  return {
    name: store.name,
    resolve: (...args) => store.resolve(...args),
    manifest: (...args) => store.manifest(...args),
    putManifest: (...args) => store.putManifest(...args),
    deleteManifest: (...args) => store.deleteManifest(...args),
    hasBlob: (...args) => store.hasBlob(...args),
    blob: (...args) => store.blob(...args),
    putBlob: (...args) => store.putBlob(...args),
    referrers: (...args) => store.referrers(...args),
    tags: (...args) => store.tags(...args),
  };
}
