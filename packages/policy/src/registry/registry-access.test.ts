import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Policy, ValidatorSettings } from '../configuration/policy.ts';
import { block, keyPem, policyFrom } from '../configuration/material-for-test.ts';
import { createRegistryAccess, hostsFor } from './registry-access.ts';
import type { AccessNotice, RegistryAccessOptions } from './registry-access.ts';
import { createRateLimit } from './rate-limit.ts';
import { authorityPem, serverCertificate, serverKey } from './server-certificate-for-test.ts';

const image = (host: string) => ({ registry: host, repository: 'team/app' });

describe('registries as validators reach them', () => {
  it('NTN-2 REG-2 every validator has the credentials of its own secret, and none of another', async () => {
    const registry = await serve(asking);
    const { access, of } = await accessTo(
      `
  - { name: one, type: cosign, auth: { secretName: one }, TRUST }
  - { name: two, type: cosign, auth: { secretName: two }, TRUST }
  - { name: none, type: cosign, TRUST }`,
      {
        readSecret: async (name) => ({ secretYaml: `{username: ${name}, password: p, registry: "${registry.host}"}` }),
      },
    );
    const users = async (name: string): Promise<unknown> => {
      const store = await access.repository(image(registry.host), of(name));
      return store.tags().catch((error: unknown) => (error as { code?: string }).code);
    };
    expect(await users('one')).toEqual(['one']);
    expect(await users('two')).toEqual(['two']);
    expect(await users('none')).toBe('registry-unauthorized');
  });

  it('REG-4 credentials for other hosts are told once, and the registry is read without', async () => {
    const registry = await serve((_request, response) => void response.end('{"name":"team/app","tags":["1"]}'));
    const notices: AccessNotice[] = [];
    const { access, of } = await accessTo('\n  - { name: one, type: cosign, auth: { secretName: one }, TRUST }', {
      readSecret: async () => ({ secretYaml: '{username: a, password: hunter2, registry: reg.lan}' }),
      onNotice: (notice) => notices.push(notice),
    });
    const store = await access.repository(image(registry.host), of('one'));
    expect([await store.tags(), await store.tags()]).toEqual([['1'], ['1']]);
    expect(notices.filter(({ kind }) => kind === 'no-credentials')).toMatchObject([
      {
        validator: 'one',
        host: registry.host,
        message: expect.stringContaining('no credentials found for') as unknown,
      },
    ]);
    expect(JSON.stringify(notices)).not.toContain('hunter2');
  });

  it('3.4 a secret that is missing fails its validator only, with a reason and at load', async () => {
    const registry = await serve((_request, response) => void response.end('{"name":"team/app","tags":[]}'));
    const { access, of } = await accessTo(
      '\n  - { name: broken, type: cosign, auth: { secretName: gone }, TRUST }\n  - { name: whole, type: cosign, TRUST }',
      { readSecret: async () => ({}) },
    );
    expect(access.problems).toMatchObject([{ validator: 'broken', fault: { code: 'validator-material-unreadable' } }]);
    await expect(access.repository(image(registry.host), of('broken'))).rejects.toMatchObject({
      message: 'no authentication file for secret gone',
    });
    expect(await (await access.repository(image(registry.host), of('whole'))).tags()).toEqual([]);
    await expect(access.login(of('broken'))).rejects.toMatchObject({ code: 'validator-material-unreadable' });
    expect(await (await access.fetch(of('broken'))(`http://${registry.host}/x`)).json()).toMatchObject({ tags: [] });
  });

  it('REG-5 the authorities of a validator are trusted beside those of the system, by it alone', async () => {
    const registry = await serve((_request, response) => void response.end('{"name":"team/app","tags":["1"]}'), true);
    const host = registry.host.replace('127.0.0.1', 'localhost');
    const { access, of } = await accessTo(
      `
  - name: trusting
    type: cosign
    cert: ${block(authorityPem, 6)}
    trustRoots: [{ name: default, keyless: { issuer: a, subject: b } }]
  - { name: other, type: cosign, TRUST }`,
    );
    const trusting = await access.repository(image(host), of('trusting'));
    expect(await trusting.tags()).toEqual(['1']);
    const other = await access.repository(image(host), of('other'));
    await expect(other.tags()).rejects.toMatchObject({ code: 'registry-tls' });
    const plain = await access.fetch(of('trusting'))(`https://${host}/x`);
    expect(await plain.json()).toMatchObject({ tags: ['1'] });
    await expect(access.fetch(of('other'))(`https://${host}/x`)).rejects.toThrow('fetch failed');
  });

  it('REG-5 mirrors are reached with the same authorities, and what is not to be checked is not', () => {
    const registries = [
      { host: 'reg.lan', mirrors: [{ host: 'mirror.lan' }], ca: 'A' },
      { host: '*.open.lan', insecureSkipVerify: true },
    ];
    expect(hostsFor('reg.lan', registries, 'B')).toEqual([
      { host: 'reg.lan', mirrors: [{ host: 'mirror.lan' }], ca: 'A\nB' },
      { host: 'mirror.lan', ca: 'B' },
      registries[1],
    ]);
    expect(hostsFor('x.open.lan', registries, 'B')[0]).toEqual({ host: 'x.open.lan', insecureSkipVerify: true });
  });

  it('5.2 useKeychain asks the identity of the pod', async () => {
    const { access, of } = await accessTo('\n  - { name: one, type: cosign, auth: { useKeychain: true }, TRUST }');
    const store = await access.repository({ registry: 'ghcr.io', repository: 'team/app' }, of('one'));
    // Nothing is sent before the credential is there, and there is none.
    await expect(store.tags()).rejects.toMatchObject({ code: 'keychain-failed' });
  });
});

describe('logins for Notary servers', () => {
  const notary = (host: string): string =>
    `\n  - { name: n, type: notaryv1, host: "${host}", auth: { secretName: s }, trustRoots: [{ name: default, key: KEY }] }`;

  it.each([
    ['https://notary.lan:4443', { secretYaml: '{username: a, password: b}' }, { username: 'a', password: 'b' }],
    ['https://notary.lan:4443', { secretYaml: '{username: a, password: b, registry: notary.lan}' }, undefined],
    [
      'https://notary.docker.io',
      { dockerConfigJson: '{"auths":{"https://index.docker.io/v1/":{"username":"a","password":"b"}}}' },
      { username: 'a', password: 'b' },
    ],
    ['http://127.0.0.1:4443', { secretYaml: '{username: a, password: b}' }, { username: 'a', password: 'b' }],
  ])('NV1-1 are chosen by the host %s', async (host, content, expected) => {
    const { access, of } = await accessTo(notary(host), { readSecret: async () => content });
    expect(await access.login(of('n'))).toEqual(expected);
  });

  it('REG-8 are never given for plain http', async () => {
    const { access, of } = await accessTo(notary('http://notary.lan'), {
      readSecret: async () => ({ secretYaml: '{username: a, password: b}' }),
    });
    await expect(access.login(of('n'))).rejects.toMatchObject({ code: 'credentials-over-http' });
  });
});

it('REG-6 lets a second of requests through at once, and the rest evenly', async () => {
  const clock = { now: 1_000_000 };
  const waits: number[] = [];
  const limit = createRateLimit({
    perSecond: 4,
    now: () => new Date(clock.now),
    sleep: async (ms) => void waits.push(ms),
  });
  for (let request = 0; request < 7; request += 1) await limit.turn();
  expect(waits).toEqual([250, 500, 750]);
  clock.now += 10_000;
  await limit.turn();
  expect(waits.length).toBe(3);
});

/** Wants a login, and says as tags who asked. */
function asking(request: IncomingMessage, response: Parameters<RequestListener>[1]): void {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme === 'Basic') {
    const [user] = Buffer.from(encoded, 'base64').toString().split(':');
    response.end(JSON.stringify({ name: 'team/app', tags: [user] }));
    return;
  }
  response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
}

async function serve(answer: RequestListener, isTls = false): Promise<{ readonly host: string }> {
  const server: Server = isTls
    ? createTlsServer({ cert: serverCertificate, key: serverKey }, answer)
    : createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function accessTo(validators: string, options: Partial<RegistryAccessOptions> = {}) {
  const text = validators
    .replaceAll('TRUST', 'trustRoots: [{ name: default, keyless: { issuer: a, subject: b } }]')
    .replaceAll('KEY', JSON.stringify(keyPem));
  const [name = ''] = /(?<=name: )\w+/.exec(text) ?? [];
  const policy: Policy = policyFrom(`validators:${text}\npolicy: [{ pattern: "*", validator: ${name} }]\n`);
  const access = await createRegistryAccess({
    policy,
    readSecret: async () => ({}),
    userAgent: 'pratique-test/1',
    now: () => new Date('2026-01-02T12:00:00Z'),
    random: () => 0.5,
    sleep: async () => undefined,
    ...options,
  });
  onTestFinished(() => access.close());
  const of = (wanted: string): ValidatorSettings => policy.validators.get(wanted)!;
  return { access, of };
}
