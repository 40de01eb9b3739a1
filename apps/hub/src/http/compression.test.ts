import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HubServer } from '../http.ts';
import { serverForTest } from './for-test.ts';

let app: HubServer;
const rows = Array.from({ length: 500 }, (_, index) => ({ cve_id: `CVE-2026-${index}`, severity: 4 }));

beforeAll(async () => {
  app = await serverForTest({
    authenticate: () => Promise.resolve({ kind: 'refused', code: 'unauthenticated', detail: '', values: {} }),
  });
  const open = { config: { access: 'public' as const } };
  app.get('/large', { ...open, handler: () => rows });
  app.get('/bytes', {
    ...open,
    handler: (_request, reply) => reply.type('application/json').send(Buffer.from(JSON.stringify(rows))),
  });
  app.get('/small', { ...open, handler: () => ({ fine: true }) });
  app.get('/stream', {
    ...open,
    handler: (_request, reply) => reply.type('text/event-stream').send(': keep-alive\n\n'.repeat(500)),
  });
});
afterAll(() => app.close());

const ask = (url: string, encoding?: string) =>
  app.inject({ url, headers: encoding === undefined ? {} : { 'accept-encoding': encoding } });

describe('compression', () => {
  it.each(['/large', '/bytes'])('packs the large answer of %s for who takes it, without changing it', async (url) => {
    const answer = await ask(url, 'gzip, br');
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(answer.rawPayload).toString('utf8'))).toEqual(rows);
    expect(answer.rawPayload.length).toBeLessThan(JSON.stringify(rows).length / 3);
    expect(answer.headers['vary']).toMatch(/accept-encoding/i);
  });

  it('sends it as it is to who does not', async () => {
    const answer = await ask('/large');
    expect([answer.headers['content-encoding'], answer.json()]).toEqual([undefined, rows]);
  });

  it.each(['/small', '/stream'])('leaves %s alone', async (url) => {
    expect((await ask(url, 'gzip')).headers['content-encoding']).toBeUndefined();
  });
});
