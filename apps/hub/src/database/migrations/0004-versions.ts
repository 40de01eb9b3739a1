import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tells versions of the findings apart that bear the same number, because an older backup was restored in between. */
export const versionTables: Migration = { up: createTables };

async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table findings_versions (
      source text not null,
      version bigint not null,
      token uuid not null default gen_random_uuid(),
      primary key (source, version)
    )`.execute(db);
}
