import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, newFolder, pushImage, registryForTest } from './registry-for-test.ts';
import { startRegistry } from './start.ts';

describe('a registry', () => {
  it('keeps what was pushed over a restart', async () => {
    const folder = await newFolder();
    const first = await startRegistry({ folder });
    const image = await pushImage(first.url, 'team/app', '1');
    await first.close();
    await using second = await registryForTest({ folder });
    const found = await ask(second.url, 'GET', '/v2/team/app/manifests/1');
    expect(found.status).toBe(200);
    expect(found.body.toString()).toBe(image.body);
    expect((await ask(second.url, 'GET', `/v2/team/app/blobs/${image.layer}`)).status).toBe(200);
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  it('refuses a folder another one has, and takes it when that one is gone', async () => {
    const folder = await newFolder();
    const first = await startRegistry({ folder });
    await expect(startRegistry({ folder })).rejects.toMatchObject({ code: 'storage-folder-in-use' });
    await first.close();
    await using second = await startRegistry({ folder });
    expect(second.port).toBeGreaterThan(0);
  });

  it('says which port it cannot have, and lets go of the folder', async () => {
    await using holder = await registryForTest();
    const folder = await newFolder();
    await expect(startRegistry({ folder, port: holder.port })).rejects.toMatchObject({
      code: 'registry-port-unavailable',
    });
    await using later = await startRegistry({ folder });
    expect(later.address).toBe(`127.0.0.1:${later.port}`);
  });
});
