import { sql } from 'kysely';
import type { Kysely, RawBuilder, SqlBool } from 'kysely';
import type {
  AdmissionEntry,
  AdmissionListItem,
  AdmissionQuery,
  AdmissionReport,
  AdmissionReportAnswer,
} from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { withinReach } from '../database/scope-sql.ts';
import type { Reach } from '../visibility/reach.ts';
import { rowOf } from './record.ts';

/** Drops are told of the last day; older ones are forgotten with the next. */
const dropMemory = '24 hours';

/** Keeps what a gate reports, and that it was heard of. What is known already is not written again. `now`: epoch milliseconds. */
export async function keepReport(
  db: Kysely<AppDatabase>,
  report: AdmissionReport,
  now: number,
): Promise<AdmissionReportAnswer> {
  // Always in the same order: two replicas that get the same report must not wait for each other's rows crosswise.
  const rows = report.decisions.map((decision) => rowOf(decision, now)).toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
  return await db.transaction().execute(async (change) => {
    const accepted = rows.length === 0 ? 0 : await insertRows(change, report, rows);
    await noteGate(change, report, new Date(now));
    return { accepted, known: rows.length - accepted };
  });
}

async function insertRows(db: Kysely<AppDatabase>, report: AdmissionReport, rows: readonly object[]): Promise<number> {
  const result = await sql`
    insert into admission_decisions (cluster_name, policy_hash, uid, at, namespace, kind, name, operation, user_name, allowed, would_allow,
      dry_run, duration_ms, classes, image_count, refused_count, preview, search, warnings, images)
    select ${clean(report.cluster_name)}, ${clean(report.gate.policy_hash)}, r.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (
      uid text, at timestamptz, namespace text, kind text, name text, operation text, user_name text, allowed boolean, would_allow boolean,
      dry_run boolean, duration_ms real, classes text[], image_count integer, refused_count integer, preview jsonb, search text,
      warnings jsonb, images jsonb)
    on conflict (cluster_name, uid) do nothing`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
}

async function noteGate(
  db: Kysely<AppDatabase>,
  { cluster_name, gate, dropped }: AdmissionReport,
  now: Date,
): Promise<void> {
  const droppedAt = dropped > 0 ? now : null;
  await sql`
    insert into admission_gates as g (cluster_name, instance, version, policy_hash, last_report_at, dropped, dropped_at)
    values (${clean(cluster_name)}, ${clean(gate.instance)}, ${clean(gate.version)}, ${clean(gate.policy_hash)}, ${now}, ${dropped}, ${droppedAt})
    on conflict (cluster_name, instance) do update set
      version = excluded.version, policy_hash = excluded.policy_hash,
      last_report_at = greatest(g.last_report_at, excluded.last_report_at),
      dropped = excluded.dropped + case when g.dropped_at > excluded.last_report_at - interval '${sql.raw(dropMemory)}' then g.dropped else 0 end,
      dropped_at = coalesce(excluded.dropped_at, g.dropped_at)`.execute(db);
}

function clean(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

const facts = [
  'uid',
  'at',
  'cluster_name',
  'namespace',
  'kind',
  'name',
  'operation',
  'user_name as user',
  'outcome',
  'allowed',
  'would_allow',
  'dry_run',
  'duration_ms',
  'policy_hash',
] as const;

/** Which decisions somebody asks for. */
export type DecisionFilter = Omit<AdmissionQuery, 'page' | 'page_size'>;

/** One page of what gates decided within a reach, newest first, and how many there are. */
export async function listDecisions(
  db: Kysely<AppDatabase>,
  reach: Reach,
  { page, page_size, ...filter }: AdmissionQuery,
): Promise<{ readonly items: AdmissionListItem[]; readonly total: number }> {
  const matching = db.selectFrom('admission_decisions').where(matches(reach, filter));
  const [rows, counted] = await Promise.all([
    matching
      .select([...facts, 'image_count', 'refused_count', 'preview'])
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(page_size)
      .offset((page - 1) * page_size)
      .execute(),
    matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ]);
  const items = rows.map(({ preview, at, ...row }) => ({ ...row, at: at.toISOString(), images: preview }));
  return { items, total: counted.total };
}

function matches(reach: Reach, filter: DecisionFilter): RawBuilder<SqlBool> {
  const { outcome, class: word, image, since } = filter;
  const conditions: RawBuilder<unknown>[] = [withinReach('admission_decisions', reach, filter)];
  if (outcome !== undefined) conditions.push(sql`outcome = ${outcome}`);
  if (word !== undefined) conditions.push(sql`${clean(word)} = any(classes)`);
  if (image !== undefined) conditions.push(sql`position(${clean(image).toLowerCase()} in search) > 0`);
  if (since !== undefined) conditions.push(sql`at >= ${new Date(since)}`);
  return sql<SqlBool>`(${sql.join(conditions, sql` and `)})`;
}

/** One decision with its evidence; undefined where there is none within the reach. */
export async function readDecision(
  db: Kysely<AppDatabase>,
  reach: Reach,
  { uid, cluster }: { readonly uid: string; readonly cluster: string | undefined },
): Promise<AdmissionEntry | undefined> {
  const row = await db
    .selectFrom('admission_decisions')
    .select([...facts, 'warnings', 'images'])
    .where('uid', '=', clean(uid))
    .where(withinReach('admission_decisions', reach, { cluster }))
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, at: row.at.toISOString() };
}
