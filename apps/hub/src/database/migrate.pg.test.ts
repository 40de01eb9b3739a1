import { describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { databaseForTest } from '@pratique/testbed/vitest';
import { openForTest } from './for-test.ts';
import { migrateToLatest, schemaVersion } from './migrate.ts';
import { migrations } from './migrations/record.ts';
import type { AppDatabase } from './schema.ts';

const database = await databaseForTest();
const other = await databaseForTest();
const foreign = await databaseForTest();

const newest = Object.keys(migrations).sort().at(-1);

async function tableNames(db: Kysely<AppDatabase>): Promise<readonly string[]> {
  const { rows } = await sql<{
    name: string;
  }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(db);
  return rows.map((row) => row.name);
}

describe('bringing the tables up to date', () => {
  it('lets one of three starting replicas apply the migrations, and the others find nothing to do', async () => {
    const replicas = [1, 2, 3].map(() => openForTest(database.url, 2));
    const outcomes = await Promise.all(replicas.map((replica) => migrateToLatest(replica.db)));
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['applied', 'current', 'current']);
    expect(await schemaVersion(replicas[0]!.db)).toBe(newest);
    await Promise.all(replicas.map((replica) => replica.stop()));
  });

  it('creates every table of the reference system under its own name', async () => {
    await using handle = openForTest(database.url);
    expect(await tableNames(handle.db)).toEqual(
      expect.arrayContaining([
        'users',
        'risk_acceptances',
        'risk_acceptance_comments',
        'cve_comments',
        'cve_priorities',
        'global_settings',
        'escalations',
        'namespace_contacts',
        'badge_tokens',
        'notifications',
        'audit_log',
        'remediations',
        'suppression_rules',
      ]),
    );
  });

  it('keeps exactly one row of settings', async () => {
    await using handle = openForTest(database.url);
    await expect(sql`insert into global_settings (escalation_rules) values ('[]')`.execute(handle.db)).rejects.toThrow(
      /uq_global_settings_single_row/,
    );
  });

  it('refuses a second escalation of the same level and a second rule for the same component without a version', async () => {
    await using handle = openForTest(database.url);
    const escalate = sql`insert into escalations (cve_id, namespace, cluster_name, level) values ('CVE-2026-1', 'a', 'c', 1)`;
    await escalate.execute(handle.db);
    await expect(escalate.execute(handle.db)).rejects.toThrow(/uq_escalations_cve_pair_level/);
    const suppress = sql`insert into suppression_rules (type, component_name, reason) values ('component', 'zlib', 'unused')`;
    await suppress.execute(handle.db);
    await expect(suppress.execute(handle.db)).rejects.toThrow(/uq_suppression_rules_active_component/);
  });

  it('keeps a decision when its author is removed', async () => {
    await using handle = openForTest(database.url);
    await sql`insert into users (id, username, email, role) values ('gone', 'Gone', '', 'sec_team')`.execute(handle.db);
    await sql`insert into cve_priorities (cve_id, priority, reason, set_by, set_by_name) values ('CVE-2026-9', 'high', 'because', 'gone', 'Gone')`.execute(
      handle.db,
    );
    await sql`delete from users where id = 'gone'`.execute(handle.db);
    const kept = await handle.db
      .selectFrom('cve_priorities')
      .select(['set_by', 'set_by_name'])
      .where('cve_id', '=', 'CVE-2026-9')
      .executeTakeFirst();
    expect(kept).toEqual({ set_by: null, set_by_name: 'Gone' });
  });

  it('leaves nothing behind of a migration that fails half-way', async () => {
    await using handle = openForTest(other.url);
    const broken = {
      async up(db: Kysely<unknown>) {
        await sql`create table half (id int)`.execute(db);
        await sql`select no_such_function()`.execute(db);
      },
    };
    const outcome = await migrateToLatest(handle.db, { record: { ...migrations, '9999-broken': broken } });
    expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'app-db-migration-failed' } });
    const left = await tableNames(handle.db);
    expect(left).not.toContain('half');
    expect(left).not.toContain('users');
  });

  it('says so when the database holds tables of another origin, and that only APP_DB settings count', async () => {
    await using handle = openForTest(foreign.url);
    await sql`create table users (id int)`.execute(handle.db);
    const outcome = await migrateToLatest(handle.db, { place: handle.place });
    expect(outcome.kind === 'failed' && outcome.fault.message).toMatch(/from APP_DB_URL.*already exists/);
    expect(outcome.kind === 'failed' && outcome.fault.hint).toMatch(/StackRox settings have no part/);
  });
});

describe('a database that cannot be used', () => {
  it.each([
    [
      'a wrong password',
      () => database.urlAs({ user: 'postgres', password: 'wrong-and-secret' }),
      'app-db-auth-failed',
    ],
    ['a missing database', () => database.url.replace(database.name, 'no_such_database'), 'app-db-missing'],
    ['nobody listening', () => 'postgres://someone:wrong-and-secret@127.0.0.1:1/app', 'app-db-unavailable'],
  ])('names %s with a code and without the password', async (_name, url, code) => {
    await using handle = openForTest(url());
    const outcome = await migrateToLatest(handle.db, { place: handle.place });
    expect(outcome).toMatchObject({ kind: 'failed', fault: { code } });
    await expect(handle.ping()).rejects.toMatchObject({ code });
    expect(JSON.stringify(outcome)).not.toContain('wrong-and-secret');
    if (outcome.kind === 'failed') expect(outcome.fault.message + outcome.fault.hint).not.toContain('wrong-and-secret');
  });
});
