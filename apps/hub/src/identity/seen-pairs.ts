import type { Kysely } from 'kysely';
import type { Pair } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';

/** The pairs a user last came with, newest first, at most 500: for explanations, never for authorisation. */
export async function readSeenPairs(db: Kysely<AppDatabase>, userId: string): Promise<readonly Pair[]> {
  return await db
    .selectFrom('user_pairs_seen')
    .select(['namespace', 'cluster_name'])
    .where('user_id', '=', userId)
    .orderBy('seen_at', 'desc')
    .limit(500)
    .execute();
}
