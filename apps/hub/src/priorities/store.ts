import type { Kysely } from 'kysely';
import type { AppDatabase } from '../database/schema.ts';

/** The manual priority of a CVE. Instants are epoch milliseconds. */
export interface PriorityRecord {
  readonly level: 'critical' | 'high' | 'medium' | 'low';
  readonly reason: string;
  readonly setByName: string | null;
  readonly deadline: number | null;
  readonly createdAt: number;
}

/** The priority of a CVE, or null where nobody set one. */
export async function readPriority(db: Kysely<AppDatabase>, cveId: string): Promise<PriorityRecord | null> {
  const row = await db
    .selectFrom('cve_priorities as p')
    .leftJoin('users as u', 'u.id', 'p.set_by')
    .select(['p.priority', 'p.reason', 'p.set_by', 'p.set_by_name', 'u.username', 'p.deadline', 'p.created_at'])
    .where('p.cve_id', '=', cveId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    level: row.priority,
    reason: row.reason,
    setByName: row.username ?? row.set_by_name ?? row.set_by,
    deadline: row.deadline?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
  };
}
