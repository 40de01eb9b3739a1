import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBinaries } from './binaries.ts';
import { postgresAccount } from './process-account.ts';

const folders: string[] = [];
const isRoot = postgresAccount() !== undefined;

/** A platform package with one small library and the list of links it wants; `version` keys the cache. */
async function smallPackage(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-binaries-test-'));
  folders.push(
    folder,
    join(tmpdir(), `pratique-postgres-${process.platform}-${process.arch}-${version}-${process.getuid?.()}`),
  );
  await mkdir(join(folder, 'native', 'bin'), { recursive: true });
  await mkdir(join(folder, 'native', 'lib'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version }));
  await writeFile(join(folder, 'native', 'bin', 'postgres'), '#!/bin/sh\necho reached\n', { mode: 0o755 });
  await writeFile(join(folder, 'native', 'lib', 'libx.so.5.1'), 'library');
  const links = [
    { source: 'native/lib/libx.so.5.1', target: 'native/lib/libx.so.5' },
    { source: 'native/lib/libx.so.5.1', target: '../../escaped' },
  ];
  await writeFile(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  await chmod(folder, 0o755);
  return folder;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('finding the PostgreSQL programs', () => {
  it('makes the library links that the install script would have made, by several starts at once, inside the package only', async () => {
    const folder = await smallPackage('15.1.0');
    const found = await Promise.all([1, 2, 3, 4].map(() => findBinaries(folder)));
    expect(new Set(found.map((binaries) => binaries.postgres))).toEqual(
      new Set([join(folder, 'native', 'bin', 'postgres')]),
    );
    expect(found[0]?.major).toBe('15');
    expect(await readFile(join(folder, 'native', 'lib', 'libx.so.5'), 'utf8')).toBe('library');
    await expect(lstat(join(folder, '..', '..', 'escaped'))).rejects.toThrow('ENOENT');
  });

  it.runIf(isRoot)('copies the package out of a folder that the database account cannot enter', async () => {
    const folder = await smallPackage(`15.2.${process.pid}`);
    const closed = await mkdtemp(join(tmpdir(), 'pratique-closed-'));
    folders.push(closed);
    await cp(folder, join(closed, 'package'), { recursive: true });
    const found = await Promise.all([1, 2, 3].map(() => findBinaries(join(closed, 'package'))));
    const program = found[0]?.postgres ?? '';
    expect(new Set(found.map((binaries) => binaries.postgres)).size).toBe(1);
    expect(relative(closed, program).startsWith('..')).toBe(true);
    const run = spawnSync(program, { ...postgresAccount(), encoding: 'utf8', cwd: '/' });
    expect(run.stdout.trim()).toBe('reached');
    expect(await readFile(join(dirname(program), '..', 'lib', 'libx.so.5'), 'utf8')).toBe('library');
  });

  it.runIf(isRoot)('does not trust a cached copy that somebody else could have written', async () => {
    const version = `15.3.${process.pid}`;
    const folder = await smallPackage(version);
    await chmod(folder, 0o700);
    const trap = join(
      tmpdir(),
      `pratique-postgres-${process.platform}-${process.arch}-${version}-${process.getuid?.()}`,
    );
    await mkdir(join(trap, 'native', 'bin'), { recursive: true });
    await chmod(trap, 0o777);
    const { postgres } = await findBinaries(folder);
    folders.push(dirname(dirname(dirname(postgres))));
    expect(postgres.startsWith(`${trap}/`)).toBe(false);
    expect(spawnSync(postgres, { ...postgresAccount(), encoding: 'utf8', cwd: '/' }).stdout.trim()).toBe('reached');
  });
});
