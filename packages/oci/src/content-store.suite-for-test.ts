/** What every place of content must do; run by `memory.test.ts`, `layout.test.ts` and the tests of the registry client. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addReferrer } from './add-referrer.ts';
import { digestOf } from './digest.ts';
import { collect, putArtifact, putBytes, putImage, putIndex, someBytes } from './image-for-test.ts';
import { ociIndex } from './media-types.ts';
import { fallbackTag } from './referrers.ts';
import type { ContentStore } from './store.ts';

/** How a suite gets its store. */
export interface StoreSuite {
  /** Called once; each call of `fresh` gives an empty store. */
  readonly start: () => Promise<{ fresh: () => Promise<ContentStore>; stop: () => Promise<void> }>;
}

const nothing = digestOf('nothing has these bytes');
// Real time: only it tells whether somebody else, who had read before, writes afterwards.
const adding = {
  random: () => 0.5 + Math.random() / 2,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

/** Declares the suite for one implementation. */
export function contentStoreSuite(name: string, suite: StoreSuite): void {
  describe(`${name} as a store of content`, () => {
    let started: Awaited<ReturnType<StoreSuite['start']>>;
    beforeAll(async () => {
      started = await suite.start();
    });
    afterAll(() => started?.stop());
    const fresh = (): Promise<ContentStore> => started.fresh();
    absence(fresh);
    blobs(fresh);
    manifests(fresh);
    deletion(fresh);
    referrers(fresh);
  });
}

type Fresh = () => Promise<ContentStore>;

function absence(fresh: Fresh): void {
  it('says of what it does not have that there is none', async () => {
    const store = await fresh();
    expect(await store.resolve('absent')).toBeUndefined();
    expect(await store.manifest('absent')).toBeUndefined();
    expect(await store.manifest(nothing)).toBeUndefined();
    expect(await store.hasBlob(nothing)).toBe(false);
    expect(await store.blob({ digest: nothing, size: 1 })).toBeUndefined();
  });

  it('refuses what is neither a tag nor a digest before it looks', async () => {
    const store = await fresh();
    for (const target of ['../../etc/passwd', 'a/b', '', 'sha256:../../x', 'x'.repeat(129)])
      await expect(store.manifest(target)).rejects.toMatchObject({ code: 'reference-invalid' });
  });

  it('does nothing once the signal is aborted', async () => {
    const store = await fresh();
    const signal = AbortSignal.abort(new Error('the program stops'));
    await expect(store.manifest('latest', { signal })).rejects.toThrow('the program stops');
    await expect(store.hasBlob(nothing, { signal })).rejects.toThrow('the program stops');
  });
}

function blobs(fresh: Fresh): void {
  it('gives back a blob of many pieces unchanged, and does not write it twice', async () => {
    const store = await fresh();
    const bytes = someBytes(3_000_001);
    const write = {
      digest: digestOf(bytes),
      size: bytes.byteLength,
      open: async function* () {
        for (let at = 0; at < bytes.byteLength; at += 100_000) yield bytes.subarray(at, at + 100_000);
      },
    };
    expect(await store.putBlob(write)).toBe('written');
    expect(await store.putBlob(write)).toBe('present');
    expect(await store.hasBlob(write.digest)).toBe(true);
    expect(digestOf(await collect(await store.blob(write)))).toBe(write.digest);
  });

  it('keeps a blob without a single byte', async () => {
    const store = await fresh();
    const empty = await putBytes(store, '', 'text/plain');
    expect((await collect(await store.blob(empty))).byteLength).toBe(0);
  });

  it('does not take bytes that are not those of the digest', async () => {
    const store = await fresh();
    const open = () => [Buffer.from('other bytes')];
    const digest = digestOf('these bytes');
    await expect(store.putBlob({ digest, size: 11, open })).rejects.toThrow();
    expect(await store.hasBlob(digest)).toBe(false);
  });

  it('refuses to hand a blob out under a wrong size', async () => {
    const store = await fresh();
    const { digest } = await putBytes(store, 'ten bytes.', 'text/plain');
    for (const size of [9, 11, 0]) {
      const reading = store.blob({ digest, size }).then(collect);
      await expect(reading).rejects.toMatchObject({ code: 'content-mismatch' });
    }
  });
}

function manifests(fresh: Fresh): void {
  it('gives back a manifest byte for byte, by tag and by digest', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    const [byTag, byDigest] = [await store.manifest('v1'), await store.manifest(descriptor.digest)];
    expect(byTag?.descriptor).toEqual(descriptor);
    expect(digestOf(byTag?.bytes ?? '')).toBe(descriptor.digest);
    expect(Buffer.from(byDigest?.bytes ?? '')).toEqual(Buffer.from(byTag?.bytes ?? ''));
    expect(await store.resolve('v1')).toMatchObject(descriptor);
    expect(await store.resolve(descriptor.digest)).toMatchObject(descriptor);
  });

  it('moves a tag to the manifest that was written last and keeps the first', async () => {
    const store = await fresh();
    const first = await putImage(store, 'one', 'v1');
    const second = await putImage(store, 'two', 'v1');
    expect((await store.resolve('v1'))?.digest).toBe(second.descriptor.digest);
    expect((await store.resolve(first.descriptor.digest))?.digest).toBe(first.descriptor.digest);
  });

  it('lists tags in order, also when there are none', async () => {
    const store = await fresh();
    await putImage(store, 'one');
    expect(await store.tags()).toEqual([]);
    for (const tag of ['v2', 'v10', 'latest']) await putImage(store, 'one', tag);
    expect(await store.tags()).toEqual(['latest', 'v10', 'v2']);
  });

  it('writes a tag only while it is what the writer believes', async () => {
    const store = await fresh();
    const first = await putImage(store, 'one', 'v1');
    const second = await store.manifest(first.descriptor.digest);
    const write = { bytes: second?.bytes ?? Buffer.alloc(0), mediaType: first.descriptor.mediaType, tag: 'v1' };
    await expect(store.putManifest({ ...write, expected: null })).rejects.toMatchObject({ code: 'tag-changed' });
    await expect(store.putManifest({ ...write, expected: nothing })).rejects.toMatchObject({ code: 'tag-changed' });
    await store.putManifest({ ...write, expected: first.descriptor.digest });
    await store.putManifest({ ...write, tag: 'v2', expected: null });
  });

  it('keeps an index over two images', async () => {
    const store = await fresh();
    const images = [await putImage(store, 'one'), await putImage(store, 'two')];
    const { descriptor } = await putIndex(
      store,
      images.map((image) => image.descriptor),
      'both',
    );
    expect((await store.manifest('both'))?.descriptor).toMatchObject({
      digest: descriptor.digest,
      mediaType: ociIndex,
    });
  });

  it('refuses bytes that are no manifest', async () => {
    const store = await fresh();
    for (const text of [
      '',
      '{}',
      '[]',
      'no',
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json"}',
    ])
      await expect(store.putManifest({ bytes: Buffer.from(text), mediaType: ociIndex, tag: 'v1' })).rejects.toThrow();
    expect(await store.tags()).toEqual([]);
  });
}

function deletion(fresh: Fresh): void {
  it('deletes a manifest by digest with its tags, and says when there was none', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    expect(await store.deleteManifest(descriptor.digest)).toBe('deleted');
    expect(await store.manifest('v1')).toBeUndefined();
    expect(await store.manifest(descriptor.digest)).toBeUndefined();
    expect(await store.deleteManifest(descriptor.digest)).toBe('absent');
  });

  it('deletes a tag', async () => {
    const store = await fresh();
    await putImage(store, 'one', 'v1');
    await putImage(store, 'two', 'v2');
    expect(await store.deleteManifest('v1')).toBe('deleted');
    expect(await store.tags()).toEqual(['v2']);
    expect(await store.deleteManifest('v1')).toBe('absent');
  });
}

function referrers(fresh: Fresh): void {
  it('says where it looked when nothing refers to an image', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    const list = await store.referrers(descriptor.digest);
    expect(list).toMatchObject({ descriptors: [], source: 'nowhere' });
    expect(list.looked.length).toBeGreaterThan(0);
  });

  it('finds what refers to an image, with type and annotations', async () => {
    const store = await fresh();
    const image = await putImage(store, 'one', 'v1');
    const written = await putArtifact(store, image.descriptor, { type: 'application/vnd.example.note', text: 'hello' });
    const entry = {
      ...written.descriptor,
      artifactType: 'application/vnd.example.note',
      annotations: { 'org.example.note': 'hello' },
    };
    if (!written.subjectListed) await addReferrer(store, image.descriptor.digest, entry, adding);
    const list = await store.referrers(image.descriptor.digest);
    expect(list.descriptors).toEqual([expect.objectContaining(entry)]);
    expect(list.source).toBe(written.subjectListed ? 'listed' : 'fallback-tag');
  });

  it('does not take the image itself under the fallback tag for a list', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    await putImage(store, 'one', fallbackTag(descriptor.digest));
    const list = await store.referrers(descriptor.digest, { fallbackWhen: () => true });
    expect(list).toMatchObject({ descriptors: [], source: 'nowhere' });
    expect(list.looked.at(-1)?.note).toContain('the image itself');
  });

  it('loses no entry of the fallback list when several write at once', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    const entries = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (text) => (await putImage(store, `entry ${text}`)).descriptor),
    );
    await Promise.all(
      entries.map((entry) => addReferrer(store, descriptor.digest, entry, { ...adding, attempts: 40 })),
    );
    const list = await store.referrers(descriptor.digest, { fallbackWhen: () => true });
    expect(list.descriptors.map((entry) => entry.digest)).toEqual(entries.map((entry) => entry.digest).sort());
  }, 60_000);
}
