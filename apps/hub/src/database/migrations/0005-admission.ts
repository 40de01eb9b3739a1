import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What gates decided, for a limited time, and when each gate was last heard of. `images` is the evidence and read for one decision only;
 * lists read `preview`. `search` holds what a search for an image looks at, in small letters.
 */
export const admissionTables: Migration = { up: createTables };

async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table admission_decisions (
      id bigint generated always as identity primary key,
      cluster_name text not null,
      uid text not null,
      at timestamptz not null,
      namespace text not null,
      kind text not null,
      name text not null,
      operation text not null,
      user_name text not null,
      allowed boolean not null,
      would_allow boolean not null,
      outcome text not null generated always as (
        case when not allowed then 'refused' when not would_allow then 'would_refuse' else 'allowed' end) stored,
      dry_run boolean not null,
      duration_ms real not null,
      policy_hash text not null,
      classes text[] not null,
      image_count integer not null,
      refused_count integer not null,
      preview jsonb not null,
      search text not null,
      warnings jsonb not null,
      images jsonb not null,
      constraint uq_admission_decisions_cluster_uid unique (cluster_name, uid)
    )`.execute(db);
  await sql`create index ix_admission_decisions_at on admission_decisions (at desc, id desc)`.execute(db);
  await sql`create index ix_admission_decisions_pair on admission_decisions (namespace, cluster_name, at desc, id desc)`.execute(
    db,
  );
  await sql`create index ix_admission_decisions_cluster on admission_decisions (cluster_name, at desc, id desc)`.execute(
    db,
  );
  await sql`
    create table admission_gates (
      cluster_name text not null,
      instance text not null,
      version text not null,
      policy_hash text not null,
      last_report_at timestamptz not null,
      dropped bigint not null default 0,
      dropped_at timestamptz,
      primary key (cluster_name, instance)
    )`.execute(db);
}
