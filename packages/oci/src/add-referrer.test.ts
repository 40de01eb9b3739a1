import { describe, expect, it } from 'vitest';
import { addReferrer, removeReferrers } from './add-referrer.ts';
import { digestOf } from './digest.ts';
import { putImage } from './image-for-test.ts';
import { createMemoryStore } from './memory.ts';
import { ociIndex, ociManifest } from './media-types.ts';
import { fallbackTag } from './referrers.ts';
import type { ContentStore } from './store.ts';

const subject = digestOf('subject');
const tag = fallbackTag(subject);
const chance = { random: () => 0.5, sleep: async () => undefined };
const entry = (name: string) => ({ mediaType: ociManifest, digest: digestOf(name), size: 3, artifactType: 'a/b' });

async function entriesIn(store: ContentStore): Promise<Record<string, unknown>[]> {
  const stored = await store.manifest(tag);
  return (
    JSON.parse(Buffer.from(stored?.bytes ?? '{"manifests":[]}').toString()) as { manifests: Record<string, unknown>[] }
  ).manifests;
}

function putList(store: ContentStore, document: object) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, ...document }));
  return store.putManifest({ bytes, mediaType: ociIndex, tag });
}

describe('adding to the list of referrers', () => {
  it('begins the list, and does nothing the second time', async () => {
    const store = createMemoryStore();
    expect(await addReferrer(store, subject, entry('a'), chance)).toEqual({ tag, writes: 1, replacedSubject: false });
    expect(await addReferrer(store, subject, entry('a'), chance)).toMatchObject({ writes: 0 });
    expect(await entriesIn(store)).toEqual([entry('a')]);
  });

  it('keeps foreign entries and members and sorts by digest', async () => {
    const store = createMemoryStore();
    const foreign = { ...entry('foreign'), 'x-member': true, data: 'e30=' };
    await putList(store, { manifests: [foreign], 'x-list': 1 });
    for (const name of ['b', 'c', 'd']) await addReferrer(store, subject, entry(name), chance);
    const entries = await entriesIn(store);
    expect(entries).toContainEqual(foreign);
    expect(entries.map(({ digest }) => digest)).toEqual(
      ['foreign', 'b', 'c', 'd'].map((name) => digestOf(name)).sort(),
    );
    expect(JSON.parse(Buffer.from((await store.manifest(tag))?.bytes ?? '').toString())).toMatchObject({ 'x-list': 1 });
  });

  it('replaces the image itself, and says so', async () => {
    const store = createMemoryStore();
    const image = await putImage(store, 'one');
    const own = image.descriptor.digest;
    await putImage(store, 'one', fallbackTag(own));
    expect(await addReferrer(store, own, entry('a'), chance)).toMatchObject({ writes: 1, replacedSubject: true });
  });

  it('refuses to replace anything else', async () => {
    const store = createMemoryStore();
    await putImage(store, 'somebody’s image', tag);
    await expect(addReferrer(store, subject, entry('a'), chance)).rejects.toMatchObject({
      code: 'fallback-tag-occupied',
    });
  });

  it('looks again after it wrote, because others write at the same time', async () => {
    const store = createMemoryStore();
    const put = store.putManifest.bind(store);
    let stolen = 0;
    // Another writer, who has read before us, writes after us: three times.
    store.putManifest = async (write) => {
      const written = await put({ ...write, expected: undefined });
      if (stolen < 3) {
        stolen += 1;
        await put({
          bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [entry('other')] })),
          mediaType: ociIndex,
          tag,
        });
      }
      return { ...written, promised: false };
    };
    expect(await addReferrer(store, subject, entry('a'), chance)).toMatchObject({ writes: 4 });
    expect((await entriesIn(store)).map(({ digest }) => String(digest)).sort()).toEqual(
      [digestOf('a'), digestOf('other')].sort(),
    );
  });

  it('says loudly when the entry does not stay', async () => {
    const store = createMemoryStore();
    const put = store.putManifest.bind(store);
    store.putManifest = async (write) => {
      const written = await put({ ...write, expected: undefined });
      await store.deleteManifest(tag);
      return { ...written, promised: false };
    };
    await expect(addReferrer(store, subject, entry('a'), chance)).rejects.toMatchObject({
      code: 'referrer-not-listed',
      message: expect.stringContaining(digestOf('a')),
    });
  });

  it('can be taken back', async () => {
    const store = createMemoryStore();
    for (const name of ['a', 'b', 'c']) await addReferrer(store, subject, entry(name), chance);
    expect(await removeReferrers(store, subject, [digestOf('a'), digestOf('c'), digestOf('never')], chance)).toBe(2);
    expect(await entriesIn(store)).toEqual([entry('b')]);
    expect(await removeReferrers(store, subject, [digestOf('a')], chance)).toBe(0);
    expect(await removeReferrers(createMemoryStore(), subject, [digestOf('a')], chance)).toBe(0);
  });

  it('has a tag that fits, whatever the digest', () => {
    expect(fallbackTag(`sha512:${'a'.repeat(128)}`)).toBe(`sha512-${'a'.repeat(64)}`);
    expect(() => fallbackTag('nonsense')).toThrow(expect.objectContaining({ code: 'digest-invalid' }));
  });
});
