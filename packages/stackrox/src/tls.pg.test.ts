import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '@pratique/testbed/postgres';
import { resolveCentralAddress } from './address.ts';
import { openCentral } from './connection.ts';
import type { Central } from './connection.ts';
import { inspectRights } from './rights.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;

/** Makes a CA and a server certificate for `localhost`, and another CA that signed nothing. */
function makeCertificates(folder: string): void {
  const run = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  for (const name of ['ca', 'other'])
    run('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=Test ${name}`);
  writeFileSync(join(folder, 'san.txt'), 'subjectAltName=DNS:central-db.stackrox,DNS:localhost\n');
  run('req', ...key.slice(0, 5), '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=central-db');
  run(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san.txt',
    '-out',
    'server.pem',
  );
}

describe.skipIf(!openssl)('a connection over TLS (needs the openssl command for certificates)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pratique-tls-'));
  const opened: Central[] = [];
  let server: Awaited<ReturnType<typeof startPostgres>>;

  beforeAll(async () => {
    server = await startPostgres();
    makeCertificates(folder);
    const admin = new Client(server.url('postgres'));
    await admin.connect();
    const { rows } = await admin.query<{ data: string }>(`SELECT current_setting('data_directory') AS data`);
    const data = rows[0]?.data ?? '';
    const { uid, gid } = statSync(data);
    for (const name of ['server.key', 'server.pem']) {
      copyFileSync(join(folder, name), join(data, name));
      chownSync(join(data, name), uid, gid);
    }
    execFileSync('chmod', ['600', join(data, 'server.key')]);
    for (const [name, value] of [
      ['ssl_cert_file', 'server.pem'],
      ['ssl_key_file', 'server.key'],
      ['ssl', 'on'],
    ])
      await admin.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    await admin.query('SELECT pg_reload_conf()');
    await admin.end();
  });
  afterAll(async () => {
    await Promise.all(opened.map((central) => central.stop()));
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(options: { host?: string; sslMode?: string; ca?: string; serverName?: string }): Central {
    const address = resolveCentralAddress({
      host: options.host ?? 'localhost',
      port: server.port,
      ...server.superuser,
      name: 'postgres',
      sslMode: options.sslMode,
      ...(options.ca === undefined ? {} : { sslRootCert: join(folder, options.ca) }),
      sslServerName: options.serverName,
    });
    const central = openCentral({ address, maxConnections: 1, statementTimeoutMs: 10_000, applicationName: 'tls' });
    opened.push(central);
    return central;
  }

  it.each([
    ['require, whoever signed', { sslMode: 'require' }],
    ['verify-ca with the right CA and any name', { host: '127.0.0.1', sslMode: 'verify-ca', ca: 'ca.pem' }],
    ['verify-full with the right CA and name', { sslMode: 'verify-full', ca: 'ca.pem' }],
    [
      'verify-full with another name set',
      { host: '127.0.0.1', sslMode: 'verify-full', ca: 'ca.pem', serverName: 'central-db.stackrox' },
    ],
  ])('is encrypted with %s', async (_what, options) => {
    expect((await inspectRights(open(options))).tlsInUse).toBe(true);
  });

  it('is not encrypted with disable', async () => {
    expect((await inspectRights(open({ sslMode: 'disable' }))).tlsInUse).toBe(false);
  });

  it.each([
    ['a CA that did not sign', { sslMode: 'verify-ca', ca: 'other.pem' }, 'not trusted'],
    ['a private CA that was not given', { sslMode: 'verify-full' }, 'not trusted'],
    ['a name that the certificate lacks', { host: '127.0.0.1', sslMode: 'verify-full', ca: 'ca.pem' }, 'another name'],
    ['another server name set', { sslMode: 'verify-full', ca: 'ca.pem', serverName: 'elsewhere.test' }, 'another name'],
  ])('is refused for %s', async (_what, options, words) => {
    await expect(open(options).read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-tls',
      message: expect.stringContaining(words),
    });
  });

  it('is refused by a client that wants plain text where the server insists on TLS', async () => {
    const admin = new Client(server.url('postgres'));
    await admin.connect();
    const { rows } = await admin.query<{ file: string }>(`SELECT current_setting('hba_file') AS file`);
    writeFileSync(rows[0]?.file ?? '', 'hostssl all all all scram-sha-256\n');
    await admin.query('SELECT pg_reload_conf()');
    await admin.end();
    await expect
      .poll(() =>
        open({ sslMode: 'disable' })
          .read({ text: 'SELECT 1' })
          .catch((error: unknown) => error),
      )
      .toMatchObject({ code: 'stackrox-tls', message: expect.stringContaining('only TLS') });
    expect(await open({ sslMode: 'verify-full', ca: 'ca.pem' }).read({ text: 'SELECT 1 AS one' })).toEqual([
      { one: 1 },
    ]);
  });

  it.each([
    ['missing.pem', 'does not exist'],
    ['ca.key', 'no certificate in PEM form'],
  ])('needs a CA file that can be read: %s', (ca, words) => {
    expect(() => open({ sslMode: 'verify-ca', ca })).toThrow(
      expect.objectContaining({ code: 'stackrox-tls', message: expect.stringContaining(words) }),
    );
  });
});

describe('a server without TLS', () => {
  it('is refused by a client that wants it', async () => {
    await using server = await startPostgres();
    const address = resolveCentralAddress({
      host: server.host,
      port: server.port,
      ...server.superuser,
      name: 'postgres',
      sslMode: 'require',
    });
    const central = openCentral({ address, maxConnections: 1, statementTimeoutMs: 10_000, applicationName: 'tls' });
    await expect(central.read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-tls',
      message: expect.stringContaining('does not offer TLS'),
    });
    await central.stop();
  });
});
