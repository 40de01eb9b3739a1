import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Pair } from '@pratique/hub/contract';
import { withinReach } from '../database/scope-sql.ts';
import type { AppDatabase } from '../database/schema.ts';
import type { Reach, ScopeFilter } from '../visibility/reach.ts';

/** What the timeline shows of a remediation. Instants are epoch milliseconds, days `YYYY-MM-DD`. */
export interface RemediationRecord extends Pair {
  readonly id: string;
  readonly status: 'open' | 'in_progress' | 'resolved' | 'verified' | 'wont_fix';
  readonly createdAt: number;
  readonly createdByName: string | null;
  readonly resolvedAt: number | null;
  readonly resolvedByName: string | null;
  readonly verifiedAt: number | null;
  readonly targetDate: string | null;
}

/** Remediations of a CVE within the caller's reach, oldest first, at most 5,000. */
export async function readRemediationsOfCve(
  db: Kysely<AppDatabase>,
  cveId: string,
  scope: { readonly reach: Reach; readonly filter?: ScopeFilter },
): Promise<readonly RemediationRecord[]> {
  const rows = await db
    .selectFrom('remediations as r')
    .select([
      'r.id',
      'r.namespace',
      'r.cluster_name',
      'r.status',
      'r.created_at',
      'r.created_by_name',
      'r.resolved_at',
      'r.resolved_by_name',
      'r.verified_at',
    ])
    .select(sql<string | null>`r.target_date::text`.as('target_date'))
    .where('r.cve_id', '=', cveId)
    .where(withinReach('r', scope.reach, scope.filter))
    .orderBy('r.created_at')
    .limit(5_000)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    namespace: row.namespace,
    cluster_name: row.cluster_name,
    status: row.status,
    createdAt: row.created_at.getTime(),
    createdByName: row.created_by_name,
    resolvedAt: row.resolved_at?.getTime() ?? null,
    resolvedByName: row.resolved_by_name,
    verifiedAt: row.verified_at?.getTime() ?? null,
    targetDate: row.target_date,
  }));
}
