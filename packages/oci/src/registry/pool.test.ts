import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../digest.ts';
import { httpPool } from './pool.ts';
import { defaultTimes } from './settings.ts';
import { plainClient, serve } from './web-server-for-test.ts';

const manifest = Buffer.from('{"schemaVersion":2,"manifests":[]}');

describe('a client', () => {
  it('loads neither TLS nor fetch nor undici to ask a registry on this machine', async () => {
    const server = await serve(({ url }) => {
      if (url === '/v2/') return { body: '{}' };
      const type = 'application/vnd.oci.image.index.v1+json';
      return { headers: { 'content-type': type, 'docker-content-digest': digestOf(manifest) }, body: manifest };
    });
    const program = fileURLToPath(new URL('./light-client-fixture.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, server.host]);
    const { found, loaded } = JSON.parse(stdout) as { found: string; loaded: readonly string[] };
    expect(found).toBe(digestOf(manifest));
    const parts = new Set(loaded.map((name) => name.replace(/^\w+ /, '')));
    expect(parts).toContain('_http_client');
    for (const heavy of ['tls', 'https', '_tls_wrap', 'internal/deps/undici/undici'])
      expect(parts).not.toContain(heavy);
    expect(server.seen.filter(({ url }) => url === '/v2/')).toHaveLength(1);
  });

  it('asks a registry on this machine with http only where it answers as one', async () => {
    // A web server of another kind answers 400; what is there is then found out as for any private host.
    const server = await serve(({ url }) =>
      url === '/v2/' ? { status: 400 } : { status: 404, body: '{"errors":[]}' },
    );
    await expect(plainClient(server).hasBlob(digestOf('x'))).resolves.toBe(false);
  });
});

describe('a pool', () => {
  it('asks again when a kept connection ends under the request', async () => {
    const connections: Socket[] = [];
    const address = await raw((socket) => {
      connections.push(socket);
      let asked = 0;
      socket.on('data', () => {
        asked += 1;
        // The first connection hangs up on its second request without a word.
        if (connections.length === 1 && asked === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    const pool = poolForTest();
    expect(await ask(pool, address)).toBe('ok');
    expect(await ask(pool, address)).toBe('ok');
    expect(connections).toHaveLength(2);
  });

  it('does not repeat what writes', async () => {
    let asked = 0;
    const address = await raw((socket) => {
      socket.on('data', () => {
        asked += 1;
        if (asked === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    const pool = poolForTest();
    await ask(pool, address);
    await expect(ask(pool, address, 'POST')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(asked).toBe(2);
  });

  it('gives up on a header that does not come', async () => {
    const address = await raw(() => undefined);
    await expect(ask(poolForTest(50), address)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('throws the reason of the signal, before and while an answer is read', async () => {
    const address = await raw((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok'));
    });
    const reason = new Error('enough');
    const stopped = new AbortController();
    const url = new URL(address);
    const asking = { url, method: 'GET', headers: {}, body: undefined, signal: stopped.signal };
    const { body } = await poolForTest().request(asking);
    const reading = body.toArray();
    stopped.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});

function poolForTest(header = 10_000) {
  const pool = httpPool({ times: { ...defaultTimes, header }, connections: 1, headerBytes: 16_384 });
  onTestFinished(() => pool.close());
  return pool;
}

async function ask(pool: ReturnType<typeof httpPool>, address: string, method = 'GET'): Promise<string> {
  const { signal } = new AbortController();
  const { body } = await pool.request({ url: new URL(address), method, headers: {}, body: undefined, signal });
  return Buffer.concat(await body.toArray()).toString();
}

/** A server that answers bytes, not HTTP. */
async function raw(onSocket: (socket: Socket) => void): Promise<string> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
