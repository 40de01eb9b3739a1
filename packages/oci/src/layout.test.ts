import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isFault } from '@pratique/runtime/fault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentStoreSuite } from './content-store.suite-for-test.ts';
import { digestOf } from './digest.ts';
import { collect, putArtifact, putBytes, putImage, putIndex } from './image-for-test.ts';
import { openLayout } from './layout.ts';
import type { LayoutStore } from './layout.ts';
import { addReferrer } from './add-referrer.ts';

contentStoreSuite('a layout on disk', {
  start: async () => {
    const root = await mkdtemp(join(tmpdir(), 'pratique-layout-suite-'));
    let count = 0;
    return {
      fresh: () => openLayout(join(root, `layout-${(count += 1)}`), { create: true }),
      stop: () => rm(root, { recursive: true, force: true }),
    };
  },
});

describe('a layout on disk', () => {
  let root: string;
  let count = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'pratique-layout-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  const next = (): string => join(root, `layout-${(count += 1)}`);
  const fresh = (): Promise<LayoutStore> => openLayout(next(), { create: true });

  it('is found again by whoever opens it later', async () => {
    const first = await fresh();
    const { descriptor } = await putImage(first, 'one', 'v1');
    const second = await openLayout(first.folder);
    expect((await second.resolve('v1'))?.digest).toBe(descriptor.digest);
    expect(await second.entries()).toMatchObject([{ annotations: { 'org.opencontainers.image.ref.name': 'v1' } }]);
  });

  it('lists an index but not the images in it', async () => {
    const store = await fresh();
    const images = [await putImage(store, 'one'), await putImage(store, 'two')];
    const { descriptor } = await putIndex(
      store,
      images.map((image) => image.descriptor),
      'both',
    );
    expect((await store.entries()).map((entry) => entry.digest)).toEqual([descriptor.digest]);
  });

  it('keeps members and annotations of index.json that it does not know', async () => {
    const store = await fresh();
    const image = await putImage(store, 'one', 'v1');
    await store.annotate(image.descriptor.digest, { kind: 'dev.cosignproject.cosign/image' });
    const path = join(store.folder, 'index.json');
    const document = JSON.parse(await readFile(path, 'utf8')) as { manifests: Record<string, unknown>[] };
    await writeFile(
      path,
      JSON.stringify({ ...document, 'x-more': 1, manifests: [{ ...document.manifests[0], 'x-this': 2 }] }),
    );
    await putImage(store, 'two', 'v1');
    const after = JSON.parse(await readFile(path, 'utf8')) as { manifests: unknown[] };
    expect(after).toMatchObject({ 'x-more': 1 });
    expect(after.manifests[0]).toMatchObject({ 'x-this': 2, annotations: { kind: 'dev.cosignproject.cosign/image' } });
    expect(after.manifests).toHaveLength(2);
  });

  it('finds referrers that lie among the blobs only', async () => {
    const store = await fresh();
    const image = await putImage(store, 'one', 'v1');
    const artifact = await putArtifact(store, image.descriptor, { type: 'text/plain', text: 'x' });
    await writeFile(join(store.folder, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    const again = await openLayout(store.folder);
    expect((await again.referrers(image.descriptor.digest)).descriptors).toMatchObject([
      { digest: artifact.descriptor.digest },
    ]);
  });

  it('leaves nothing behind when what is written turns out wrong', async () => {
    const store = await fresh();
    const write = { digest: digestOf('right'), size: 5, open: () => [Buffer.from('wrong')] };
    await expect(store.putBlob(write)).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(await readdir(join(store.folder, 'blobs', 'sha256'))).toEqual([]);
  });

  it('refuses a folder that is no layout', async () => {
    const folder = next();
    await expect(openLayout(folder)).rejects.toMatchObject({ code: 'layout-invalid' });
    await mkdir(folder);
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"7"}');
    await expect(openLayout(folder)).rejects.toMatchObject({ code: 'layout-invalid' });
    await writeFile(join(folder, 'oci-layout'), 'x'.repeat(5_000));
    await expect(openLayout(folder)).rejects.toMatchObject({ code: 'content-too-large' });
  });

  it('notices bytes that were changed on disk', async () => {
    const store = await fresh();
    const image = await putImage(store, 'one', 'v1');
    const blob = await putBytes(store, 'true bytes', 'text/plain');
    for (const { digest } of [image.descriptor, blob])
      await writeFile(join(store.folder, 'blobs', 'sha256', digest.slice(7)), 'lies bytes');
    await expect(store.manifest('v1')).rejects.toMatchObject({ code: 'content-mismatch' });
    await expect(store.blob(blob).then(collect)).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('follows no link, neither for a blob nor for a folder nor for the index', async () => {
    const secret = join(root, 'secret');
    await writeFile(secret, 'secret');
    const store = await fresh();
    const digest = digestOf('secret');
    await symlink(secret, join(store.folder, 'blobs', 'sha256', digest.slice(7)));
    await expect(store.blob({ digest, size: 6 })).rejects.toMatchObject({ code: 'layout-invalid' });
    await rm(join(store.folder, 'index.json'));
    await symlink(secret, join(store.folder, 'index.json'));
    await expect(store.tags()).rejects.toMatchObject({ code: 'layout-invalid' });
    const other = await fresh();
    await rm(join(other.folder, 'blobs', 'sha256'), { recursive: true });
    await symlink(root, join(other.folder, 'blobs', 'sha256'));
    await expect(openLayout(other.folder)).rejects.toMatchObject({ code: 'layout-invalid' });
    await expect(putBytes(other, 'x', 'text/plain')).rejects.toMatchObject({ code: 'layout-invalid' });
  });

  it('does not wait for a pipe in place of a file', async () => {
    const store = await fresh();
    const digest = digestOf('pipe');
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(store.folder, 'blobs', 'sha256', digest.slice(7))]);
    await expect(store.hasBlob(digest)).rejects.toMatchObject({ code: 'layout-invalid' });
  });

  it('refuses an index.json whose digests lead elsewhere', async () => {
    const store = await fresh();
    const entry = { mediaType: 'text/plain', digest: 'sha256:../../../secret', size: 6 };
    await writeFile(join(store.folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    await expect(store.entries()).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  it('is read or refused with a code whatever stands in its index.json', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    const path = join(store.folder, 'index.json');
    const entry = fc.record(
      {
        mediaType: fc.oneof(fc.constant(descriptor.mediaType), fc.string()),
        digest: fc.oneof(fc.constant(descriptor.digest), fc.constant('sha256:../x'), fc.string()),
        size: fc.oneof(fc.constant(descriptor.size), fc.integer(), fc.double()),
        annotations: fc.dictionary(
          fc.constantFrom('org.opencontainers.image.ref.name', '__proto__', 'a'),
          fc.oneof(fc.constant('v1'), fc.string(), fc.integer()),
        ),
      },
      { requiredKeys: [] },
    );
    const document = fc.oneof(
      fc.json(),
      fc.array(entry, { maxLength: 4 }).map((manifests) => JSON.stringify({ schemaVersion: 2, manifests })),
    );
    await fc.assert(
      fc.asyncProperty(document, async (text) => {
        await writeFile(path, text);
        for (const ask of [
          () => store.tags(),
          () => store.manifest('v1'),
          () => store.entries(),
          () => putImage(store, 'two', 'v2'),
        ])
          await ask().catch((error: unknown) => expect([String(error), isFault(error)]).toEqual([String(error), true]));
      }),
      { numRuns: 100 },
    );
  });

  it('says which tag is broken when its manifest is gone', async () => {
    const store = await fresh();
    const { descriptor } = await putImage(store, 'one', 'v1');
    await rm(join(store.folder, 'blobs', 'sha256', descriptor.digest.slice(7)));
    await expect(store.manifest('v1')).rejects.toMatchObject({ code: 'content-missing' });
  });

  it('names the path when it may not write', async () => {
    const store = await fresh();
    await rm(join(store.folder, 'blobs'), { recursive: true });
    await writeFile(join(store.folder, 'blobs'), 'a file');
    await expect(putBytes(store, 'x', 'text/plain')).rejects.toMatchObject({ code: expect.stringMatching(/^layout-/) });
  });

  it('keeps all tags when many are written at once', async () => {
    const store = await fresh();
    const tags = Array.from({ length: 20 }, (_, at) => `v${at}`);
    await Promise.all(tags.map((tag) => putImage(store, tag, tag)));
    expect(await store.tags()).toEqual([...tags].sort());
    const image = await store.resolve('v1');
    const added = await addReferrer(store, image?.digest ?? '', image!, {
      random: () => 0,
      sleep: async () => undefined,
    });
    expect(added.writes).toBe(1);
  });
});
