import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ask,
  digestOf,
  errorOf,
  newContent,
  newFolder,
  pushBlob,
  registryForTest,
  patience,
} from './registry-for-test.ts';
import { Blobs } from './store/blobs.ts';
import { holdFolder } from './store/folder.ts';
import { Gate } from './store/turns.ts';
import { Uploads } from './store/uploads.ts';
import { repositoryName } from './names.ts';

async function begin(url: string): Promise<string> {
  return String((await ask(url, 'POST', '/v2/limits/app/blobs/uploads/')).headers.location);
}

/** Sends text as it is over a bare connection, and gives what comes back until the other side ends it. */
function converse(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let heard = '';
    socket.on('data', (piece) => (heard += piece.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(heard));
  });
}

describe('a blob that is too large', () => {
  it('is refused by its announced length before it is read', async () => {
    await using registry = await registryForTest({ limits: { maxBlobBytes: 1_000 } });
    const path = `${await begin(registry.url)}?digest=${digestOf('')}`;
    const answer = await ask(registry.url, 'PUT', path, { body: newContent(1_001) });
    expect(answer.status).toBe(413);
    expect(errorOf(answer).code).toBe('SIZE_INVALID');
  });

  it('is refused when its length is not announced, and the upload is as it was', async () => {
    await using registry = await registryForTest({ limits: { maxBlobBytes: 1_000 } });
    const path = await begin(registry.url);
    const headers = { 'transfer-encoding': 'chunked' };
    expect((await ask(registry.url, 'PATCH', path, { headers, body: newContent(900) })).status).toBe(202);
    expect((await ask(registry.url, 'PATCH', path, { headers, body: newContent(101) })).status).toBe(413);
    expect((await ask(registry.url, 'GET', path)).headers.range).toBe('0-899');
    const last = newContent(100);
    expect((await ask(registry.url, 'PATCH', path, { headers, body: last })).status).toBe(202);
  });

  it('can be exactly as large as allowed', async () => {
    await using registry = await registryForTest({ limits: { maxBlobBytes: 1_000 } });
    await expect(pushBlob(registry.url, 'limits/app', newContent(1_000))).resolves.toMatch(/^sha256:/);
  });

  it('is answered even while the client is still sending', async () => {
    await using registry = await registryForTest({ limits: { maxBlobBytes: 1_000 } });
    const path = await begin(registry.url);
    const answer = await ask(registry.url, 'PATCH', path, {
      headers: { 'transfer-encoding': 'chunked' },
      body: Buffer.alloc(8 * 1024 ** 2),
    });
    expect(answer.status).toBe(413);
  });
});

describe('uploads', () => {
  it('are limited in number, and room is made by finishing or giving up', async () => {
    await using registry = await registryForTest({ limits: { maxOpenUploads: 2 } });
    const first = await begin(registry.url);
    await begin(registry.url);
    const refused = await ask(registry.url, 'POST', '/v2/limits/app/blobs/uploads/');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('60');
    expect(errorOf(refused).code).toBe('TOOMANYREQUESTS');
    await ask(registry.url, 'DELETE', first);
    expect(await begin(registry.url)).toContain('/uploads/');
  });

  it('that nobody touches are removed with their file, others stay', async () => {
    const folder = await newFolder();
    const { layout, release } = await holdFolder(folder, false);
    let now = 0;
    const limits = { maxBlobBytes: 100, maxOpenUploads: 10, uploadIdleMs: 1_000 };
    const blobs = new Blobs(layout, new Gate());
    const uploads = new Uploads({ layout, blobs, limits, clock: () => now });
    const repository = repositoryName('limits/app');
    const left = await uploads.begin(repository);
    now = 900;
    const used = await uploads.begin(repository);
    now = 1_500;
    expect(await uploads.sweep()).toBe(1);
    expect(() => uploads.find(repository, left.id)).toThrow(expect.objectContaining({ code: 'blob-upload-unknown' }));
    expect(await readdir(join(folder, 'uploads'))).toEqual([used.id]);
    release();
  });

  it('keep nothing of a part whose client went away', async () => {
    await using registry = await registryForTest();
    const path = await begin(registry.url);
    const head = newContent(10);
    await ask(registry.url, 'PATCH', path, { body: head });
    await new Promise<void>((resolve) => {
      const { hostname, port } = new URL(registry.url);
      const broken = request({ hostname, port, method: 'PATCH', path, headers: { 'content-length': 1_000 } });
      broken.on('error', () => resolve());
      broken.write(newContent(500), () => setTimeout(() => broken.destroy(new Error('gone')), 50));
    });
    const tail = newContent(5);
    await expect.poll(async () => (await ask(registry.url, 'PATCH', path, { body: tail })).status, patience).toBe(202);
    const whole = createHash('sha256').update(head).update(tail).digest('hex');
    expect((await ask(registry.url, 'PUT', `${path}?digest=sha256:${whole}`)).status).toBe(201);
  });

  it('cannot be written by two requests at once', async () => {
    await using registry = await registryForTest();
    const path = await begin(registry.url);
    const { hostname, port } = new URL(registry.url);
    const slow = request({ hostname, port, method: 'PATCH', path, headers: { 'content-length': 10 } });
    slow.on('error', () => undefined);
    slow.write('12345');
    await expect.poll(async () => (await ask(registry.url, 'GET', path)).headers.range, patience).toBe('0-4');
    const second = await ask(registry.url, 'PATCH', path, { body: 'x' });
    expect(second.status).toBe(409);
    expect(errorOf(second).code).toBe('BLOB_UPLOAD_INVALID');
    const ended = new Promise((resolve) => slow.on('response', (response) => resolve(response.statusCode)));
    slow.end('67890');
    expect(await ended).toBe(202);
  });
});

describe('requests', () => {
  it('that never end are ended', async () => {
    await using registry = await registryForTest({ limits: { idleMs: 100 } });
    const heard = await converse(registry.port, 'GET /v2/ HTTP/1.1\r\nhost: a\r\nx-slow: ');
    expect(heard).not.toContain('200');
  });

  it('with too large headers are refused', async () => {
    await using registry = await registryForTest();
    const heard = await converse(
      registry.port,
      `GET /v2/ HTTP/1.1\r\nhost: a\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(heard).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('with a very long path are refused', async () => {
    await using registry = await registryForTest();
    const answer = await ask(registry.url, 'GET', `/v2/${'a'.repeat(5_000)}/tags/list`);
    expect(answer.status).toBe(400);
  });
});

describe('stopping', () => {
  it('lets a running upload finish and takes no new one', async () => {
    const registry = await registryForTest();
    const path = await begin(registry.url);
    const content = newContent(20);
    const { hostname, port } = new URL(registry.url);
    const options = { method: 'PUT', path: `${path}?digest=${digestOf(content)}`, headers: { 'content-length': 20 } };
    const running = request({ hostname, port, ...options });
    running.write(content.subarray(0, 10));
    await expect.poll(async () => (await ask(registry.url, 'GET', path)).headers.range, patience).toBe('0-9');
    const ended = new Promise((resolve) => running.on('response', (response) => resolve(response.statusCode)));
    const closed = registry.close();
    await expect(ask(registry.url, 'GET', '/v2/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    running.end(content.subarray(10));
    expect(await ended).toBe(201);
    await closed;
  });

  it('cuts off what takes longer than its time', async () => {
    const registry = await registryForTest({ limits: { stopMs: 50 } });
    const path = await begin(registry.url);
    const { hostname, port } = new URL(registry.url);
    const running = request({ hostname, port, method: 'PATCH', path, headers: { 'content-length': 20 } });
    const failed = new Promise((resolve) => running.on('error', resolve));
    running.write('12345');
    await expect.poll(async () => (await ask(registry.url, 'GET', path)).headers.range, patience).toBe('0-4');
    await registry.close();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });
});
