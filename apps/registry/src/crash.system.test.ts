import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startChildRegistry } from './child-registry-for-test.ts';
import {
  ask,
  digestOf,
  imageType,
  newContent,
  newFolder,
  newManifest,
  pushBlob,
  pushImage,
  putManifest,
} from './registry-for-test.ts';
import { startRegistry } from './start.ts';

const repository = 'crash/app';

/** What the registry has said is there: it must be, whatever happens later. */
interface Promised {
  readonly manifests: Set<string>;
  readonly signed: Map<string, string>;
  /** Images pushed since the last start. */
  pushed: number;
}

/** Pushes, signs, retags and deletes until the registry is gone. */
async function keepWriting(url: string, promised: Promised): Promise<void> {
  for (let round = 0; ; round += 1) {
    const image = await pushImage(url, repository, `t${round % 5}`);
    promised.manifests.add(image.digest);
    promised.pushed += 1;
    const subject = { mediaType: imageType, digest: image.digest, size: image.size };
    const signature = await newManifest(url, repository, { subject, artifactType: 'application/sig' });
    const put = await putManifest(url, `/v2/${repository}/manifests/${signature.digest}`, signature.body);
    if (put.status === 201) promised.signed.set(signature.digest, image.digest);
    if (round % 4 === 3) {
      // From the moment it is asked for, both states are right.
      promised.manifests.delete(image.digest);
      await ask(url, 'DELETE', `/v2/${repository}/manifests/${image.digest}`);
    }
  }
}

/** Blobs large enough for the kill to fall into one. */
async function keepUploading(url: string): Promise<void> {
  for (;;) await pushBlob(url, repository, newContent(2 * 1024 ** 2));
}

async function expectConsistent(url: string, promised: Promised): Promise<void> {
  const read = (path: string) => ask(url, 'GET', `/v2/${repository}/${path}`);
  const listed = await read('tags/list');
  const { tags } = listed.status === 404 ? { tags: [] } : (JSON.parse(listed.body.toString()) as { tags: string[] });
  const digests = new Set(promised.manifests);
  for (const tag of tags) digests.add(String((await read(`manifests/${tag}`)).headers['docker-content-digest']));
  for (const digest of digests) {
    const answer = await read(`manifests/${digest}`);
    expect(answer.status).toBe(200);
    expect(digestOf(answer.body)).toBe(digest);
    const { config, layers } = JSON.parse(answer.body.toString()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    for (const blob of [config, ...layers])
      expect(digestOf((await read(`blobs/${blob.digest}`)).body)).toBe(blob.digest);
  }
  for (const [signature, subject] of promised.signed) {
    const { manifests } = JSON.parse((await read(`referrers/${subject}`)).body.toString()) as {
      manifests: { digest: string }[];
    };
    expect(manifests.map((item) => item.digest)).toContain(signature);
    for (const { digest } of manifests) expect((await read(`manifests/${digest}`)).status).toBe(200);
  }
}

/** Every file of content has the digest it is named by. */
async function expectWholeContent(folder: string): Promise<number> {
  const files = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  let count = 0;
  for (const file of files.filter((item) => item.isFile())) {
    expect(digestOf(await readFile(join(file.parentPath, file.name)))).toBe(`sha256:${file.name}`);
    count += 1;
  }
  return count;
}

describe('a registry that is killed while it writes', () => {
  it('has everything it promised, and nothing half-written', { timeout: 120_000 }, async () => {
    const folder = await newFolder();
    const promised: Promised = { manifests: new Set(), signed: new Map(), pushed: 0 };
    let content = 0;
    // Each time after another image and a little later, so that the kill falls into another step of another writer.
    for (const [images, delay] of [
      [1, 0],
      [2, 3],
      [3, 7],
      [4, 1],
      [5, 5],
      [7, 2],
    ] as const) {
      promised.pushed = 0;
      const child = await startChildRegistry(folder);
      const writers = [keepWriting(child.url, promised), keepWriting(child.url, promised), keepUploading(child.url)];
      let isOver = false;
      const ended = Promise.allSettled(writers).then(() => (isOver = true));
      while (promised.pushed < images && !isOver) await pause(1);
      await pause(delay);
      await child.kill();
      await ended;
      const registry = await startRegistry({ folder, durable: false });
      expect(await readdir(join(folder, 'uploads'))).toEqual([]);
      expect(await readdir(join(folder, 'temporary'))).toEqual([]);
      await expectConsistent(registry.url, promised);
      content = await expectWholeContent(folder);
      await registry.close();
    }
    // Otherwise nothing was looked at.
    expect(content).toBeGreaterThan(10);
    await rm(folder, { recursive: true });
  });

  it('makes the lists of referrers anew when they are lost', async () => {
    const folder = await newFolder();
    const first = await startRegistry({ folder, durable: false });
    const image = await pushImage(first.url, repository, 'a');
    const subject = { mediaType: imageType, digest: image.digest, size: image.size };
    const signature = await pushImage(first.url, repository, 'sig', { subject, annotations: { a: 'b' } });
    const before = await ask(first.url, 'GET', `/v2/${repository}/referrers/${image.digest}`);
    await first.close();
    await rm(join(folder, 'repositories', repository, '_referrers'), { recursive: true });
    const second = await startRegistry({ folder, durable: false });
    const after = await ask(second.url, 'GET', `/v2/${repository}/referrers/${image.digest}`);
    expect(after.body.toString()).toBe(before.body.toString());
    expect(after.body.toString()).toContain(signature.digest);
    await second.close();
    await rm(folder, { recursive: true });
  });

  it('leaves out nothing from a list of referrers when the disk has changed an entry', async () => {
    const folder = await newFolder();
    const registry = await startRegistry({ folder, durable: false });
    const image = await pushImage(registry.url, repository, 'a');
    const subject = { mediaType: imageType, digest: image.digest, size: image.size };
    const signature = await pushImage(registry.url, repository, 'sig', { subject });
    const entries = join(folder, 'repositories', repository, '_referrers', 'sha256', image.digest.slice(7));
    await writeFile(join(entries, signature.digest.replace(':', '-')), '{"mediaType":');
    const answer = await ask(registry.url, 'GET', `/v2/${repository}/referrers/${image.digest}`);
    expect([answer.status, answer.body.toString()]).toEqual([500, expect.stringContaining('cannot be read')]);
    // Left from a crash between entry and manifest: no manifest, no entry.
    await writeFile(join(entries, `sha256-${'0'.repeat(64)}`), '{');
    await ask(registry.url, 'DELETE', `/v2/${repository}/manifests/${signature.digest}`);
    const emptied = await ask(registry.url, 'GET', `/v2/${repository}/referrers/${image.digest}`);
    expect([emptied.status, JSON.parse(emptied.body.toString()).manifests]).toEqual([200, []]);
    await registry.close();
    await rm(folder, { recursive: true });
  });

  it('lets its successor have the folder at once', { timeout: 30_000 }, async () => {
    const folder = await newFolder();
    const child = await startChildRegistry(folder);
    await expect(startRegistry({ folder })).rejects.toMatchObject({ code: 'storage-folder-in-use' });
    await child.kill();
    const registry = await startRegistry({ folder });
    expect((await ask(registry.url, 'GET', '/v2/')).status).toBe(200);
    await registry.close();
    await rm(folder, { recursive: true });
  });
});
