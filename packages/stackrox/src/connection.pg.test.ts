import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { startPostgres } from '@pratique/testbed/postgres';
import { resolveCentralAddress } from './address.ts';
import { guardWithBreaker } from './breaker.ts';
import { addressOf, centralForTest } from './central-fixture.ts';
import { openCentral } from './connection.ts';
import { detectSchema } from './schema.ts';

const central = await centralForTest('4.11');
const renamed = await centralForTest('4.11');
const passwords = await centralForTest('4.11');
const own = await startPostgres();
afterAll(() => own.stop());

describe('a session', () => {
  it('is read-only, bounded and in UTC, whatever the role says', async () => {
    const role = `loose_${central.database.name}`;
    await central.admin.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; ALTER ROLE ${role} SET timezone = 'Asia/Tokyo'; ALTER ROLE ${role} SET default_transaction_read_only = off`,
    );
    const connection = central.open({
      user: role,
      password: 'x',
      statementTimeoutMs: 1_234,
      applicationName: 'pratique hub',
    });
    const names = [
      'default_transaction_read_only',
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'timezone',
      'application_name',
      'max_parallel_workers_per_gather',
    ];
    const settings = `SELECT array_agg(current_setting(n) ORDER BY ord) AS list FROM unnest($1::text[]) WITH ORDINALITY u(n, ord)`;
    const [row] = await connection.read<{ list: string[] }>({ text: settings, values: [names] });
    expect(row?.list).toEqual(['on', '1234ms', '1s', '10s', 'UTC', 'pratique hub', '0']);
    const planner = `SELECT current_setting('enable_seqscan') AS seqscan, current_setting('jit') AS jit, current_setting('transaction_isolation') AS isolation`;
    expect(await connection.snapshot({ bulk: true }, (reading) => reading.read({ text: planner }))).toEqual([
      { seqscan: 'off', jit: 'off', isolation: 'repeatable read' },
    ]);
    expect(await connection.read({ text: planner })).toMatchObject([{ seqscan: 'on', isolation: 'read committed' }]);
    await connection.stop();
    await central.admin.query(`DROP ROLE ${role}`);
  });

  it('refuses every write, alone and in a snapshot', async () => {
    const connection = central.open();
    const attempts = [
      `INSERT INTO clusters (id) VALUES (gen_random_uuid())`,
      `UPDATE versions SET seqnum = 1`,
      `DELETE FROM versions`,
      `CREATE TABLE mine (x int)`,
      `DROP TABLE versions`,
    ];
    for (const text of attempts) {
      await expect(connection.read({ text })).rejects.toMatchObject({ code: 'stackrox-read-only' });
      await expect(connection.snapshot({ bulk: true }, (reading) => reading.read({ text }))).rejects.toMatchObject({
        code: 'stackrox-read-only',
      });
    }
    const { rows } = await central.admin.query('SELECT seqnum FROM versions');
    expect(rows).toEqual([{ seqnum: 225 }]);
  });

  it('reads timestamps without a zone as UTC, wherever the machine is', async () => {
    const connection = central.open();
    const [row] = await connection.read<{ at: Date; never: null }>({
      text: `SELECT '2026-03-29 02:30:00.5'::timestamp AS at, 'infinity'::timestamp AS never`,
    });
    expect(row?.at.toISOString()).toBe('2026-03-29T02:30:00.500Z');
    expect(row?.never).toBeNull();
  });

  it('shows one moment to all statements of a snapshot', async () => {
    const connection = central.open();
    const count = { text: 'SELECT count(*)::int AS n FROM clusters' };
    const seen = await connection.snapshot({ bulk: false }, async (reading) => {
      const before = await reading.read<{ n: number }>(count);
      await central.insert('clusters', { id: '00000000-0000-4000-8000-000000000001', name: 'new' });
      return [before, await reading.read<{ n: number }>(count)];
    });
    expect(seen).toEqual([[{ n: 0 }], [{ n: 0 }]]);
    expect(await connection.read(count)).toEqual([{ n: 1 }]);
  });

  it('lets mistakes in callbacks through as they are and stays usable', async () => {
    const connection = central.open({ maxConnections: 1 });
    const mistake = new TypeError('mine');
    const rows = { text: 'SELECT generate_series(1, 1000)' };
    await expect(
      connection.each(rows, () => {
        throw mistake;
      }),
    ).rejects.toBe(mistake);
    await expect(
      connection.snapshot({ bulk: false }, async () => {
        throw mistake;
      }),
    ).rejects.toBe(mistake);
    let sum = 0;
    await connection.each(rows, ([value]) => {
      sum += Number(value);
    });
    expect(sum).toBe(500_500);
    expect(connection.inUse).toBe(0);
  });

  it('plans a named statement anew when Central altered the table under it', async () => {
    const connection = central.open({ maxConnections: 1 });
    const statement = { name: 'all-of-clusters', text: 'SELECT * FROM clusters' };
    await connection.read(statement);
    await central.admin.query('ALTER TABLE clusters ADD COLUMN added integer');
    expect(await connection.read(statement)).toMatchObject([{ name: 'new', added: null }]);
  });
});

describe('trouble', () => {
  it('with a statement that takes too long is stackrox-timeout, also while rows stream', async () => {
    const connection = central.open({ statementTimeoutMs: 50 });
    await expect(connection.read({ text: 'SELECT pg_sleep(30)' })).rejects.toMatchObject({ code: 'stackrox-timeout' });
    await expect(connection.each({ text: 'SELECT pg_sleep(30)' }, () => {})).rejects.toMatchObject({
      code: 'stackrox-timeout',
    });
    expect(await connection.read({ text: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
  });

  it('with a table that a migration holds is stackrox-timeout within the lock timeout', async () => {
    await central.admin.query('BEGIN; LOCK TABLE versions IN ACCESS EXCLUSIVE MODE');
    await expect(detectSchema(central.open())).rejects.toMatchObject({
      code: 'stackrox-timeout',
      values: { reason: '55P03' },
    });
    await central.admin.query('ROLLBACK');
  });

  it('with a pool that is used up is stackrox-busy', async () => {
    const connection = central.open({ maxConnections: 1, connectTimeoutMs: 100 });
    await connection.snapshot({ bulk: false }, async () => {
      expect(connection.inUse).toBe(1);
      await expect(connection.read({ text: 'SELECT 1' })).rejects.toMatchObject({ code: 'stackrox-busy' });
    });
  });

  it('with a role out of connections is stackrox-busy', async () => {
    const role = `few_${central.database.name}`;
    await central.admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 1`);
    const connection = central.open({ user: role, password: 'x' });
    await connection.snapshot({ bulk: false }, async () => {
      await expect(connection.read({ text: 'SELECT 1' })).rejects.toMatchObject({ code: 'stackrox-busy' });
    });
    await connection.stop();
    await central.admin.query(`DROP ROLE ${role}`);
  });

  it('with user, password or database is told apart', async () => {
    const { user, password } = central.database.login;
    const wrong = central.open({ user, password: 'wrong' });
    await expect(wrong.read({ text: 'SELECT 1' })).rejects.toMatchObject({ code: 'stackrox-auth-failed' });
    await expect(central.open({ user: 'nobody-here', password: 'x' }).read({ text: 'SELECT 1' })).rejects.toMatchObject(
      { code: 'stackrox-auth-failed' },
    );
    await expect(central.open({ user, password: '' }).read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-auth-failed',
      message: expect.stringContaining('none is set'),
    });
    const address = { ...addressOf(central.database, { user, password }), database: 'not_there' };
    await expect(central.open({ address }).read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-database-missing',
    });
  });

  it('with a login leaves no half-open session behind', async () => {
    const { user } = central.database.login;
    await expect(central.open({ user, password: '' }).read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-auth-failed',
    });
    // DROP DATABASE waits for every session, also for one that hangs in its login.
    await central.admin.query(`SET statement_timeout = '10s'`);
    await central.admin.query(`CREATE DATABASE half_open_${central.database.name}`);
    await central.admin.query(`DROP DATABASE half_open_${central.database.name}`);
    await central.admin.query(`RESET statement_timeout`);
  });

  it('with the address is stackrox-unavailable', async () => {
    const nowhere = resolveCentralAddress({ host: '127.0.0.1', port: 1, user: 'u', password: 'p', name: 'd' });
    await expect(central.open({ address: nowhere }).read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-unavailable',
    });
    const unnamed = resolveCentralAddress({
      host: 'does-not-exist.invalid',
      user: 'u',
      password: 'p',
      name: 'd',
      sslMode: 'disable',
    });
    await expect(central.open({ address: unnamed }).read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-unavailable',
    });
  });

  it('ends with the program: stopping twice is fine, asking afterwards is stackrox-stopped', async () => {
    const connection = central.open();
    await connection.read({ text: 'SELECT 1' });
    await Promise.all([connection.stop(), connection.stop()]);
    await expect(connection.read({ text: 'SELECT 1' })).rejects.toMatchObject({ code: 'stackrox-stopped' });
  });
});

describe('a database that vanishes and comes back', () => {
  it('is found again after all connections were terminated', async () => {
    const idle: unknown[] = [];
    const connection = central.open({ onIdleError: (error) => idle.push(error), applicationName: 'terminated' });
    const sleeping = connection.read({ text: 'SELECT pg_sleep(30)' }).catch((error: unknown) => error);
    await connection.read({ text: 'SELECT 1' });
    await waitFor(
      async () =>
        (
          await central.admin.query(
            `SELECT 1 FROM pg_stat_activity WHERE application_name = 'terminated' AND state = 'active'`,
          )
        ).rowCount === 1,
    );
    await central.admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'terminated'`,
    );
    expect(await sleeping).toMatchObject({ code: 'stackrox-unavailable' });
    await waitFor(async () => idle.length > 0);
    expect(idle[0]).toMatchObject({ code: 'stackrox-unavailable' });
    expect(await connection.read({ text: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
  });

  it('fails a snapshot whose connection breaks between two statements, and only that', async () => {
    const connection = central.open({ applicationName: 'between' });
    await expect(
      connection.snapshot({ bulk: false }, async (reading) => {
        await reading.read({ text: 'SELECT 1' });
        await central.admin.query(
          `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'between'`,
        );
        return reading.read({ text: 'SELECT 1' });
      }),
    ).rejects.toMatchObject({ code: 'stackrox-unavailable' });
    expect(await connection.read({ text: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
  });

  it('has another oid after a restore renamed it into place', async () => {
    const { name, login } = renamed.database;
    const connection = renamed.open();
    const before = await detectSchema(connection);
    await renamed.admin.end();
    const server = new Client({ ...login, database: 'postgres' });
    await server.connect();
    await server.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`);
    await server.query(`ALTER DATABASE ${name} RENAME TO ${name}_backup`);
    await expect(detectSchema(connection)).rejects.toMatchObject({
      code: expect.stringMatching(/^stackrox-(?:database-missing|unavailable)$/),
    });
    await expect(detectSchema(connection)).rejects.toMatchObject({ code: 'stackrox-database-missing' });
    await server.query(`CREATE DATABASE ${name} TEMPLATE ${name}_backup`);
    const after = await detectSchema(connection);
    expect(after.databaseOid).not.toBe(before.databaseOid);
    expect({ ...after, databaseOid: before.databaseOid }).toEqual(before);
    await server.query(`DROP DATABASE ${name}_backup WITH (FORCE)`);
    await server.end();
  });

  it('is stackrox-unavailable once the server is gone, and opens the breaker', async () => {
    await own.createDatabase('central_active');
    const idle: unknown[] = [];
    const address = resolveCentralAddress({ host: own.host, port: own.port, ...own.superuser, name: 'central_active' });
    const connection = openCentral({
      address,
      maxConnections: 2,
      statementTimeoutMs: 20_000,
      applicationName: 'test',
      onIdleError: (error) => idle.push(error),
    });
    const guarded = guardWithBreaker(connection, { clock: () => performance.now(), failures: 2 });
    const sleeping = connection.read({ text: 'SELECT pg_sleep(30)' }).catch((error: unknown) => error);
    await guarded.read({ text: 'SELECT 1' });
    await own.stop();
    expect(await sleeping).toMatchObject({ code: 'stackrox-unavailable' });
    for (let round = 0; round < 2; round += 1)
      await expect(guarded.read({ text: 'SELECT 1' })).rejects.toMatchObject({ code: 'stackrox-unavailable' });
    await expect(guarded.read({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'stackrox-unavailable',
      values: { breaker: 'open' },
    });
    await connection.stop();
  });
});

describe('passwords with special characters', () => {
  it.each(['p@ss:w/rd?#[]&=+ %', '%41', `quo'te"back\\slash`, 'ümläut-🔑', '  spaces  '])(
    'reach the server as they are: %s',
    async (password) => {
      const role = `special_${passwords.database.name}`;
      await passwords.admin.query(`CREATE ROLE ${role} LOGIN PASSWORD ${passwords.admin.escapeLiteral(password)}`);
      const { host, port, database } = passwords.database.login;
      const bySplit = resolveCentralAddress({ host, port, user: role, password, name: database });
      const byUrl = resolveCentralAddress({
        url: `postgresql+asyncpg://${role}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=disable`,
      });
      for (const address of [bySplit, byUrl]) {
        expect(await passwords.open({ address }).read({ text: 'SELECT current_user::text AS who' })).toEqual([
          { who: role },
        ]);
      }
      await passwords.admin.query(`DROP ROLE ${role}`);
    },
  );
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}
