import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { resolveCentralAddress, resolveDatabaseAddress } from './address.ts';
import type { DatabaseSettings } from './address.ts';

const split: DatabaseSettings = {
  host: 'central-db.stackrox.svc',
  port: '5432',
  user: 'cve_reader',
  password: 'secret',
  name: 'central_active',
};

describe('the address of the StackRox database', () => {
  it('comes from the split fields, raw', () => {
    expect(resolveCentralAddress({ ...split, password: 'p@ss:/?#[]%41 "\\' })).toEqual({
      host: 'central-db.stackrox.svc',
      port: 5432,
      user: 'cve_reader',
      password: 'p@ss:/?#[]%41 "\\',
      database: 'central_active',
      tls: { mode: 'require' },
    });
  });

  it('comes from the URL when that is not empty', () => {
    expect(resolveCentralAddress({ ...split, url: 'postgresql://u:p@db.test:6543/central' })).toMatchObject({
      host: 'db.test',
      port: 6543,
      user: 'u',
      password: 'p',
      database: 'central',
    });
    expect(resolveCentralAddress({ ...split, url: '  ' })).toMatchObject({ host: 'central-db.stackrox.svc' });
  });

  it.each([
    ['postgres://u:p@h/d', { host: 'h', port: 5432, user: 'u', password: 'p', database: 'd' }],
    ['postgresql+asyncpg://u:p@h/d', { user: 'u', password: 'p' }],
    ['PostgreSQL://u@h/d', { user: 'u', password: '' }],
    ['postgresql://h/d', { user: 'postgres', password: '', host: 'h' }],
    ['postgresql:///d', { host: 'localhost', database: 'd' }],
    ['postgresql://u:p@[::1]:5433/d', { host: '::1', port: 5433, tls: { mode: 'disable' } }],
    ['postgresql://u:p%40ss%2Fword%25@h/d', { password: 'p@ss/word%' }],
    ['postgresql://u%40corp:p@h/d', { user: 'u@corp' }],
    ['postgresql://u:p@ss/wo#rd?x@h:1/d', { password: 'p@ss/wo#rd?x', host: 'h', port: 1 }],
    ['postgresql://u:50%off@h/d', { password: '50%off' }],
    ['postgresql://u:a:b@h/d', { user: 'u', password: 'a:b' }],
    [
      'postgresql://u:p@h/d?sslrootcert=/etc/ca@1.pem&sslmode=verify-full',
      { host: 'h', database: 'd', tls: { mode: 'verify-full', caFile: '/etc/ca@1.pem' } },
    ],
    ['postgresql://u:p@h/d?ssl=require&prepared_statement_cache_size=0', { tls: { mode: 'require' } }],
    ['postgresql://u:p@h/my%20db', { database: 'my db' }],
  ])('understands %s', (url, expected) => {
    expect(resolveCentralAddress({ url })).toMatchObject(expected);
  });

  it.each([
    ['mysql://u:topsecret@h/d', 'begins with "mysql://"'],
    ['u:topsecret@h/d', 'does not begin with postgresql://'],
    ['postgresql://u:topsecret@h', 'names no database'],
    ['postgresql://u:topsecret@h:99999/d', 'port beyond 65535'],
    ['postgresql://u:topsecret@ho st/d', 'cannot be taken apart'],
    ['postgresql://u:topsecret%41%@h/d', 'both percent escapes and a bare "%"'],
    ['postgresql://u:topsecret%ff@h/d', 'not UTF-8'],
    ['postgresql://u:topsecret%00@h/d', 'not UTF-8'],
    ['postgresql://u:topsecret@h/d?sslmode=sure', 'unknown sslmode "sure"'],
    ['postgresql://u:topsecret@h/d?sslkey=/k', 'client certificate'],
    ['postgresql://u:topsecret@-h/d', 'cannot be taken apart'],
    ['postgresql://u:topsecret/d', 'cannot be taken apart'],
    ['postgresql://u:p@topsecret!/d', 'cannot be taken apart'],
    [`postgresql://u:topsecret${'x'.repeat(9000)}@h/d`, 'longer than'],
  ])('refuses %s without repeating the password', (url, reason) => {
    const fault = faultOf(() => resolveCentralAddress({ url }));
    expect(fault).toMatchObject({ code: 'stackrox-address-invalid', message: expect.stringContaining(reason) });
    expect(JSON.stringify([fault.message, fault.hint, fault.values])).not.toContain('topsecret');
  });

  it('refuses sockets, unusable ports and NUL characters in the split fields', () => {
    expect(faultOf(() => resolveCentralAddress({ ...split, host: '/var/run/postgresql' })).message).toContain(
      'Unix socket',
    );
    expect(faultOf(() => resolveCentralAddress({ ...split, port: '54x' })).message).toContain('54x');
    expect(faultOf(() => resolveCentralAddress({ ...split, port: 0 })).message).toContain('port');
    expect(faultOf(() => resolveCentralAddress({ ...split, password: 'a\u0000b' })).message).toContain('NUL');
    expect(faultOf(() => resolveCentralAddress({ ...split, name: '' })).message).toContain('names no database');
  });

  it('speaks of the application database under its own code and variables', () => {
    expect(faultOf(() => resolveDatabaseAddress({ ...split, name: '' }))).toMatchObject({
      code: 'database-address-invalid',
      hint: expect.stringContaining('APP_DB_NAME'),
    });
  });
});

describe('the protection of the connection', () => {
  it.each([
    [{ host: 'localhost' }, { mode: 'disable' }],
    [{ host: '127.0.0.1' }, { mode: 'disable' }],
    [{ host: '::1' }, { mode: 'disable' }],
    [{ host: 'db.test' }, { mode: 'require' }],
    [{ host: 'db.test', sslMode: 'prefer' }, { mode: 'require' }],
    [{ host: 'db.test', sslMode: 'disable' }, { mode: 'disable' }],
    [{ host: 'localhost', sslMode: 'require' }, { mode: 'require' }],
    [
      { host: 'localhost', sslRootCert: '/ca.pem' },
      { mode: 'verify-ca', caFile: '/ca.pem' },
    ],
    [
      { host: 'db.test', sslMode: 'require', sslRootCert: '/ca.pem' },
      { mode: 'verify-ca', caFile: '/ca.pem' },
    ],
    [{ host: 'db.test', sslMode: 'verify-full', sslRootCert: 'system' }, { mode: 'verify-full' }],
    [
      { host: 'db.test', sslMode: 'verify-full', sslServerName: 'central-db.stackrox' },
      { mode: 'verify-full', serverName: 'central-db.stackrox' },
    ],
    [{ url: 'postgresql://u@db.test/d?sslmode=disable', sslMode: 'verify-full' }, { mode: 'disable' }],
    [
      { url: 'postgresql://u@db.test/d', sslMode: 'verify-ca', sslRootCert: '/ca.pem' },
      { mode: 'verify-ca', caFile: '/ca.pem' },
    ],
  ])('of %o is %o', (settings, tls) => {
    expect(resolveCentralAddress({ name: 'd', ...settings }).tls).toEqual(tls);
  });
});

describe('any password', () => {
  it('survives the split fields and, percent-encoded, the URL', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\u0000') && text.isWellFormed()),
        (password) => {
          expect(resolveCentralAddress({ ...split, password }).password).toBe(password);
          const url = `postgresql://u:${encodeURIComponent(password)}@db.test:5432/central`;
          expect(resolveCentralAddress({ url })).toMatchObject({
            host: 'db.test',
            user: 'u',
            password,
            database: 'central',
          });
        },
      ),
    );
  });

  it('never makes the URL reader fail with anything but its fault, nor end up in the message', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (noise) => {
        try {
          const address = resolveCentralAddress({ url: `postgresql://u:${noise}@db.test/central` });
          expect(address.database).not.toBe('');
        } catch (error) {
          expect(isFault(error, 'stackrox-address-invalid')).toBe(true);
        }
        // Whoever forgets `@host` must not find the password in the log.
        try {
          resolveCentralAddress({ url: `postgresql://u:secret-${noise}/central` });
        } catch (error) {
          expect((error as Error).message).not.toContain('secret-');
        }
      }),
    );
  });
});

function faultOf(work: () => unknown): { code: string; message: string; hint: string; values: unknown } {
  try {
    work();
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
  throw new Error('expected a fault');
}
