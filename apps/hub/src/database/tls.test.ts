import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveDatabaseAddress } from '@pratique/stackrox/address';
import { appTlsOptions } from './tls.ts';

const folder = await mkdtemp(join(tmpdir(), 'ca-'));
afterAll(() => rm(folder, { recursive: true }));
const ca = join(folder, 'ca.pem');
await writeFile(ca, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
await writeFile(join(folder, 'empty.pem'), '');

const options = (query: string, host = 'db.example.com') =>
  appTlsOptions(resolveDatabaseAddress({ url: `postgres://u:p@${host}/app${query}` }));

describe('how the connection is protected', () => {
  it('is not for this machine itself, and is for any other', () => {
    expect(options('', 'localhost')).toBe(false);
    expect(options('')).toMatchObject({ rejectUnauthorized: false });
    expect(options('?sslmode=disable')).toBe(false);
  });

  it('checks the authority where asked to, and the name where asked to', () => {
    expect(options(`?sslmode=verify-ca&sslrootcert=${ca}`)).toMatchObject({
      rejectUnauthorized: true,
      ca: expect.stringContaining('BEGIN CERTIFICATE'),
    });
    const full = options(`?sslmode=verify-full&sslrootcert=${ca}`);
    expect(full).toMatchObject({ rejectUnauthorized: true, servername: 'db.example.com' });
    const certificate = { subject: { CN: 'other.example.com' }, subjectaltname: 'DNS:other.example.com' };
    expect(full !== false && full.checkServerIdentity?.('db.example.com', certificate as never)).toBeInstanceOf(Error);
  });

  it('sends no address where a name belongs', () => {
    expect(options('?sslmode=require', '10.1.2.3')).not.toHaveProperty('servername');
  });

  it.each(['missing.pem', 'empty.pem'])('refuses to go on with %s', (file) => {
    expect(() => options(`?sslmode=verify-ca&sslrootcert=${join(folder, file)}`)).toThrow(/CA file/);
  });
});
