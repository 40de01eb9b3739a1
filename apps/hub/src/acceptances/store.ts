import type { Kysely } from 'kysely';
import type { AppDatabase } from '../database/schema.ts';
import { passesFilter } from '../visibility/reach.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import { mayAccess } from '../visibility/viewer.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { readAcceptanceScope } from './stored-scope.ts';
import type { Scope } from './stored-scope.ts';

/** What the page and the timeline of a CVE show of a risk acceptance. Instants are epoch milliseconds. */
export interface AcceptanceRecord {
  readonly id: string;
  readonly cveId: string;
  readonly status: 'requested' | 'approved' | 'rejected' | 'expired';
  readonly justification: string;
  readonly scope: Scope;
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly createdByName: string | null;
  readonly reviewedAt: number | null;
  readonly reviewedByName: string | null;
  readonly expiresAt: number | null;
}

/** Every risk acceptance a CVE ever had, oldest first. The caller decides whose scope is theirs to see. */
export function readAcceptancesOfCve(db: Kysely<AppDatabase>, cveId: string): Promise<readonly AcceptanceRecord[]> {
  return select(db, (query) => query.where('cve_id', '=', cveId));
}

type Query = ReturnType<typeof baseQuery>;

function baseQuery(db: Kysely<AppDatabase>) {
  return db.selectFrom('risk_acceptances').selectAll();
}

async function select(db: Kysely<AppDatabase>, narrow: (query: Query) => Query): Promise<readonly AcceptanceRecord[]> {
  const rows = await narrow(baseQuery(db)).orderBy('created_at').orderBy('id').limit(10_000).execute();
  return rows.map((row) => ({
    id: row.id,
    cveId: row.cve_id,
    status: row.status,
    justification: row.justification,
    scope: readAcceptanceScope(row.scope, row.owner_pairs),
    createdAt: row.created_at.getTime(),
    createdBy: row.created_by,
    createdByName: row.created_by_name,
    reviewedAt: row.reviewed_at?.getTime() ?? null,
    reviewedByName: row.reviewed_by_name,
    expiresAt: row.expires_at?.getTime() ?? null,
  }));
}

/** Gives every risk acceptance there is, whatever its status, as of a revision of the workflow or later. */
export type AcceptanceShelf = (revision: string) => Promise<readonly AcceptanceRecord[]>;

/** Reads the acceptances once per revision: every dashboard counts all of them, and hardly ever has one changed. */
export function keepAcceptances(db: Kysely<AppDatabase>): AcceptanceShelf {
  let kept: { readonly revision: string; readonly records: Promise<readonly AcceptanceRecord[]> } | null = null;
  return (revision) => {
    if (kept?.revision !== revision) {
      const records = select(db, (query) => query);
      kept = { revision, records };
      // What could not be read is asked for again by the next one.
      records.catch(() => (kept = null));
    }
    return kept.records;
  };
}

/** Risk acceptances by status that a viewer may access and that match the scope filter. */
export function countAcceptances(
  records: readonly AcceptanceRecord[],
  viewer: Viewer,
  filter: ScopeFilter,
): Record<AcceptanceRecord['status'], number> {
  const counts = { requested: 0, approved: 0, rejected: 0, expired: 0 };
  for (const record of records) {
    const { id, cveId, createdAt, scope, status } = record;
    const asActive = {
      id,
      cveId,
      status: 'requested' as const,
      mode: scope.mode,
      targets: scope.targets,
      createdBy: record.createdBy ?? '',
      createdAt,
    };
    const matches = scope.mode === 'all' || scope.targets.some((target) => passesFilter(filter, target));
    counts[status] += Number(matches && mayAccess(viewer, asActive));
  }
  return counts;
}
