import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { createLog } from '@pratique/runtime/log';
import { ask, newFolder, pushImage, registryForTest, patience } from './registry-for-test.ts';
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

  it('tells its numbers on a port of their own', async () => {
    await using registry = await registryForTest({ metricsPort: 0 });
    await pushImage(registry.url, 'team/app', '1');
    await ask(registry.url, 'POST', '/v2/team/app/blobs/uploads/');
    const text = await (await fetch(`http://127.0.0.1:${registry.metricsPort}/metrics`)).text();
    expect(text).toContain('pratique_registry_requests_total{endpoint="manifest",method="PUT",status="201"} 1');
    expect(text).toContain('pratique_registry_open_uploads 1');
    expect(text).toContain('pratique_registry_problem{problem="registry-disk-full"} 0');
    // Names that clients chose would make the numbers grow without end.
    expect(text).not.toContain('team/app');
  });

  it('logs who changed which image, and never a password', async () => {
    const lines: string[] = [];
    const log = createLog({
      level: 'debug',
      format: 'json',
      name: 'registry',
      destination: { write: (line) => lines.push(line) },
    });
    const usersFile = join(await newFolder(), 'users');
    await writeFile(usersFile, `ana:${hashSync('very secret', 4)}`);
    await using registry = await registryForTest({ usersFile, log });
    const authorization = `Basic ${Buffer.from('ana:very secret').toString('base64')}`;
    await ask(registry.url, 'PUT', '/v2/team/app/manifests/1', { headers: { authorization }, body: '{}' });
    await expect.poll(() => lines.length, patience).toBeGreaterThan(0);
    const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(entry).toMatchObject({
      level: 'info',
      method: 'PUT',
      path: '/v2/team/app/manifests/1',
      status: 400,
      user: 'ana',
    });
    expect(lines.join('')).not.toMatch(/very secret|Basic/);
  });
});
