import type { Kysely } from 'kysely';
import type { AppDatabase } from '../database/schema.ts';

/**
 * When a person was last seen before the visit that goes on now, in epoch milliseconds; null at the first visit. A visit ends after an
 * hour of silence, told to about five minutes, because that is how often a person is written down. Decides what is "new" to
 * somebody and nothing else.
 */
export async function readPreviousVisit(db: Kysely<AppDatabase>, userId: string): Promise<number | null> {
  const row = await db.selectFrom('users').select('previous_visit_at').where('id', '=', userId).executeTakeFirst();
  return row?.previous_visit_at?.getTime() ?? null;
}
