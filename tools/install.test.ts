import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withInstallLock } from './install-lock.mjs';
import { reasonToInstall } from './install-state.mjs';

const locked = {
  '': { name: 'checkout' },
  'packages/own': { version: '1.0.0' },
  'node_modules/own': { resolved: 'packages/own', link: true },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
  'node_modules/for-another-system': { version: '1.0.0', integrity: 'sha512-c', optional: true },
};

function checkout(installed: Record<string, unknown> | undefined, folders = ['own', 'a/node_modules/b']): string {
  const root = mkdtempSync(join(tmpdir(), 'pratique-install-'));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }));
  if (installed === undefined) return root;
  for (const folder of folders) mkdirSync(join(root, 'node_modules', folder), { recursive: true });
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
  return root;
}

const { '': _root, 'packages/own': _own, 'node_modules/for-another-system': _optional, ...complete } = locked;

describe('an install is needed', () => {
  it('not when everything of the lock file is there, however old, without what is for another system', () => {
    expect(reasonToInstall(checkout(complete))).toBeUndefined();
  });

  it('when nothing is installed', () => {
    expect(reasonToInstall(checkout(undefined))).toBe('nothing is installed yet');
  });

  it('when an install was interrupted', () => {
    const root = checkout(complete);
    rmSync(join(root, 'node_modules/.package-lock.json'));
    expect(reasonToInstall(root)).toBe('an earlier install did not finish');
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{"packa');
    expect(reasonToInstall(root)).toBe('an earlier install did not finish');
  });

  it('when a version changed in the lock file', () => {
    const older = { ...complete, 'node_modules/a': { version: '0.9.0', integrity: 'sha512-z' } };
    expect(reasonToInstall(checkout(older))).toBe('a is 0.9.0, the lock file says 1.0.0');
  });

  it('when a folder was deleted', () => {
    expect(reasonToInstall(checkout(complete, ['own', 'a']))).toBe('b is missing');
    expect(reasonToInstall(checkout(complete, ['a/node_modules/b']))).toBe('own is missing');
  });
});

describe('the install lock', () => {
  const place = () => join(mkdtempSync(join(tmpdir(), 'pratique-lock-')), 'lock');

  it('lets one install run at a time and says that it waits', async () => {
    const path = place();
    const said: string[] = [];
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    const say = (text: string) => void said.push(text);
    await Promise.all([1, 2, 3].map(() => withInstallLock(path, { work, say, waitMs: 1 })));
    expect([most, said.length]).toEqual([1, 2]);
  });

  it.each([
    ['that is gone', '4194999', Date.now()],
    ['that was killed while it took the lock', '', 1000],
  ])('is taken over from a process %s', async (_which, content, time) => {
    const path = place();
    writeFileSync(path, content);
    utimesSync(path, time / 1000, time / 1000);
    let holder = '';
    await withInstallLock(path, {
      work: () => void (holder = readFileSync(path, 'utf8')),
      say: () => undefined,
      waitMs: 1,
    });
    expect(holder).toBe(String(process.pid));
  });

  it('is given back when the install fails', async () => {
    const path = place();
    const work = () => Promise.reject(new Error('no network'));
    await expect(withInstallLock(path, { work, say: () => undefined })).rejects.toThrow('no network');
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});
