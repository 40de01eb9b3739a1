import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issueLeaf } from '@pratique/tls';
import type { KeyPair } from '@pratique/tls';
import { decisionIn, gateForTest, plainConfiguration, reviewOf } from './gate-for-test.ts';
import type { GateForTest } from './gate-for-test.ts';
import { limits } from './limits.ts';

let world: GateForTest;
beforeAll(async () => {
  world = await gateForTest(plainConfiguration, { options: { watchMs: 60_000 } });
});
afterAll(() => world[Symbol.asyncDispose]());

const good = reviewOf('registry.k8s.io/pause:3');

describe('the webhook over TLS', () => {
  it('ADM-2 answers a review', async () => {
    const answer = await world.call('/mutate?timeout=10s', { body: good });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(answer.text)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true },
    });
    const refused = decisionIn(await world.call('/validate', { body: reviewOf('nginx') }));
    expect(refused.allowed).toBe(false);
    expect(refused.message).toContain('static deny for image nginx using rule *:*');
  });

  it.each([
    ['GET', {}, undefined, 405, 'Method not allowed.'],
    ['PUT', {}, good, 405, 'PUT'],
    ['POST', {}, good, 400, 'wrong content type'],
    ['POST', { 'content-type': 'text/plain' }, good, 400, 'wrong content type'],
    ['POST', { 'content-type': 'application/jsonx' }, good, 400, 'wrong content type'],
    ['POST', { 'content-type': 'application/json; charset=utf-8' }, good, 200, '"allowed":true'],
    ['POST', { 'content-type': 'application/json' }, '', 400, 'received invalid json'],
    ['POST', { 'content-type': 'application/json' }, good.slice(0, 40), 400, 'received invalid json'],
    [
      'POST',
      { 'content-type': 'application/json' },
      Buffer.from('{"a":"\xff"}', 'latin1'),
      400,
      'received invalid json',
    ],
    ['POST', { 'content-type': 'application/json' }, '[]', 400, 'received invalid json'],
    ['POST', { 'content-type': 'application/json' }, 'null', 400, 'received empty admission request'],
    ['POST', { 'content-type': 'application/json' }, '{}', 400, 'received empty admission request'],
  ])('ADM-1 answers %s with %j and body %j by %i', async (...[method, headers, body, status, text]) => {
    const answer = await world.call('/mutate', { method, headers, body });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  it('ADM-1 refuses a body that is too large, announced or not', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = Buffer.alloc(limits.bodyBytes + 1, 32);
    const announced = await world
      .call('/mutate', { headers: { ...headers, 'content-length': String(body.length) }, body })
      .catch((error: NodeJS.ErrnoException) => ({ status: error.code, text: '' }));
    // The answer may come before all is sent; then the connection ends under the sender.
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(announced.status);
    const chunked = await world
      .call('/mutate', { headers: { ...headers, 'transfer-encoding': 'chunked' }, body })
      .catch((error: NodeJS.ErrnoException) => ({ status: error.code, text: '' }));
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(chunked.status);
    expect((await world.call('/mutate', { body: good })).status, 'and goes on').toBe(200);
  });

  it('outlives connections that break in the middle of a body and handshakes that are none', async () => {
    for (const first of [
      'POST /mutate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"',
      'no HTTP at all\r\n\r\n',
    ]) {
      const socket = connect({
        host: '127.0.0.1',
        port: world.gate.port,
        ca: world.gate.authorities(),
        servername: 'localhost',
      });
      await new Promise<void>((resolve) => socket.once('secureConnect', resolve));
      socket.on('error', () => undefined);
      socket.write(first);
      socket.destroy();
    }
    const { connect: plain } = await import('node:net');
    const bare = plain(world.gate.port, '127.0.0.1');
    bare.on('error', () => undefined);
    bare.end('GET / HTTP/1.1\r\n\r\n');
    expect(decisionIn(await world.call('/mutate', { body: good })).allowed).toBe(true);
  });

  it('counts every call of the webhook, also the wrong ones, and serves metrics on both ports', async () => {
    const count = async (url: string) =>
      Number(/^connaisseur_requests_total (\d+)$/m.exec(await (await fetch(url)).text())?.[1]);
    const before = await count(world.gate.metricsUrl);
    await world.call('/mutate', { method: 'GET' });
    await world.call('/mutate', { body: '' });
    await world.call('/mutate', { body: good });
    expect(await count(world.gate.metricsUrl)).toBe(before + 3);
    const answer = await world.call('/metrics', { method: 'GET' });
    for (const name of [
      ...['requests_total', 'requests_admitted_total', 'requests_denied_total', 'validations_total'],
      ...['validations_successful_total', 'validations_failed_total', 'validations_skipped_total'],
      ...['validations_timeouted_total', 'request_duration_seconds', 'validation_duration_seconds'],
      ...['registry_request_duration_seconds', 'cache_total', 'errors_total', 'alerts_total', 'config_reload_total'],
      ...['tls_not_after_seconds', 'cabundle_in_sync', 'sigstore_root_age_seconds'],
    ]) {
      expect(answer.text).toContain(`# TYPE connaisseur_${name} `);
    }
    expect(answer.text).toContain('process_resident_memory_bytes');
  });

  it.each([
    ['/health', 'GET', 200, ''],
    ['/health', 'POST', 405, 'Method not allowed.'],
    ['/ready', 'GET', 200, ''],
    ['/ready', 'DELETE', 405, 'Method not allowed.'],
    ['/other', 'GET', 404, 'not found'],
  ])('%s answers %s by %i', async (path, method, status, text) => {
    const answer = await world.call(path, { method, headers: {} });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  it('/ready?verbose says why', async () => {
    const answer = await world.call('/ready?verbose', { method: 'GET', headers: {} });
    expect(JSON.parse(answer.text)).toMatchObject({
      ready: true,
      conditions: ['configuration', 'certificate', 'listening', 'draining'].map((name) => ({ name, ok: true })),
      configuration: { problem: null },
    });
  });
});

describe('the configuration', () => {
  it('CFG-3 is exchanged as a whole when it changes, and stays when the change is wrong', async () => {
    await using own = await gateForTest(plainConfiguration, { options: { watchMs: 60_000 } });
    const nginx = async () => decisionIn(await own.call('/mutate', { body: reviewOf('nginx') })).allowed;
    expect(await nginx()).toBe(false);
    await own.configure(plainConfiguration.replace("'*:*'\n    validator: deny", "'*:*'\n    validator: allow"));
    await own.gate.reload();
    expect(await nginx()).toBe(true);
    await own.configure('validators: nonsense');
    await own.gate.reload();
    expect(await nginx(), 'the last good one stays').toBe(true);
    const verbose = await own.call('/ready?verbose', { method: 'GET', headers: {} });
    expect(verbose.status, 'readiness stays up').toBe(200);
    expect(JSON.parse(verbose.text)).toMatchObject({
      configuration: { problem: expect.stringContaining('validators') as string },
      problems: [{ code: 'gate-configuration-old' }],
    });
    const metrics = await own.call('/metrics', { method: 'GET' });
    expect(metrics.text).toContain('connaisseur_config_reload_total{result="error"} 1');
    expect(metrics.text).toContain('connaisseur_config_reload_total{result="success"} 1');
    expect(own.lines.join('')).toContain('the changed configuration is wrong; the one before stays in force');
    await own.configure(plainConfiguration);
    await own.gate.reload();
    expect(await nginx()).toBe(false);
    expect(own.gate.health().problems).toEqual([]);
  });

  it('CFG-3 is taken up by itself when the file changes', async () => {
    await using own = await gateForTest(plainConfiguration, { options: { watchMs: 5 } });
    await writeFile(
      join(own.folder, 'config', 'config.yaml'),
      plainConfiguration.replaceAll('validator: deny', 'validator: allow'),
    );
    await expect
      .poll(async () => decisionIn(await own.call('/mutate', { body: reviewOf('nginx') })).allowed, { timeout: 10_000 })
      .toBe(true);
  });

  it('CFG-3 that is wrong at the first start tells every mistake and does not start', async () => {
    await expect(gateForTest('validators: []\npolicy: []\n')).rejects.toMatchObject({
      code: 'gate-configuration-invalid',
      message: expect.stringMatching(
        /validators needs at least one entry[^]*|policy needs at least one entry[^]*/,
      ) as string,
    });
    await expect(gateForTest(plainConfiguration, { env: { CONFIG_DIR: '/nowhere' } })).rejects.toMatchObject({
      code: 'gate-configuration-invalid',
      message: 'There is no config.yaml in /nowhere.',
    });
  });
});

describe('client certificates', () => {
  it('TLS-4 are demanded for reviews where authorities are given, and never for probes', async () => {
    const making = { now: Date.now(), random: (bytes: number) => randomBytes(bytes) };
    const ours = await createAuthority({ name: 'api-server', ...making });
    const theirs = await createAuthority({ name: 'somebody', ...making });
    await using own = await gateForTest(plainConfiguration, { env: { TLS_CLIENT_CA: ours.certificate } });
    const status = async (authority?: KeyPair) => {
      const leaf = authority === undefined ? undefined : await issueLeaf({ authority, names: ['client'], ...making });
      const agent = new Agent(leaf === undefined ? {} : { cert: leaf.certificate, key: leaf.key });
      const { status: found } = await own.call('/mutate', { body: good, agent });
      agent.destroy();
      return found;
    };
    expect([await status(), await status(theirs)]).toEqual([403, 403]);
    expect((await own.call('/health', { method: 'GET' })).status).toBe(200);
  });
});
