import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { resolveDatabaseAddress } from '@pratique/stackrox/address';
import { appDatabaseForTest, openForTest } from './for-test.ts';
import { appDatabaseFault } from './faults.ts';
import { openAppDatabase } from './open.ts';

const { db, test } = await appDatabaseForTest();

describe('the pool', () => {
  it('connects to nothing until it is asked', async () => {
    const away = openForTest('postgres://nobody@127.0.0.1:1/nothing');
    expect(away.pool.totalCount).toBe(0);
    await away.stop();
    await away.stop();
  });

  it('survives a server that ends its connections, and works again', async () => {
    const broken: Error[] = [];
    await using handle = openAppDatabase({
      address: resolveDatabaseAddress({ url: test.url }),
      poolMax: 2,
      applicationName: 'pratique-victim',
      onIdleError: (error) => broken.push(error),
    });
    await handle.ping();
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pratique-victim'`.execute(
      db,
    );
    await expect.poll(() => broken.length, { timeout: 10_000 }).toBe(1);
    await handle.ping();
  });

  it('turns away rather than queue for ever when all connections are in use', async () => {
    await using handle = openForTest(test.url, 2);
    const busy = [1, 2].map(() => sql`select pg_sleep(8)`.execute(handle.db).catch(() => undefined));
    const refused = await sql`select 1`.execute(handle.db).then(
      () => null,
      (error: unknown) => appDatabaseFault(error),
    );
    expect(refused).toMatchObject({ code: 'app-db-unavailable', hint: expect.stringMatching(/APP_DB_POOL_MAX/) });
    await sql`select pg_cancel_backend(pid) from pg_stat_activity where datname = ${test.name} and query like '%pg_sleep%' and pid <> pg_backend_pid()`.execute(
      db,
    );
    await Promise.all(busy);
  });

  it('speaks UTC whatever the server thinks', async () => {
    await sql.raw(`alter database "${test.name}" set timezone to 'Asia/Kolkata'`).execute(db);
    await using handle = openForTest(test.url);
    const { rows } = await sql<{ zone: string }>`select current_setting('timezone') as zone`.execute(handle.db);
    expect(rows[0]?.zone).toBe('UTC');
  });

  it('leaves errors alone that are not about reaching the database', async () => {
    const error: unknown = await sql`select no_such_column`.execute(db).catch((thrown: unknown) => thrown);
    expect(appDatabaseFault(error)).toBeNull();
  });
});
