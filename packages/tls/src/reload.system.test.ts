import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { needsProgram } from '@pratique/testbed/outside-program';
import { callersName, day, makeClient, makePair, names, seeded } from './certificates-fixture.ts';
import { readCertificates } from './certificate.ts';
import { checkServing } from './check-serving.ts';
import type { KeyPair } from './key-pair.ts';
import { issueLeaf } from './leaf.ts';
import { createReloadingServer } from './reload.ts';
import type { ReloadingServer } from './reload.ts';

const openssl = needsProgram({ name: 'openssl', paths: ['openssl'] });
const now = Date.now();

let running: ReloadingServer | undefined;

afterEach(async () => {
  const server = running?.server;
  running = undefined;
  server?.closeAllConnections();
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
});

describe('a server that reloads its certificate', () => {
  it('TLS-3.6 loses no request of 200 kept connections while it changes ten times', async () => {
    const { authority, pair } = await makePair('first', now);
    const port = await serve(pair, { slowly: true });
    const agent = new Agent({ keepAlive: true, maxSockets: 200, ca: authority.certificate, servername: callersName });
    const answers: number[] = [];
    let done = false;
    const clients = Array.from({ length: 200 }, async () => {
      while (!done) answers.push(await ask(port, agent));
    });
    const others = await Promise.all(
      Array.from({ length: 10 }, (_, index) => issueLeaf({ authority, names, now, random: seeded(`next ${index}`) })),
    );
    for (const other of others) {
      const before = answers.length;
      running?.reload(other);
      while (answers.length < before + 200) await new Promise((tick) => setTimeout(tick, 1));
    }
    done = true;
    await Promise.all(clients);
    agent.destroy();
    expect(new Set(answers)).toEqual(new Set([200]));
    const last = readCertificates(others.at(-1)?.certificate ?? '', 'last')[0];
    expect((await handshake(port, { ca: authority.certificate })).fingerprint256).toBe(last?.fingerprint256);
  });

  it('serves the old certificate on when the new pair does not work', async () => {
    const { authority, pair } = await makePair('kept', now);
    const { pair: other } = await makePair('other', now);
    const port = await serve(pair);
    expect(() => running?.reload({ certificate: pair.certificate, key: other.key })).toThrow(/key values mismatch/);
    expect(() => running?.reload({ certificate: 'nothing', key: pair.key })).toThrow(/PEM/);
    const { subject } = await handshake(port, { ca: authority.certificate });
    expect(subject.CN).toBe(`${callersName}.cluster.local`);
  });

  it('TLS-4 speaks TLS 1.2 with forward secrecy and 1.3, and nothing older', async () => {
    const { authority, pair } = await makePair('versions', now);
    const port = await serve(pair);
    const ca = authority.certificate;
    await expect(handshake(port, { ca, maxVersion: 'TLSv1.3' })).resolves.toBeDefined();
    await expect(handshake(port, { ca, maxVersion: 'TLSv1.2' })).resolves.toBeDefined();
    const old = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(port, old)).rejects.toThrow(/alert protocol version/);
    const weak = { ca, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' } as const;
    await expect(handshake(port, weak)).rejects.toThrow(/alert handshake failure/);
  });

  it('TLS-4 asks callers for a certificate of the configured authority, also after a reload', async () => {
    const { authority, pair } = await makePair('mutual', now);
    const client = await makeClient(now);
    const port = await serve(pair, { clientAuthorities: client.authority });
    const trusted = { ca: authority.certificate };
    const known = { ...trusted, cert: client.pair.certificate, key: client.pair.key };
    const stranger = { ...trusted, cert: pair.certificate, key: pair.key };
    // What the caller sees of a refusal depends on how far it was with its request.
    const refused = /alert|hang up|ECONNRESET|EPIPE/;
    for (let reloads = 0; reloads < 2; reloads += 1) {
      expect(await ask(port, new Agent({ ...known, servername: callersName }))).toBe(200);
      await expect(ask(port, new Agent({ ...trusted, servername: callersName }))).rejects.toThrow(refused);
      await expect(ask(port, new Agent({ ...stranger, servername: callersName }))).rejects.toThrow(refused);
      running?.reload(pair);
    }
  });
});

openssl.describe('what OpenSSL says of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pratique-tls-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const cases: Record<
    string,
    () => Promise<{ readonly served: KeyPair; readonly trusted: string; readonly name?: string }>
  > = {
    '0 (ok)': async () => {
      const { authority, pair } = await makePair('openssl', now);
      return { served: pair, trusted: authority.certificate };
    },
    '10 (certificate has expired)': async () => {
      const { authority, pair } = await makePair('expired', now - 100 * day);
      return { served: pair, trusted: authority.certificate };
    },
    '9 (certificate is not yet valid)': async () => {
      const { authority } = await makePair('early', now);
      const pair = await issueLeaf({ authority, names, now: now + day, random: seeded('early leaf') });
      return { served: pair, trusted: authority.certificate };
    },
    '19 (self-signed certificate in certificate chain)': async () => {
      const { authority, pair } = await makePair('whole chain', now);
      const certificate = pair.certificate + authority.certificate;
      return { served: { ...pair, certificate }, trusted: (await makePair('other', now)).authority.certificate };
    },
    '21 (unable to verify the first certificate)': async () => {
      const { pair } = await makePair('ours', now);
      return { served: pair, trusted: (await makePair('theirs', now)).authority.certificate };
    },
    '62 (hostname mismatch)': async () => {
      const { authority, pair } = await makePair('name', now);
      return { served: pair, trusted: authority.certificate, name: 'connaisseur-svc.elsewhere.svc' };
    },
  };

  it.each(Object.keys(cases))('3.5 is `Verify return code: %s`, and ours is the same', async (expected) => {
    const { served, trusted, name = callersName } = (await cases[expected]?.()) ?? never();
    const port = await serve(served);
    const file = join(folder, `${parseInt(expected, 10)}.crt`);
    writeFileSync(file, trusted);
    const printed = await run(openssl.path ?? '', [
      ...['s_client', '-connect', `127.0.0.1:${port}`, '-servername', name],
      ...['-verify_hostname', name, '-CAfile', file, '-no-CApath', '-no-CAstore'],
    ]);
    expect(
      /^ *Verify return code: (.*)$/m.exec(printed)?.[1]?.toLowerCase().replace('self signed', 'self-signed'),
    ).toBe(expected);
    const check = checkServing({
      bundle: readCertificates(trusted, 'bundle'),
      chain: readCertificates(served.certificate, 'chain'),
      ...{ name, now: Date.now() },
    });
    expect(check).toMatchObject({ code: parseInt(expected, 10) });
  });
});

interface ServeOptions {
  readonly slowly?: boolean;
  readonly clientAuthorities?: string;
}

async function serve(pair: KeyPair, { slowly = false, clientAuthorities }: ServeOptions = {}): Promise<number> {
  running = createReloadingServer({
    pair,
    // Some answers are under way at any moment.
    handler: (_request, response) => void setTimeout(() => response.end('ok'), slowly ? 5 : 0),
    ...(clientAuthorities !== undefined && { clientAuthorities }),
  });
  const { server } = running;
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}

function ask(port: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, path: '/' }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end();
  });
}

function handshake(port: number, options: ConnectionOptions): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: callersName, ...options }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function run(program: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.resume();
    child.stdin.end();
    child.on('error', reject).on('close', () => resolve(printed));
  });
}

function never(): never {
  throw new Error('there is no such case');
}
