import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Pair } from '@pratique/hub/contract';
import { withinReach } from '../database/scope-sql.ts';
import type { AppDatabase } from '../database/schema.ts';
import type { Reach, ScopeFilter } from '../visibility/reach.ts';

/** Which rows count: those of the caller's reach, narrowed as the request says. */
export interface EscalationScope {
  readonly reach: Reach;
  readonly filter?: ScopeFilter;
}

/** An escalation that has been triggered. Epoch milliseconds. */
export interface EscalationRecord extends Pair {
  readonly cveId: string;
  readonly level: number;
  readonly triggeredAt: number;
}

/** Escalations of a CVE within the scope, oldest first, at most 5,000. */
export async function readEscalationsOfCve(
  db: Kysely<AppDatabase>,
  cveId: string,
  scope: EscalationScope,
): Promise<readonly EscalationRecord[]> {
  const rows = await db
    .selectFrom('escalations as e')
    .select(['e.cve_id', 'e.namespace', 'e.cluster_name', 'e.level', 'e.triggered_at'])
    .where('e.cve_id', '=', cveId)
    .where(withinReach('e', scope.reach, scope.filter))
    .orderBy('e.triggered_at')
    .limit(5_000)
    .execute();
  return rows.map((row) => ({
    cveId: row.cve_id,
    namespace: row.namespace,
    cluster_name: row.cluster_name,
    level: row.level,
    triggeredAt: row.triggered_at.getTime(),
  }));
}

/** How many escalations there are within the scope. */
export async function countEscalations(db: Kysely<AppDatabase>, scope: EscalationScope): Promise<number> {
  const row = await db
    .selectFrom('escalations as e')
    .select(sql<number>`count(*)::int`.as('count'))
    .where(withinReach('e', scope.reach, scope.filter))
    .executeTakeFirstOrThrow();
  return row.count;
}
