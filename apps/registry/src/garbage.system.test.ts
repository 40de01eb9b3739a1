import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { collectGarbage } from './collect-garbage.ts';
import {
  ask,
  errorOf,
  imageType,
  indexType,
  newContent,
  newFolder,
  newManifest,
  pushBlob,
  pushImage,
  putManifest,
  registryForTest,
  patience,
} from './registry-for-test.ts';

/** Everything made before now counts as old. */
const everything = { graceMs: -1_000 };

describe('collecting garbage', () => {
  it('removes what no manifest names, and leaves images, indexes, and signatures that have no tag', async () => {
    await using registry = await registryForTest();
    const { url } = registry;
    const image = await pushImage(url, 'clean/app', '1');
    const subject = { mediaType: imageType, digest: image.digest, size: image.size };
    const signature = await newManifest(url, 'clean/app', { subject });
    await putManifest(url, `/v2/clean/app/manifests/${signature.digest}`, signature.body);
    const manifests = [{ mediaType: imageType, digest: image.digest, size: image.size }];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
    await putManifest(url, '/v2/clean/app/manifests/all', index, { 'content-type': indexType });
    const loose = await pushBlob(url, 'clean/app', newContent(500));

    expect(await registry.collectGarbage({ ...everything, dryRun: true })).toEqual({ blobs: 1, files: 1, bytes: 500 });
    expect((await ask(url, 'HEAD', `/v2/clean/app/blobs/${loose}`)).status).toBe(200);
    expect(await registry.collectGarbage(everything)).toEqual({ blobs: 1, files: 1, bytes: 500 });
    expect((await ask(url, 'HEAD', `/v2/clean/app/blobs/${loose}`)).status).toBe(404);
    for (const path of [
      'manifests/1',
      'manifests/all',
      `manifests/${signature.digest}`,
      `blobs/${image.layer}`,
      `blobs/${signature.layer}`,
    ]) {
      expect((await ask(url, 'GET', `/v2/clean/app/${path}`)).status).toBe(200);
    }
    expect(await registry.collectGarbage(everything)).toEqual({ blobs: 0, files: 0, bytes: 0 });
  });

  it('removes the blobs of a deleted image, but not from another repository', async () => {
    await using registry = await registryForTest();
    const { url } = registry;
    const image = await pushImage(url, 'clean/one', '1');
    for (const blob of [image.layer, (JSON.parse(image.body) as { config: { digest: string } }).config.digest]) {
      await ask(url, 'POST', `/v2/clean/two/blobs/uploads/?mount=${blob}&from=clean/one`);
    }
    await putManifest(url, '/v2/clean/two/manifests/1', image.body);
    await ask(url, 'DELETE', `/v2/clean/one/manifests/${image.digest}`);
    expect(await registry.collectGarbage(everything)).toEqual({ blobs: 2, files: 0, bytes: 0 });
    expect((await ask(url, 'GET', `/v2/clean/two/blobs/${image.layer}`)).status).toBe(200);
    expect((await ask(url, 'GET', `/v2/clean/one/blobs/${image.layer}`)).status).toBe(404);
  });

  it('leaves what is younger than its time', async () => {
    await using registry = await registryForTest();
    const loose = await pushBlob(registry.url, 'clean/app', newContent());
    expect(await registry.collectGarbage({ graceMs: 60_000 })).toEqual({ blobs: 0, files: 0, bytes: 0 });
    expect((await ask(registry.url, 'HEAD', `/v2/clean/app/blobs/${loose}`)).status).toBe(200);
  });

  it('never takes a blob from under a manifest that is being pushed', async () => {
    await using registry = await registryForTest();
    const { url } = registry;
    let isPushing = true;
    const collecting = (async () => {
      for (; isPushing; await pause(15)) await registry.collectGarbage(everything);
    })();
    let [taken, refused] = [0, 0];
    // Without any time of grace both happen: a push that loses its blobs is told so, one that was taken is whole.
    for (let round = 0; round < 2_000 && (taken < 5 || refused < 5); round += 1) {
      const image = await newManifest(url, 'clean/race');
      const answer = await putManifest(url, '/v2/clean/race/manifests/1', image.body);
      if (answer.status === 201) taken += 1;
      else refused += 1;
      const blob = await ask(url, 'GET', `/v2/clean/race/blobs/${image.layer}`);
      if (answer.status === 201) expect(blob.status).toBe(200);
      else expect(errorOf(answer).code).toBe('MANIFEST_BLOB_UNKNOWN');
    }
    isPushing = false;
    await collecting;
    expect(taken).toBeGreaterThan(0);
  });

  it('stops before removing anything when a manifest cannot be read', async () => {
    const folder = await newFolder();
    const first = await registryForTest({ folder });
    const image = await pushImage(first.url, 'clean/app', '1');
    const loose = await pushBlob(first.url, 'clean/app', newContent());
    await first.close();
    const hex = image.digest.slice('sha256:'.length);
    await writeFile(join(folder, 'blobs/sha256', hex.slice(0, 2), hex), 'broken');
    const options = { folder, graceMs: 0, dryRun: false, now: Date.now() + 60_000 };
    await expect(collectGarbage(options)).rejects.toMatchObject({ code: 'storage-failed' });
    await using second = await registryForTest({ folder });
    expect((await ask(second.url, 'HEAD', `/v2/clean/app/blobs/${loose}`)).status).toBe(200);
    expect((await ask(second.url, 'HEAD', `/v2/clean/app/blobs/${image.layer}`)).status).toBe(200);
  });

  it('works on a stopped registry and not beside a running one', async () => {
    const folder = await newFolder();
    const registry = await registryForTest({ folder });
    const loose = await pushBlob(registry.url, 'clean/app', newContent(700));
    const options = { folder, graceMs: 0, dryRun: false, now: Date.now() + 60_000 };
    await expect(collectGarbage(options)).rejects.toMatchObject({ code: 'storage-folder-in-use' });
    await registry.close();
    expect(await collectGarbage(options)).toEqual({ blobs: 1, files: 1, bytes: 700 });
    const hex = loose.slice('sha256:'.length);
    await expect(stat(join(folder, 'blobs/sha256', hex.slice(0, 2), hex))).rejects.toMatchObject({ code: 'ENOENT' });
    await rm(folder, { recursive: true });
  });

  it('is done by the running registry from time to time when told so', async () => {
    await using registry = await registryForTest({ garbageEveryMs: 20, garbageGraceMs: 0 });
    const loose = await pushBlob(registry.url, 'clean/app', newContent());
    await expect
      .poll(async () => (await ask(registry.url, 'HEAD', `/v2/clean/app/blobs/${loose}`)).status, patience)
      .toBe(404);
  });

  it('does not mind foreign files', async () => {
    const folder = await newFolder();
    await using registry = await registryForTest({ folder });
    await mkdir(join(folder, 'blobs/sha256/zz'), { recursive: true });
    await writeFile(join(folder, 'blobs/sha256/zz/README'), 'mine');
    expect(await registry.collectGarbage(everything)).toEqual({ blobs: 0, files: 0, bytes: 0 });
    expect(await readdir(join(folder, 'blobs/sha256/zz'))).toEqual(['README']);
  });
});
