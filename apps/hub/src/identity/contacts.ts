import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Pair } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import type { StatedContact } from './statement.ts';

/** A contact that no spoke has confirmed for this long is no longer written to. Days. */
export const contactLifeDays = 30;

/**
 * Writes the stated contacts in one statement. A row is touched when the address differs, or once a day to confirm it.
 * Nothing is ever deleted here: a spoke that sends fewer contacts than yesterday may just be restarting.
 */
export async function writeContacts(
  db: Kysely<AppDatabase>,
  contacts: readonly StatedContact[],
  now: Date,
): Promise<void> {
  if (contacts.length === 0) return;
  const ordered = contacts.toSorted(
    (a, b) => compare(a.cluster_name, b.cluster_name) || compare(a.namespace, b.namespace),
  );
  await sql`
    insert into namespace_contacts (namespace, cluster_name, escalation_email, updated_at)
    select stated.namespace, stated.cluster_name, stated.email, ${now}
    from unnest(${ordered.map((one) => one.namespace)}::text[], ${ordered.map((one) => one.cluster_name)}::text[],
                ${ordered.map((one) => one.email)}::text[]) as stated (namespace, cluster_name, email)
    on conflict (namespace, cluster_name) do update
    set escalation_email = excluded.escalation_email, updated_at = excluded.updated_at
    where namespace_contacts.escalation_email <> excluded.escalation_email
      or namespace_contacts.updated_at <= excluded.updated_at - interval '1 day'`.execute(db);
}

/** The contact addresses of pairs, as far as they were confirmed in the last 30 days. */
export async function readContacts(
  db: Kysely<AppDatabase>,
  pairs: readonly Pair[],
  now: Date,
): Promise<readonly StatedContact[]> {
  if (pairs.length === 0) return [];
  const { rows } = await sql<StatedContact>`
    select c.namespace, c.cluster_name, c.escalation_email as email
    from namespace_contacts c
    join unnest(${pairs.map((pair) => pair.namespace)}::text[], ${pairs.map((pair) => pair.cluster_name)}::text[]) as wanted (namespace, cluster_name)
      on c.namespace = wanted.namespace and c.cluster_name = wanted.cluster_name
    where c.updated_at > ${now}::timestamptz - make_interval(days => ${contactLifeDays}::int)`.execute(db);
  return rows;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
