import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { FoundUser, UserSearchQuery } from '@pratique/hub/contract';
import { withinReach } from '../database/scope-sql.ts';
import type { AppDatabase } from '../database/schema.ts';
import type { Caller } from './caller.ts';

/** Somebody seen with a pair longer ago than this is no colleague any more. Days. */
const colleagueDays = 30;
const maxHits = 10;

/**
 * People whose name begins with the text, at most ten by name. Somebody with namespaces of their own finds colleagues
 * (seen with one of these pairs in the last 30 days) and the security team; who sees all namespaces finds everybody.
 */
export async function searchUsers(
  db: Kysely<AppDatabase>,
  { caller, query, now }: { readonly caller: Caller; readonly query: UserSearchQuery; readonly now: Date },
): Promise<FoundUser[]> {
  let found = db
    .selectFrom('users')
    .select(['id', 'username'])
    .where('id', '<>', 'system')
    .where(sql`lower(username)`, 'like', `${likeLiteral(query.q.toLowerCase())}%`)
    .orderBy('username')
    .orderBy('id')
    .limit(maxHits);
  if (query.role === 'sec_team' || query.role === 'team_member') found = found.where('role', '=', query.role);
  if (caller.reach.kind !== 'all') {
    const colleagues = db
      .selectFrom('user_pairs_seen as seen')
      .select('seen.user_id')
      .where('seen.seen_at', '>', sql<Date>`${now}::timestamptz - make_interval(days => ${colleagueDays}::int)`)
      .where(withinReach('seen', caller.reach));
    found = found.where((where) =>
      where.or([where('role', '=', 'sec_team'), where('id', 'in', colleagues), where('id', '=', caller.id)]),
    );
  }
  return await found.execute();
}

/** Text in which LIKE finds no wildcards. */
function likeLiteral(text: string): string {
  // A NUL cannot be in any stored name, and PostgreSQL refuses text that has one.
  return text.replaceAll('\u0000', '\uFFFD').replace(/[\\%_]/g, (character) => `\\${character}`);
}
