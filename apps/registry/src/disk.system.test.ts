import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startChildRegistry } from './child-registry-for-test.ts';
import { mounting } from './mount-for-test.ts';
import {
  ask,
  digestOf,
  errorOf,
  newContent,
  newFolder,
  pushBlob,
  pushImage,
  registryForTest,
} from './registry-for-test.ts';
import { storageFault } from './store/files.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function mountedFolder(...words: readonly string[]): Promise<string> {
  const folder = await newFolder();
  execFileSync('mount', [...words, folder]);
  cleanups.push(
    () => rm(folder, { recursive: true }),
    () => execFileSync('umount', [folder]),
  );
  return folder;
}

mounting.describe('a registry on a disk that is full', () => {
  const small = () => mountedFolder('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');

  async function uploadPath(url: string, repository: string): Promise<string> {
    return String((await ask(url, 'POST', `/v2/${repository}/blobs/uploads/`)).headers.location);
  }

  it('answers 507 with the number of the error, keeps nothing half-written, and what was there', async () => {
    const folder = await small();
    await using registry = await registryForTest({ folder });
    const image = await pushImage(registry.url, 'full/app', '1');
    const content = newContent(6 * 1024 ** 2);
    const path = await uploadPath(registry.url, 'full/app');
    const answer = await ask(registry.url, 'PUT', `${path}?digest=${digestOf(content)}`, { body: content });
    expect(answer.status).toBe(507);
    expect(errorOf(answer)).toMatchObject({
      code: 'UNKNOWN',
      detail: {
        DriverName: 'filesystem',
        Enclosed: { Op: 'write', Path: expect.stringContaining('uploads'), Err: 28 },
      },
    });
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
    expect((await ask(registry.url, 'GET', path)).status).toBe(404);
    expect((await ask(registry.url, 'GET', `/v2/full/app/blobs/${image.layer}`)).status).toBe(200);
    expect(registry.health().problems.map((problem) => problem.code)).toEqual(['registry-disk-full']);
  });

  it('goes on when there is room again', async () => {
    const folder = await small();
    await using registry = await registryForTest({ folder });
    const large = await pushBlob(registry.url, 'full/app', newContent(3 * 1024 ** 2));
    const second = newContent(2 * 1024 ** 2);
    await expect(pushBlob(registry.url, 'full/app', second)).rejects.toThrow('507');
    await ask(registry.url, 'DELETE', `/v2/full/app/blobs/${large}`);
    expect(await registry.collectGarbage({ graceMs: -1_000 })).toMatchObject({ files: 1, bytes: 3 * 1024 ** 2 });
    await pushBlob(registry.url, 'full/app', second);
    expect(registry.health().status).toBe('healthy');
  });

  it('leaves a tag where it was when a new manifest finds no room', async () => {
    const folder = await small();
    await using registry = await registryForTest({ folder });
    const image = await pushImage(registry.url, 'full/app', '1');
    await fill(registry.url);
    const annotations = { large: 'x'.repeat(1024 ** 2) };
    const body = JSON.stringify({ ...(JSON.parse(image.body) as object), annotations });
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    const answer = await ask(registry.url, 'PUT', '/v2/full/app/manifests/1', { headers, body });
    expect(answer.status).toBe(507);
    const kept = await ask(registry.url, 'GET', '/v2/full/app/manifests/1');
    expect(kept.body.toString()).toBe(image.body);
    expect(await readdir(join(folder, 'temporary'))).toEqual([]);
  });

  /** Smaller and smaller blobs until not even 64 KiB find room. */
  async function fill(url: string): Promise<void> {
    for (let size = 1024 ** 2; size >= 65_536;) {
      await pushBlob(url, 'full/filler', newContent(size)).catch(() => (size /= 2));
    }
  }
});

mounting.describe('a registry whose disk refuses', () => {
  it('answers 500 with EROFS (30) when the mount became read-only', async () => {
    const folder = await mountedFolder('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs');
    await using registry = await registryForTest({ folder });
    const image = await pushImage(registry.url, 'fixed/app', '1');
    // The lock is an open file, which forbids a read-only remount; a bind mount over it does not.
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
    cleanups.push(() => execFileSync('umount', [folder]));
    const answer = await ask(registry.url, 'POST', '/v2/fixed/app/blobs/uploads/');
    expect(answer.status).toBe(500);
    expect(errorOf(answer)).toMatchObject({ code: 'UNKNOWN', detail: { Enclosed: { Op: 'open', Err: 30 } } });
    expect((await ask(registry.url, 'GET', '/v2/fixed/app/manifests/1')).body.toString()).toBe(image.body);
    expect(registry.health().problems.map((problem) => problem.code)).toEqual(['registry-disk-refuses']);
  });

  it('can serve a read-only mount when told so, and says what to do when not', async () => {
    const folder = await mountedFolder('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs');
    const writable = await registryForTest({ folder });
    const image = await pushImage(writable.url, 'fixed/app', '1');
    await writable.close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await using registry = await registryForTest({ folder, readOnly: true });
    expect((await ask(registry.url, 'GET', '/v2/fixed/app/manifests/1')).body.toString()).toBe(image.body);
    await expect(registryForTest({ folder })).rejects.toMatchObject({
      code: 'storage-folder-unusable',
      hint: expect.stringContaining('--read-only') as string,
    });
  });
});

mounting.describe('a registry that may not write its folder', () => {
  it('answers 500 with EACCES (13) and the path', async () => {
    const folder = await newFolder();
    cleanups.push(() => rm(folder, { recursive: true }));
    await chown(folder, 65_534, 65_534);
    await chmod(folder, 0o755);
    const child = await startChildRegistry(folder, 65_534);
    cleanups.push(() => child.kill());
    await pushBlob(child.url, 'locked/app', 'first');
    await chown(join(folder, 'uploads'), 0, 0);
    const answer = await ask(child.url, 'POST', '/v2/locked/app/blobs/uploads/');
    expect(answer.status).toBe(500);
    expect(errorOf(answer)).toMatchObject({
      code: 'UNKNOWN',
      detail: { DriverName: 'filesystem', Enclosed: { Op: 'open', Path: expect.stringContaining(folder), Err: 13 } },
    });
    expect((await ask(child.url, 'GET', '/v2/locked/app/tags/list')).status).toBe(200);
  });
});

describe('an error of a connection', () => {
  it.each(['EPIPE', 'ECONNRESET'])('is not taken for one of the disk: %s', (code) => {
    const error = Object.assign(new Error(`write ${code}`), { code, errno: -32, syscall: 'write' });
    expect(storageFault(error, '/folder')).toBe(error);
  });
});

describe('a folder that cannot be used', () => {
  it('is said at the start: a file', async () => {
    await expect(registryForTest({ folder: process.execPath })).rejects.toMatchObject({
      code: 'storage-folder-unusable',
    });
  });

  it('is said at the start: one that holds other things, which stay', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'uploads'));
    await writeFile(join(folder, 'uploads', 'thesis.odt'), 'years of work');
    await expect(registryForTest({ folder })).rejects.toMatchObject({
      code: 'storage-folder-unusable',
      message: expect.stringContaining('uploads') as string,
    });
    expect(await readdir(join(folder, 'uploads'))).toEqual(['thesis.odt']);
  });

  it('may be one whose first start died half-way', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'format'), '');
    await writeFile(join(folder, 'lock'), '');
    await using registry = await registryForTest({ folder });
    expect((await ask(registry.url, 'GET', '/v2/')).status).toBe(200);
  });

  it('is said at the start: an arrangement of another version', async () => {
    const folder = await newFolder();
    const first = await registryForTest({ folder });
    await first.close();
    await writeFile(join(folder, 'format'), 'pratique-registry 2\n');
    await expect(registryForTest({ folder })).rejects.toMatchObject({
      code: 'storage-folder-unusable',
      message: expect.stringContaining('pratique-registry 2') as string,
    });
  });
});
