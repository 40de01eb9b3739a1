import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followConfiguration } from './active-configuration.ts';
import { readConfined } from './confined-file.ts';
import { confinedText } from './confined-text.ts';
import { watchFiles } from './watch-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A Secret as the kubelet mounts it. */
async function mounted(name: string, version: string, text: string): Promise<void> {
  const at = join(folder, name);
  await mkdir(join(at, `..${version}`), { recursive: true });
  await writeFile(join(at, `..${version}`, 'secret.yaml'), text);
  await symlink(`..${version}`, join(at, '..data_tmp'));
  await rename(join(at, '..data_tmp'), join(at, '..data'));
  await symlink(join('..data', 'secret.yaml'), join(at, 'secret.yaml')).catch(() => undefined);
}

const read = (...names: readonly string[]) => readConfined({ base: folder, names, what: 'the secret' });

describe('a confined file', () => {
  it('CFG-1 is read through the links Kubernetes mounts Secrets with', async () => {
    await mounted('login', '2026_01', 'first');
    expect(await read('login', 'secret.yaml')).toBe('first');
    await mounted('login', '2026_02', 'second');
    expect(await read('login', 'secret.yaml')).toBe('second');
    expect(confinedText('login/secret.yaml', [folder])).toBe('second');
  });

  it('CFG-1 may not be reached by names or links that lead out of its folder', async () => {
    await mounted('login', '2026_01', 'mine');
    await mounted('other', '2026_01', 'theirs');
    await mkdir(join(folder, 'links'));
    await symlink('/etc/hostname', join(folder, 'links', 'secret.yaml'));
    await symlink(join('..', 'other', 'secret.yaml'), join(folder, 'links', 'near.yaml'));
    await symlink('/etc', join(folder, 'etc'));
    for (const names of [
      ['..', 'secret.yaml'],
      ['login', '..'],
      ['login/../other', 'secret.yaml'],
      ['login', ''],
      ['.', 'x'],
      ['links', 'secret.yaml'],
      ['links', 'near.yaml'],
      ['etc', 'hostname'],
      ['login\0', 'secret.yaml'],
    ]) {
      await expect(read(...names), names.join('/')).rejects.toMatchObject({ code: 'file-outside-folder' });
    }
    for (const path of ['/etc/hostname', '../x', 'links/secret.yaml', 'etc/hostname', 'login', 'none']) {
      expect(confinedText(path, [join(folder)]), path).toBeUndefined();
    }
  });

  it('that is not there is undefined, one that is too large or no text is a fault', async () => {
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'large'), Buffer.alloc(5 * 2 ** 20));
    await writeFile(join(folder, 'a', 'bytes'), Buffer.from([0xff, 0xfe]));
    expect(await read('a', 'none')).toBeUndefined();
    expect(await read('b', 'none')).toBeUndefined();
    await expect(read('a', 'large')).rejects.toMatchObject({ code: 'too-large' });
    await expect(read('a', 'bytes')).rejects.toMatchObject({ code: 'not-text' });
  });
});

describe('watched files', () => {
  it('are told of once when they changed and stayed so', async () => {
    const changes: string[] = [];
    await mounted('login', '2026_01', 'first');
    const watch = await watchFiles({
      ...{ files: [join(folder, 'config.yaml')], folders: [folder], everyMs: 2 },
      onChange: async () => void changes.push(await read('login', 'secret.yaml').then(String)),
    });
    await mounted('login', '2026_02', 'second');
    await expect.poll(() => changes, { timeout: 10_000 }).toEqual(['second']);
    await writeFile(join(folder, 'config.yaml'), 'new');
    await expect.poll(() => changes.length, { timeout: 10_000 }).toBeGreaterThan(1);
    watch.stop();
  });

  it('CFG-3 keep what is in force when loading fails, and retire what was replaced', async () => {
    const retired: number[] = [];
    let next: number | Error = 1;
    const following = await followConfiguration<number>({
      async load() {
        if (typeof next !== 'number') throw next;
        return next;
      },
      retire: (old) => retired.push(old),
      watched: { files: [], folders: [], everyMs: 60_000 },
      now: () => new Date(0),
      onReload: () => undefined,
    });
    next = new Error('wrong');
    await following.reload();
    expect([following.current(), following.facts().problem]).toEqual([1, 'wrong']);
    next = 2;
    await following.reload();
    expect([following.current(), following.facts().problem, retired]).toEqual([2, undefined, [1]]);
    following.stop();
  });
});
