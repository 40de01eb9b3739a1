import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pratique } from './run-for-test.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-registry-verb-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Starts the verb and waits for the line that says where it answers. */
async function start(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const started = pratique(['registry', '--port', '0', '--dir', join(folder, 'images'), ...words], environment);
  const entry = JSON.parse(await started.line()) as { url: string; level: string };
  return { ...started, entry };
}

describe('pratique registry', () => {
  it('answers, and stops cleanly on SIGTERM', { timeout: 30_000 }, async () => {
    const { child, entry, ended, err } = await start([]);
    const answer = await fetch(`${entry.url}/v2/`);
    expect(answer.status).toBe(200);
    expect(err()).toContain('demonstrations and tests');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('lets a flag win over the environment', { timeout: 30_000 }, async () => {
    const { child, entry, ended } = await start(['--read-only'], { PRATIQUE_REGISTRY_READ_ONLY: 'false' });
    const answer = await fetch(`${entry.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    expect(answer.status).toBe(405);
    child.kill('SIGTERM');
    await ended;
  });

  it('leaves with 1 and what to do when another one has the folder', { timeout: 30_000 }, async () => {
    const first = await start([]);
    const second = pratique(['registry', '--port', '0', '--dir', join(folder, 'images')]);
    expect(await second.ended).toBe(1);
    expect(second.err()).toContain('storage-folder-in-use');
    first.child.kill('SIGTERM');
    await first.ended;
  });

  it('tells all wrong settings at once', { timeout: 30_000 }, async () => {
    const started = pratique(['registry', '--port', 'high', '--tls-cert', 'only-half']);
    expect(await started.ended).toBe(1);
    expect(started.err()).toMatch(/PRATIQUE_REGISTRY_PORT[\s\S]*PRATIQUE_REGISTRY_TLS_KEY/);
  });

  it('leaves with 2 for a flag it does not know', { timeout: 30_000 }, async () => {
    const started = pratique(['registry', '--folder', 'x']);
    expect(await started.ended).toBe(2);
  });

  it('has help that says what it is for and what comes back', { timeout: 30_000 }, async () => {
    const started = pratique(['registry', '--help']);
    expect(await started.ended).toBe(0);
    for (const word of ['demonstrations and tests', 'Examples:', 'Exit codes:']) expect(started.out()).toContain(word);
  });
});

describe('pratique registry collect-garbage', () => {
  async function collect(...words: readonly string[]) {
    const started = pratique(['registry', 'collect-garbage', ...words]);
    return { code: await started.ended, out: started.out(), err: started.err() };
  }

  it('counts and removes what nothing refers to', { timeout: 30_000 }, async () => {
    const { child, entry, ended } = await start([]);
    const digest = `sha256:${createHash('sha256').update('loose').digest('hex')}`;
    const path = `/v2/a/blobs/uploads/?digest=${digest}`;
    expect((await fetch(entry.url + path, { method: 'POST', body: 'loose' })).status).toBe(201);
    child.kill('SIGTERM');
    await ended;
    const dir = ['--dir', join(folder, 'images'), '--grace', '0', '--output', 'json'];
    const counted = await collect(...dir, '--dry-run');
    expect(JSON.parse(counted.out)).toEqual({ dry_run: true, blobs: 1, files: 1, bytes: 5 });
    expect(JSON.parse((await collect(...dir)).out)).toEqual({ dry_run: false, blobs: 1, files: 1, bytes: 5 });
    expect(JSON.parse((await collect(...dir)).out)).toMatchObject({ blobs: 0, files: 0 });
  });

  it.each([
    ['a folder that is no registry', ['--dir', '/nonexistent']],
    ['a time without a unit', ['--grace', '24']],
    ['a form nobody has', ['--output', 'yaml']],
  ])('refuses %s', { timeout: 30_000 }, async (_what, words) => {
    const { code, err } = await collect(...words);
    expect(code).toBe(2);
    expect(err).toContain('What to do');
  });

  it('does not take a file for a registry', { timeout: 30_000 }, async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect((await collect('--dir', file)).code).toBe(2);
  });
});
