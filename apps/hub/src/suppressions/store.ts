import type { Kysely } from 'kysely';
import type { Pair } from '@pratique/hub/contract';
import { readSuppressionScope } from '../acceptances/stored-scope.ts';
import type { AppDatabase } from '../database/schema.ts';

/** What the timeline shows of a suppression rule. Instants are epoch milliseconds. */
export interface SuppressionRecord {
  readonly id: string;
  readonly type: 'component' | 'cve';
  readonly status: 'requested' | 'approved' | 'rejected';
  readonly componentName: string | null;
  readonly versionPattern: string | null;
  readonly cveId: string | null;
  readonly scope: { readonly mode: 'all' | 'namespace'; readonly targets: readonly Pair[] };
  readonly reason: string;
  readonly createdAt: number;
  readonly createdByName: string | null;
  readonly reviewedAt: number | null;
  readonly reviewedByName: string | null;
}

/**
 * Rules that speak of a CVE or of one of its components, of any status, oldest first, at most 5,000. Whether a
 * component rule's version pattern matches is for the caller to decide.
 */
export async function readSuppressionsAbout(
  db: Kysely<AppDatabase>,
  about: { readonly cveId: string; readonly componentNames: readonly string[] },
): Promise<readonly SuppressionRecord[]> {
  const rows = await db
    .selectFrom('suppression_rules')
    .selectAll()
    .where((where) =>
      where.or([
        where.and([where('type', '=', 'cve'), where('cve_id', '=', about.cveId)]),
        ...(about.componentNames.length === 0
          ? []
          : [where.and([where('type', '=', 'component'), where('component_name', 'in', [...about.componentNames])])]),
      ]),
    )
    .orderBy('created_at')
    .limit(5_000)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    status: row.status,
    componentName: row.component_name,
    versionPattern: row.version_pattern,
    cveId: row.cve_id,
    scope: readSuppressionScope(row.scope),
    reason: row.reason,
    createdAt: row.created_at.getTime(),
    createdByName: row.created_by_name,
    reviewedAt: row.reviewed_at?.getTime() ?? null,
    reviewedByName: row.reviewed_by_name,
  }));
}
