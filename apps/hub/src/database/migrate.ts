import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { excerpt } from '@pratique/runtime/fault';
import type { HubFault } from '../errors.ts';
import { hubFault } from '../errors.ts';
import type { AppDatabasePlace } from './faults.ts';
import { appDatabaseFault } from './faults.ts';
import { migrations } from './migrations/record.ts';
import type { AppDatabase } from './schema.ts';

/** How bringing the tables up to date ended. */
export type MigrationOutcome =
  | { readonly kind: 'applied'; readonly names: readonly string[]; readonly version: string }
  | { readonly kind: 'current'; readonly version: string }
  | { readonly kind: 'failed'; readonly fault: HubFault };

/** How to migrate; all of it is optional. */
export interface MigrateOptions {
  readonly place?: AppDatabasePlace;
  /** The migrations by name, applied in alphabetical order. Only tests replace them. */
  readonly record?: Readonly<Record<string, Migration>>;
}

/**
 * Brings the tables to the newest version: forward only, all of it in one transaction, under the migrator's advisory
 * lock, so that of several replicas starting at once one applies and the others find nothing to do.
 */
export async function migrateToLatest(
  db: Kysely<AppDatabase>,
  options: MigrateOptions = {},
): Promise<MigrationOutcome> {
  const record = options.record ?? migrations;
  try {
    return await db.connection().execute(async (connection) => {
      // Waiting for another replica counts as one long statement; so does building an index.
      await sql`set statement_timeout = 0`.execute(connection);
      try {
        const { error, results } = await migratorOf(connection, record).migrateToLatest();
        if (error !== undefined) return failed(error, options.place);
        const names = (results ?? []).map((result) => result.migrationName);
        const version = newestOf(record);
        return names.length === 0 ? { kind: 'current', version } : { kind: 'applied', names, version };
      } finally {
        await sql`reset statement_timeout`.execute(connection);
      }
    });
  } catch (error) {
    return failed(error, options.place);
  }
}

/**
 * The name of the newest migration the database has, or null before the first.
 *
 * @throws Fault `app-db-*`
 */
export async function schemaVersion(db: Kysely<AppDatabase>): Promise<string | null> {
  const applied = (await migratorOf(db, migrations).getMigrations()).filter((one) => one.executedAt !== undefined);
  return applied.at(-1)?.name ?? null;
}

function migratorOf(db: Kysely<AppDatabase>, record: Readonly<Record<string, Migration>>): Migrator {
  return new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...record }) } });
}

function newestOf(record: Readonly<Record<string, Migration>>): string {
  return Object.keys(record).sort().at(-1) ?? '';
}

function failed(error: unknown, place: AppDatabasePlace | undefined): MigrationOutcome {
  const reachable = appDatabaseFault(error, place);
  if (reachable !== null) return { kind: 'failed', fault: reachable };
  const reason = excerpt(error instanceof Error ? error.message : String(error), 300);
  const where = place === undefined ? '' : ` ${place.database} at ${place.host}:${place.port} (from ${place.from})`;
  return {
    kind: 'failed',
    fault: hubFault({
      code: 'app-db-migration-failed',
      message: `The tables of the application database${where} could not be brought up to date: ${reason}. Nothing was changed.`,
      hint: `${hintFor(reason)} Only the APP_DB settings count here (APP_DB_URL wins over the split fields); the StackRox settings have no part in it.`,
      values: { ...place, reason },
      cause: error,
    }),
  };
}

function hintFor(reason: string): string {
  if (/permission denied/.test(reason)) return 'The user needs CREATE on the schema public of this database.';
  if (/already exists/.test(reason))
    return 'The database holds tables of another origin; use an empty one, or import the old one first.';
  if (/corrupted migrations/.test(reason))
    return 'A newer version of this program has used the database; start that version, or restore a backup.';
  return 'Test the APP_DB settings first.';
}
