import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What the console keeps for people: when they last looked (so that "new" means new to them), their saved views; and what the
 * reader did lately, for the operator's page.
 */
export const consoleTables: Migration = { up: createTables };

async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column visit_started_at timestamptz, add column previous_visit_at timestamptz`.execute(
    db,
  );
  await sql`
    create table saved_views (
      id uuid primary key default gen_random_uuid(),
      user_id varchar(255) not null references users (id) on delete cascade,
      name varchar(80) not null,
      search text not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint uq_saved_views_user_name unique (user_id, name)
    )`.execute(db);
  await sql`
    create table reader_polls (
      id bigint generated always as identity primary key,
      source text not null,
      at timestamptz not null,
      outcome text not null,
      milliseconds integer not null,
      images_read integer not null,
      version bigint not null,
      message text
    )`.execute(db);
  await sql`create index reader_polls_newest on reader_polls (source, id desc)`.execute(db);
}
