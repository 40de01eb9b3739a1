import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { giveFolder, isOurFolder, postgresAccount, reachableByOthers } from './process-account.ts';
import { clearStalePidFile } from './stale-pid.ts';

const base = await mkdtemp(join(tmpdir(), 'pratique-account-'));
await chmod(base, 0o755);
afterAll(() => rm(base, { recursive: true, force: true }));

describe('the account PostgreSQL runs as', () => {
  it('reaches a folder only when every folder on the way lets others pass', async () => {
    await mkdir(join(base, 'closed', 'open'), { recursive: true });
    await chmod(join(base, 'closed'), 0o700);
    expect(await reachableByOthers(base)).toBe(true);
    expect(await reachableByOthers(join(base, 'closed', 'open'))).toBe(false);
    expect(await reachableByOthers(join(base, 'not', 'there', 'yet'))).toBe(true);
  });

  it('trusts a folder only when it is real, ours and closed to the writing of others', async () => {
    await mkdir(join(base, 'ours'), { mode: 0o755 });
    await mkdir(join(base, 'shared'));
    await chmod(join(base, 'shared'), 0o777);
    await symlink(join(base, 'ours'), join(base, 'link'));
    const verdicts = await Promise.all(
      ['ours', 'shared', 'link', 'missing'].map((name) => isOurFolder(join(base, name))),
    );
    expect(verdicts).toEqual([true, false, false, false]);
  });

  it.runIf(postgresAccount() !== undefined)('is given a folder without following links out of it', async () => {
    await mkdir(join(base, 'given', 'inside'), { recursive: true });
    await writeFile(join(base, 'outside'), '');
    await symlink(join(base, 'outside'), join(base, 'given', 'link'));
    await giveFolder(join(base, 'given'), { uid: 65534, gid: 65534 });
    expect((await stat(join(base, 'given', 'inside'))).uid).toBe(65534);
    expect((await stat(join(base, 'outside'))).uid).toBe(0);
  });
});

describe('a pid file left behind', () => {
  it.each(['4194999\n/data\n', `${process.pid}\n/data\n`])(
    'is removed when no server on this folder has that id: %j',
    async (content) => {
      const cluster = await mkdtemp(join(base, 'cluster-'));
      await writeFile(join(cluster, 'postmaster.pid'), content);
      await clearStalePidFile(cluster);
      await expect(stat(join(cluster, 'postmaster.pid'))).rejects.toThrow('ENOENT');
    },
  );

  it('is not missed when there is none, and left alone when it names nothing', async () => {
    const cluster = await mkdtemp(join(base, 'cluster-'));
    await clearStalePidFile(cluster);
    await writeFile(join(cluster, 'postmaster.pid'), 'not a number');
    await clearStalePidFile(cluster);
    expect((await stat(join(cluster, 'postmaster.pid'))).isFile()).toBe(true);
  });
});
