import { beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority } from './certificates-for-test.ts';
import type { TestAuthority } from './certificates-for-test.ts';
import { createDispatchers } from './dispatchers.ts';
import { exchange } from './exchange.ts';
import { defaultTimes } from './settings.ts';
import { clientForTest, manifestReply, serve, tinyManifest } from './web-server-for-test.ts';
import type { WebServer } from './web-server-for-test.ts';
import type { RegistryHost } from './settings.ts';

describe('a registry over TLS', () => {
  let authority: TestAuthority;
  beforeAll(async () => {
    authority = await makeAuthority('Test Authority');
  });

  const answer = () => manifestReply(tinyManifest);
  const read = (server: WebServer, settings: Partial<RegistryHost> = {}) =>
    clientForTest({ hosts: [{ host: server.host, ...settings }], attempts: 1 })
      .repository({ registry: server.host, repository: 'team/app' })
      .manifest('v1');

  it('is read when its own authority is given', async () => {
    const server = await serve(answer, await authority.issue(['127.0.0.1']));
    expect((await read(server, { ca: authority.cert }))?.descriptor.size).toBe(tinyManifest.length);
  });

  it('is refused with issuer and names when the authority is not known', async () => {
    const server = await serve(answer, await authority.issue(['127.0.0.1', 'registry.example.com']));
    const reading = read(server);
    await expect(reading).rejects.toMatchObject({
      code: 'registry-tls',
      message: expect.stringMatching(/not trusted.*registry\.example\.com, issued by Test Authority/),
      hint: expect.stringContaining('--registry-cacert'),
    });
    expect(server.seen).toEqual([]);
  });

  it('is refused when the certificate is for another name, unless that name is expected', async () => {
    const server = await serve(answer, await authority.issue(['registry.example.com']));
    const { cert: ca } = authority;
    await expect(read(server, { ca })).rejects.toMatchObject({
      code: 'registry-tls',
      message: expect.stringMatching(/is not for the name 127\.0\.0\.1.*for registry\.example\.com/),
    });
    expect(await read(server, { ca, serverName: 'registry.example.com' })).toBeDefined();
  });

  it('is refused when the certificate has expired or is not valid yet', async () => {
    for (const [days, words] of [
      [{ from: -3, to: -2 }, 'has expired'],
      [{ from: 2, to: 3 }, 'not valid yet'],
    ] as const) {
      const server = await serve(answer, await authority.issue(['127.0.0.1'], days));
      await expect(read(server, { ca: authority.cert })).rejects.toMatchObject({
        code: 'registry-tls',
        message: expect.stringContaining(words),
      });
    }
  });

  it('is read without a check only where exactly this host is named for it', async () => {
    const other = await makeAuthority('Somebody else');
    const server = await serve(answer, await other.issue(['somewhere']));
    expect(await read(server, { insecureSkipVerify: true })).toBeDefined();
    const client = clientForTest({ hosts: [{ host: '127.0.0.1', insecureSkipVerify: true }], attempts: 1 });
    const reading = client.repository({ registry: server.host, repository: 'a' }).manifest('v1');
    await expect(reading).rejects.toMatchObject({ code: 'registry-tls' });
  });

  it('gets the client certificate it asks for', async () => {
    const pair = await authority.issue(['127.0.0.1']);
    const server = await serve(answer, { ...pair, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
    const client = await authority.issue(['client']);
    const { cert: ca } = authority;
    expect(await read(server, { ca, clientCertificate: { certificate: client.cert, key: client.key } })).toBeDefined();
    await expect(read(server, { ca })).rejects.toMatchObject({
      code: expect.stringMatching(/^registry-(tls|unreachable)$/),
    });
  });

  it('sends no byte over http after its certificate was refused', async () => {
    const server = await serve(answer, await authority.issue(['127.0.0.1']));
    const notices: string[] = [];
    const client = clientForTest({ onNotice: ({ kind }) => notices.push(kind), attempts: 1 });
    const reading = client.repository({ registry: server.host, repository: 'a' }).manifest('v1');
    await expect(reading).rejects.toMatchObject({ code: 'registry-tls' });
    expect(notices).toEqual([]);
  });

  it('never follows a redirect from https to http', async () => {
    const plain = await serve(answer);
    const server = await serve(
      () => ({ status: 307, headers: { location: `${plain.url}/v2/stolen` } }),
      await authority.issue(['127.0.0.1']),
    );
    await expect(read(server, { ca: authority.cert })).rejects.toMatchObject({ code: 'registry-redirect' });
    expect(plain.seen).toEqual([]);
  });

  it('is told from one that speaks plain http', async () => {
    const server = await serve(answer);
    const dispatchers = createDispatchers({ hosts: [], times: defaultTimes, connections: 1 });
    const url = new URL(`https://${server.host}/v2/`);
    const tools = { dispatchers, times: defaultTimes, userAgent: 'test' };
    const asking = exchange({ method: 'GET', url, owner: { host: server.host }, headers: {} }, tools);
    await expect(asking).rejects.toMatchObject({
      code: 'registry-plain-http',
      hint: expect.stringContaining('--allow-http-registry'),
    });
    await dispatchers.close();
  });
});
