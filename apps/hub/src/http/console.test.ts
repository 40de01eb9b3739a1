import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HubServer } from '../http.ts';
import { serveConsole } from './console.ts';
import { serverForTest } from './for-test.ts';

let folder: string;
let app: HubServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>desk</title>');
  await writeFile(join(folder, 'assets', 'app-12ab.js'), 'export {};');
  await writeFile(join(folder, '..', 'outside.txt'), 'outside');
  app = await serverForTest({
    authenticate: () => Promise.resolve({ kind: 'refused', code: 'unauthenticated', detail: '', values: {} }),
  });
  app.get('/api/thing', { handler: () => ({}) });
  await serveConsole(app, folder);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const page = (url: string) => app.inject({ url, headers: { accept: 'text/html,application/xhtml+xml' } });

describe('the console', () => {
  it.each(['/', '/index.html', '/vulnerabilities', '/vulnerabilities/CVE-2026-1?tab=images', '/apidocs'])(
    'gets its page at %s without an identity',
    async (url) => {
      const answer = await page(url);
      expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-cache']);
      expect(answer.body).toContain('<title>desk</title>');
      expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
    },
  );

  it('keeps files with a digest in their name for ever', async () => {
    const answer = await app.inject('/assets/app-12ab.js');
    expect([answer.statusCode, answer.headers['cache-control'], answer.headers['content-type']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
      'application/javascript; charset=utf-8',
    ]);
  });

  it('serves what was built anew since it started', async () => {
    await writeFile(join(folder, 'assets', 'app-34cd.js'), 'export const newer = true;');
    const answer = await app.inject('/assets/app-34cd.js');
    expect([answer.statusCode, answer.body, answer.headers['cache-control']]).toEqual([
      200,
      'export const newer = true;',
      'public, max-age=31536000, immutable',
    ]);
    await rm(join(folder, 'assets', 'app-34cd.js'));
    const gone = await app.inject('/assets/app-34cd.js');
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'not_found']);
  });

  it.each(['/api/unknown', '/api', '/health/x', '/assets/missing.js'])('leaves %s unknown', async (url) => {
    const answer = url.startsWith('/assets') ? await app.inject(url) : await page(url);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
  });

  it('opens no door of the API', async () => {
    expect((await page('/api/thing')).statusCode).toBe(401);
  });

  it.each([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/assets/..%2f..%2foutside.txt',
    '/..%5coutside.txt',
    '/%00',
    '/%',
  ])('never leaves its folder by %s', async (url) => {
    const answer = await app.inject(url);
    expect(answer.body).not.toBe('outside');
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
  });

  it('is not there where nothing was built', async () => {
    const bare = await serverForTest();
    expect(await serveConsole(bare, join(folder, 'assets'))).toBe(false);
    await bare.close();
  });
});
