import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { looseMode, writeFiles } from './files.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'cli-files-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

function write(name: string, content: string, replace = false) {
  return { path: join(folder, name), content, mode: 0o600, replace };
}

describe('files of keys', () => {
  it('belong to their owner alone and leave nothing beside them', async () => {
    await writeFiles([write('a.key', 'secret'), { ...write('a.pub', 'public'), mode: 0o644 }]);
    expect((await stat(join(folder, 'a.key'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['a.key', 'a.pub']);
  });

  it('are all left alone when one of them is there already', async () => {
    await writeFile(join(folder, 'a.pub'), 'old');
    await expect(writeFiles([write('a.key', 'new'), write('a.pub', 'new')])).rejects.toMatchObject({
      code: 'file-exists',
    });
    expect(await readdir(folder)).toEqual(['a.pub']);
    expect(await readFile(join(folder, 'a.pub'), 'utf8')).toBe('old');
  });

  it('are replaced only when told to', async () => {
    await writeFile(join(folder, 'a.key'), 'old', { mode: 0o644 });
    await writeFiles([write('a.key', 'new', true)]);
    expect(await readFile(join(folder, 'a.key'), 'utf8')).toBe('new');
    expect((await stat(join(folder, 'a.key'))).mode & 0o777).toBe(0o600);
  });

  it('never go through a link, not even to replace what it names', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, 'untouched');
    await symlink(elsewhere, join(folder, 'a.key'));
    await expect(writeFiles([write('a.key', 'new', true)])).rejects.toMatchObject({ code: 'symlink-refused' });
    expect(await readFile(elsewhere, 'utf8')).toBe('untouched');
    expect((await lstat(join(folder, 'a.key'))).isSymbolicLink()).toBe(true);
  });

  it('say why they could not be written', async () => {
    await expect(writeFiles([write('no/such/a.key', 'x')])).rejects.toMatchObject({
      code: 'file-unwritable',
      message: expect.stringContaining('no such folder'),
    });
  });

  it.skipIf(process.platform === 'win32')('tell when others may read them', async () => {
    const path = join(folder, 'a.key');
    await writeFile(path, 'x', { mode: 0o600 });
    expect(await looseMode(path)).toBeUndefined();
    await chmod(path, 0o640);
    expect(await looseMode(path)).toBe('0640');
  });
});
