import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oddService } from '../sign/service-fixture.ts';
import type { ServiceAccess } from '../sign/service-http.ts';
import { parseTrustedRoot } from './trusted-root.ts';
import { mirrorFolder } from './tuf-cache.ts';
import { publicMirror } from './tuf-seed.ts';
import { initializeTrust, trustFile, trustState, trustTargets } from './tuf.ts';
import type { TrustQuestion } from './tuf.ts';

const hour = 60 * 60 * 1000;
let world: Sigstore;
let cache: string;
beforeEach(async () => {
  world = await startSigstore();
  cache = await mkdtemp(join(tmpdir(), 'pratique-tuf-'));
});
afterEach(async () => {
  await world.close();
  await rm(cache, { recursive: true, force: true });
});

const access: ServiceAccess = {
  fetch: (url, init) => fetch(url, init),
  random: () => 0.5,
  pause: () => Promise.resolve(),
};
const away: ServiceAccess = { ...access, fetch: () => Promise.reject(new TypeError('no route to host')) };
const later = (ms: number) => () => new Date(Date.now() + ms);

function question(more: Partial<TrustQuestion> = {}): TrustQuestion {
  return { cache, access, now: later(0), target: trustTargets.trustedRoot, refresh: 'daily', ...more };
}

function initialize() {
  return initializeTrust({ cache, mirror: world.tufUrl, root: world.tuf.initialRoot, access, now: later(0) });
}

/** Every file below the mirror's folder with its content. */
async function kept(): Promise<Record<string, string>> {
  const { path } = mirrorFolder(cache, world.tufUrl);
  const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = names.map(
    async ({ name, parentPath }) => [name, String(await readFile(join(parentPath, name)))] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

describe('choosing a trust repository', () => {
  it('fetches what is needed and remembers the mirror', async () => {
    const state = await initialize();
    expect(state.mirror).toBe(world.tufUrl);
    expect(state.roles['root']?.version).toBe(1);
    expect(state.targets).toContain('trusted_root.json');
    const { content, origin, mirror } = await trustFile(question());
    expect(JSON.parse(Buffer.from(content).toString())).toEqual(world.trustedRoot);
    expect([origin, mirror]).toEqual(['cache', world.tufUrl]);
  });

  it('takes the root only with the checksum that was announced', async () => {
    const request = { cache, mirror: world.tufUrl, root: world.tuf.initialRoot, access, now: later(0) };
    await expect(initializeTrust({ ...request, rootChecksum: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'trust-root-invalid',
    });
    const rootChecksum = createHash('sha256').update(world.tuf.initialRoot).digest('hex');
    await expect(initializeTrust({ ...request, rootChecksum })).resolves.toMatchObject({ mirror: world.tufUrl });
  });

  it.each([
    ['no JSON', 'hello'],
    ['no metadata', '{}'],
    ['signed by nobody', '{"signed":{"_type":"root"},"signatures":[]}'],
  ])('refuses a root that is %s', async (_name, text) => {
    const request = { cache, mirror: world.tufUrl, root: Buffer.from(text), access, now: later(0) };
    await expect(initializeTrust(request)).rejects.toMatchObject({ code: 'trust-root-invalid' });
  });

  it('refuses a root that too few of its keys signed', async () => {
    const root = JSON.parse(world.tuf.initialRoot.toString()) as { signatures: unknown[] };
    root.signatures.pop();
    const request = { cache, mirror: world.tufUrl, root: Buffer.from(JSON.stringify(root)), access, now: later(0) };
    await expect(initializeTrust(request)).rejects.toMatchObject({ code: 'trust-root-invalid' });
  });

  it('needs a root for a mirror nobody knows', async () => {
    const unknown = question({ mirror: world.tufUrl });
    await expect(trustFile(unknown)).rejects.toMatchObject({ code: 'trust-not-initialized' });
    await expect(trustFile({ ...unknown, refresh: 'never' })).rejects.toMatchObject({ code: 'trust-not-initialized' });
    await expect(trustState(unknown)).rejects.toMatchObject({ code: 'trust-not-initialized' });
  });
});

describe('refreshing trust material', () => {
  it('asks nobody within a day, and once after it', async () => {
    await initialize();
    const before = world.asked('tuf').length;
    await trustFile(question({ now: later(23 * hour) }));
    expect(world.asked('tuf').length).toBe(before);
    expect(await trustFile(question({ now: later(25 * hour) }))).toMatchObject({ origin: 'repository', warnings: [] });
    const after = world.asked('tuf').length;
    expect(after).toBeGreaterThan(before);
    await trustFile(question({ now: later(26 * hour) }));
    expect(world.asked('tuf').length).toBe(after);
  });

  it('brings new files and follows a new root', async () => {
    await initialize();
    const content = Buffer.from('{"new":true}');
    world.tuf.rotateRoot();
    world.tuf.publish({ targets: { 'trusted_root.json': { content } } });
    expect((await trustFile(question({ refresh: 'now' }))).content).toEqual(content);
    expect((await trustState(question())).roles['root']?.version).toBe(2);
  });

  it('goes where a mirror that has moved sends it', async () => {
    await using moved = await oddService((response, { path }) =>
      response.writeHead(302, { location: `${world.tufUrl}${path}` }).end(),
    );
    const request = { cache, mirror: moved.url, root: world.tuf.initialRoot, access, now: later(0) };
    await expect(initializeTrust(request)).resolves.toMatchObject({ mirror: moved.url });
  });

  it('lets several programs share the folder', async () => {
    await initialize();
    const all = await Promise.all(Array.from({ length: 5 }, () => trustFile(question({ refresh: 'now' }))));
    expect(all.map(({ origin }) => origin)).toEqual(Array.from({ length: 5 }, () => 'repository'));
  });

  it('does not wait for a lock that somebody forgot', async () => {
    await initialize();
    await writeFile(join(cache, '.lock'), '');
    const old = new Date(Date.now() - hour);
    await utimes(join(cache, '.lock'), old, old);
    expect(await trustFile(question({ refresh: 'now' }))).toMatchObject({ origin: 'repository' });
  });

  it('goes on after a program that was killed at any moment', async () => {
    await initialize();
    const { path } = mirrorFolder(cache, world.tufUrl);
    const older = await readFile(join(path, 'snapshot.json'));
    world.tuf.publish();
    await trustFile(question({ refresh: 'now' }));
    // Killed between two files: the targets are new, the snapshot is not.
    await writeFile(join(path, 'snapshot.json'), older);
    await mkdir(join(cache, '.refresh-killed', 'targets'), { recursive: true });
    expect(await trustFile(question())).toMatchObject({ origin: 'repository' });
    expect((await trustState(question())).roles['snapshot']?.version).toBe(2);
    expect((await readdir(cache)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('fetches again what was changed on the disk', async () => {
    await initialize();
    const { path } = mirrorFolder(cache, world.tufUrl);
    await writeFile(join(path, 'targets', 'trusted_root.json'), '{"tlogs":[]}');
    expect(await trustFile(question())).toMatchObject({ origin: 'repository' });
    expect(JSON.parse((await kept())['trusted_root.json'] ?? '')).toEqual(world.trustedRoot);
  });
});

describe('a trust repository that misbehaves', () => {
  it.each([
    ['metadata that has expired', 'trust-repository-expired', () => world.tuf.publish({ expiresIn: -hour })],
    ['older metadata than before', 'trust-repository-invalid', () => world.tuf.publish({ version: 2 })],
    ['metadata of another key', 'trust-repository-invalid', () => world.tuf.publish({ foreignKey: true })],
    ['a root with too few signatures', 'trust-repository-invalid', () => world.tuf.rotateRoot({ signatures: 1 })],
  ])('with %s is not believed, and nothing is taken over', async (_name, code, misbehave) => {
    world.tuf.publish({ version: 7 });
    await initialize();
    const before = await kept();
    misbehave();
    await expect(trustFile(question({ refresh: 'now' }))).rejects.toMatchObject({ code });
    expect(await kept()).toEqual(before);
  });

  it.each([
    ['half a file', () => new Response(world.tuf.initialRoot.subarray(0, 200)), 'trust-repository-invalid'],
    ['a file without end', () => new Response(endless()), 'trust-repository-invalid'],
    ['a login page', () => new Response('<html>'), 'trust-repository-invalid'],
    ['errors', () => new Response('', { status: 503 }), 'trust-repository-unreachable'],
  ])('with %s instead of the timestamp leaves what is kept', async (_name, respond, code) => {
    await initialize();
    const before = await kept();
    const odd: ServiceAccess = {
      ...access,
      fetch: (url, init) => (url.endsWith('/timestamp.json') ? Promise.resolve(respond()) : fetch(url, init)),
    };
    const answer = trustFile(question({ refresh: 'now', access: odd, now: later(9 * 24 * hour) }));
    // Kept material has expired by then, so it cannot stand in for a repository that is away.
    await expect(answer).rejects.toMatchObject({
      code: code === 'trust-repository-unreachable' ? 'trust-repository-expired' : code,
    });
    expect(await kept()).toEqual(before);
  });
});

describe('trust material without a network', () => {
  it('is what was kept, with a warning, until it expires, and longer only by a grace', async () => {
    await initialize();
    const offline = question({ access: away, now: later(25 * hour) });
    const found = await trustFile(offline);
    expect(found.origin).toBe('cache');
    expect(found.warnings.join()).toContain('could not be asked');
    const expired = { ...offline, now: later(8 * 24 * hour) };
    await expect(trustFile(expired)).rejects.toMatchObject({ code: 'trust-repository-expired' });
    const graceful = await trustFile({ ...expired, grace: 3 * 24 * hour });
    expect(graceful.warnings.join()).toContain('expired at');
  });

  it('is not looked for again within an hour of silence, then once more', async () => {
    await initialize();
    let asked = 0;
    const silent: ServiceAccess = {
      ...access,
      fetch: () => {
        asked += 1;
        return Promise.reject(new TypeError('fetch failed'));
      },
    };
    const offline = (hours: number) => trustFile(question({ access: silent, now: later(hours * hour) }));
    expect((await offline(25)).warnings.join()).toContain('could not be asked');
    expect(asked).toBe(1);
    expect((await offline(25.5)).warnings.join()).toContain('asked again an hour later');
    expect(asked).toBe(1);
    await offline(26.5);
    expect(asked).toBe(2);
    const back = await trustFile(question({ now: later(28 * hour) }));
    expect([back.origin, back.warnings]).toEqual(['repository', []]);
  });

  it('never asks when it is told not to', async () => {
    await initialize();
    const before = world.asked('tuf').length;
    expect(await trustFile(question({ refresh: 'never', now: later(48 * hour) }))).toMatchObject({ origin: 'cache' });
    expect(world.asked('tuf').length).toBe(before);
  });

  it('is what the product was built with for the public deployment', async () => {
    const now = () => new Date('2026-06-01T00:00:00Z');
    const found = await trustFile(question({ mirror: publicMirror, access: away, now }));
    expect(found.origin).toBe('embedded');
    expect(parseTrustedRoot(found.content, 'the embedded root').logs.length).toBeGreaterThan(0);
    await expect(
      trustFile(question({ mirror: publicMirror, access: away, now: () => new Date('2040-01-01') })),
    ).rejects.toMatchObject({ code: 'trust-repository-expired' });
  });

  it('is what was kept where the address leads nowhere', async () => {
    await initialize();
    const gone: ServiceAccess = { ...access, fetch: () => Promise.resolve(new Response('', { status: 404 })) };
    const found = await trustFile(question({ access: gone, refresh: 'now' }));
    expect([found.origin, found.warnings.join()]).toEqual(['cache', expect.stringContaining('status 404')]);
  });

  it('with a damaged root has to be initialized again', async () => {
    await initialize();
    await writeFile(join(mirrorFolder(cache, world.tufUrl).path, 'root.json'), '{"signed":');
    for (const refresh of ['now', 'never'] as const) {
      await expect(trustFile(question({ refresh }))).rejects.toMatchObject({ code: 'trust-not-initialized' });
    }
    await initialize();
    expect(await trustFile(question())).toMatchObject({ origin: 'cache' });
  });

  it('says when its folder cannot be used and nothing can stand in', async () => {
    const file = join(cache, 'file');
    await writeFile(file, '');
    const request = { cache: file, mirror: world.tufUrl, root: world.tuf.initialRoot, access, now: later(0) };
    await expect(initializeTrust(request)).rejects.toMatchObject({ code: 'trust-cache-unusable' });
  });

  it('names a file that the repository does not have', async () => {
    await initialize();
    await expect(trustFile(question({ target: 'other.json' }))).rejects.toMatchObject({ code: 'trust-target-missing' });
  });

  it('keeps no mirror’s files outside the cache', async () => {
    await mkdir(join(cache, 'inner'));
    const { path } = mirrorFolder(join(cache, 'inner'), 'https://../../evil');
    expect(path.startsWith(join(cache, 'inner'))).toBe(true);
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
}
