import { connect } from 'node:net';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../digest.ts';
import { collect } from '../image-for-test.ts';
import { makeAuthority } from './certificates-for-test.ts';
import type { RegistryNotice } from './session.ts';
import { clientForTest, errorReply, manifestReply, serve, tinyManifest } from './web-server-for-test.ts';

const digest = digestOf(tinyManifest);

/** A proxy that opens tunnels and counts them. */
async function proxyServer(): Promise<{ url: string; tunnels: string[] }> {
  const tunnels: string[] = [];
  const server = createServer((_request, response) => response.writeHead(502).end());
  server.on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    const [, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.pipe(client).pipe(target);
    for (const socket of [target, client]) socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}

describe('a proxy', () => {
  it('carries what goes to https registries, except to those named as direct', async () => {
    const authority = await makeAuthority('Behind the proxy');
    const server = await serve(() => manifestReply(tinyManifest), await authority.issue(['127.0.0.1']));
    const proxy = await proxyServer();
    for (const noProxy of ['', '127.0.0.1']) {
      const client = clientForTest({
        hosts: [{ host: server.host, ca: authority.cert }],
        proxy: { httpsProxy: proxy.url, noProxy },
      });
      expect(await client.repository({ registry: server.host, repository: 'a' }).manifest('v1')).toBeDefined();
    }
    // The probe and the request of the first client went through it, on one connection or two.
    expect(new Set(proxy.tunnels)).toEqual(new Set([server.host]));
  });

  it('is named without its password, and instead of the registry, when it does not answer', async () => {
    const client = clientForTest({ proxy: { httpsProxy: 'http://user:secret@127.0.0.1:1' }, attempts: 1 });
    const reading = client.repository({ registry: 'registry.example.com', repository: 'a' }).manifest('v1');
    await expect(reading).rejects.toThrow('The proxy does not answer (ECONNREFUSED)');
    await expect(reading).rejects.toMatchObject({ hint: expect.stringContaining('NO_PROXY') });
    await expect(reading).rejects.toThrow(/proxy http:\/\/…@127\.0\.0\.1:1/);
    await expect(reading).rejects.not.toThrow('secret');
  });
});

describe('a registry that cannot be reached', () => {
  it('is told by what is wrong: name, port', async () => {
    const client = clientForTest({ attempts: 1 });
    const read = (registry: string) => client.repository({ registry, repository: 'a' }).manifest('v1');
    await expect(read('127.0.0.1:1')).rejects.toMatchObject({
      code: 'registry-unreachable',
      message: expect.stringContaining('Nobody listens at 127.0.0.1:1'),
    });
    await expect(read('no-such-host.invalid')).rejects.toMatchObject({ code: 'registry-host-unknown' });
  });
});

describe('http on this machine', () => {
  it('is used after https was tried, and told once', async () => {
    const notices: RegistryNotice[] = [];
    const server = await serve(() => manifestReply(tinyManifest));
    const client = clientForTest({ onNotice: (notice) => notices.push(notice) });
    const repository = client.repository({ registry: server.host, repository: 'a' });
    expect(await repository.manifest('v1')).toBeDefined();
    expect(await repository.manifest('v1')).toBeDefined();
    expect(notices.map(({ kind }) => kind)).toEqual(['plain-http']);
    expect(await client.ping(server.host)).toEqual({ address: server.url, wantsLogin: false });
  });
});

describe('a ping', () => {
  it('says whether a login is wanted', async () => {
    const server = await serve(() => ({
      ...errorReply(401, 'UNAUTHORIZED'),
      headers: { 'www-authenticate': 'Basic realm="x"' },
    }));
    expect(await clientForTest().ping(server.host)).toMatchObject({ wantsLogin: true });
  });
});

describe('mirrors', () => {
  async function mirrored(mirrorStatus: number, use?: 'all' | 'digests') {
    const notices: string[] = [];
    const mirror = await serve(() =>
      mirrorStatus === 200 ? manifestReply(tinyManifest) : errorReply(mirrorStatus, 'X'),
    );
    const server = await serve(() => manifestReply(tinyManifest));
    const client = clientForTest({
      hosts: [
        { host: server.host, plainHttp: true, mirrors: [{ host: mirror.host, prefix: 'hub', ...(use && { use }) }] },
        { host: mirror.host, plainHttp: true },
      ],
      onNotice: ({ kind, message }) => kind === 'mirror-failed' && notices.push(message),
    });
    return {
      mirror,
      server,
      notices,
      repository: client.repository({ registry: server.host, repository: 'team/app' }),
    };
  }

  it('answer first for what a digest names', async () => {
    const { mirror, server, repository } = await mirrored(200);
    expect(await repository.manifest(digest)).toBeDefined();
    expect(mirror.seen.map(({ url }) => url)).toEqual([`/v2/hub/team/app/manifests/${digest}`]);
    expect(server.seen).toEqual([]);
  });

  it('are not believed about tags unless that is said', async () => {
    const careful = await mirrored(200);
    await careful.repository.manifest('v1');
    expect(careful.mirror.seen).toEqual([]);
    const all = await mirrored(200, 'all');
    await all.repository.manifest('v1');
    expect(all.server.seen).toEqual([]);
  });

  it.each([404, 500, 403])('are passed over when they answer %i, with the reason kept', async (status) => {
    const { mirror, server, notices, repository } = await mirrored(status);
    expect(await repository.manifest(digest)).toBeDefined();
    expect([mirror.seen.length, server.seen.length]).toEqual([1, 1]);
    expect(notices).toHaveLength(status === 404 ? 0 : 1);
  });

  it('are asked for no list and get nothing that is written', async () => {
    const { mirror, repository } = await mirrored(200);
    await repository
      .putManifest({ bytes: Buffer.from(tinyManifest), mediaType: 'application/vnd.oci.image.manifest.v1+json' })
      .catch(() => undefined);
    await repository.tags().catch(() => undefined);
    await repository.referrers(digest).catch(() => undefined);
    expect(mirror.seen).toEqual([]);
  });

  it('that lie about a digest are passed over', async () => {
    const content = Buffer.from('the true content');
    const mirror = await serve(() => ({ body: 'a lie' }));
    const server = await serve(() => ({ body: content }));
    const notices: string[] = [];
    const client = clientForTest({
      hosts: [
        { host: server.host, plainHttp: true, mirrors: [{ host: mirror.host }] },
        { host: mirror.host, plainHttp: true },
      ],
      onNotice: ({ kind, message }) => kind === 'mirror-failed' && notices.push(message),
    });
    const repository = client.repository({ registry: server.host, repository: 'team/app' });
    const blob = await repository.blob({ digest: digestOf(content), size: content.byteLength });
    expect(await collect(blob)).toEqual(content);
    expect(notices).toMatchObject([expect.stringContaining('is not what it should be')]);
    await expect(repository.manifest(digestOf('another'))).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(notices).toHaveLength(2);
  });
});
