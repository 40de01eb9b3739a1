import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What the reader keeps of a source, so that a hub starts without asking Central and a poll reads only what changed: dictionaries,
 * one binary segment per image, the small tables, the state of the source, and the history of what came and went.
 */
export const findings: Migration = { up: createTables };

async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table findings_state (
      source text primary key,
      epoch bigint not null,
      version bigint not null default 0,
      data_as_of timestamptz,
      last_poll_at timestamptz,
      last_poll_outcome text,
      problem jsonb,
      schema jsonb,
      counts jsonb not null default '{}',
      clusters jsonb not null default '[]',
      database_identity text,
      exceptions_fingerprint text
    )`.execute(db);
  await sql`
    create table findings_dictionary (
      source text not null,
      epoch bigint not null,
      name text not null,
      seq integer not null,
      bytes bytea not null,
      primary key (source, epoch, name, seq)
    )`.execute(db);
  for (const table of ['findings_segments', 'findings_segments_staged']) {
    await sql`
      create table ${sql.table(table)} (
        source text not null,
        ref text not null,
        epoch bigint not null,
        version bigint not null,
        fingerprint text not null,
        row_count integer not null,
        bytes bytea not null,
        primary key (source, ref)
      )`.execute(db);
    await sql`alter table ${sql.table(table)} alter column bytes set storage external`.execute(db);
  }
  await sql`create index findings_segments_version on findings_segments (source, version)`.execute(db);
  await sql`
    create table findings_parts (
      source text not null,
      name text not null,
      version bigint not null,
      hash text not null,
      bytes bytea not null,
      primary key (source, name)
    )`.execute(db);
  await sql`
    create table image_history (
      id bigint generated always as identity primary key,
      source text not null,
      ref text not null,
      at timestamptz not null,
      appeared text[] not null default '{}',
      gone text[] not null default '{}',
      returned text[] not null default '{}'
    )`.execute(db);
  await sql`create index image_history_ref on image_history (source, ref, at)`.execute(db);
  await sql`
    create table workload_history (
      id bigint generated always as identity primary key,
      source text not null,
      cluster_name text not null,
      namespace text not null,
      ref text not null,
      appeared_at timestamptz not null,
      gone_at timestamptz
    )`.execute(db);
  await sql`create unique index workload_history_present on workload_history (source, cluster_name, namespace, ref)
    where gone_at is null`.execute(db);
  await sql`create index workload_history_ref on workload_history (source, ref)`.execute(db);
}
