import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import { readAcceptanceScope, readSuppressionScope } from '../acceptances/stored-scope.ts';
import type { Pool } from 'pg';
import { queryPrepared } from '../database/prepared.ts';
import type { AppDatabase } from '../database/schema.ts';
import { hubFault } from '../errors.ts';
import { readSettings } from '../settings/store.ts';
import type {
  Workflow,
  WorkflowAcceptance,
  WorkflowPriority,
  WorkflowRemediation,
  WorkflowSuppression,
} from './workflow.ts';

/**
 * Rows per table that a hub keeps in memory. People write these by hand, so real numbers are hundreds; remediations are
 * one per CVE and namespace and may come from scripts. Beyond, something has gone wrong, and cutting would hide CVEs.
 */
const maxRows = {
  priorities: 100_000,
  acceptances: 100_000,
  suppressions: 20_000,
  remediations: 1_000_000,
  knownExploited: 100_000,
};

/** Things that end by themselves take no trigger, so their number is part of the revision. */
const expired = `(
  (select count(*) from risk_acceptances where status in ('requested', 'approved') and expires_at <= now()) +
  (select count(*) from suppression_rules where status in ('requested', 'approved') and expires_at <= now()))`;

const revisionText = `select revision || '.' || ${expired} as revision from workflow_revision`;

/**
 * The revision of everything below: changes whenever a row changes, and whenever an acceptance or a rule runs out. One
 * cheap statement; ask it to learn whether to load.
 */
export async function readWorkflowRevision(db: Kysely<AppDatabase>): Promise<string> {
  const { rows } = await sql.raw<{ revision: string }>(revisionText).execute(db);
  return rows[0]?.revision ?? '0';
}

/** The same, as every request asks it. */
export async function askWorkflowRevision(pool: Pool): Promise<string> {
  const rows = await queryPrepared<{ revision: string }>(pool, {
    name: 'workflow-revision',
    text: revisionText,
    values: [],
  });
  return rows[0]?.revision ?? '0';
}

/**
 * Loads the workflow as of one moment. What has run out counts as expired, whatever its status column still says.
 *
 * @throws Fault `workflow-too-large` rather than leave anything out
 */
export async function loadWorkflow(db: Kysely<AppDatabase>): Promise<Workflow> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (moment) => {
      const revision = await readWorkflowRevision(moment);
      const settings = await readSettings(moment);
      return {
        revision,
        thresholds: { minCvss: settings?.min_cvss_score ?? 0, minEpss: settings?.min_epss_score ?? 0 },
        escalation: { rules: settings?.escalation_rules ?? [], warningDays: settings?.escalation_warning_days ?? 3 },
        priorities: await loadPriorities(moment),
        acceptances: await loadAcceptances(moment),
        suppressions: await loadSuppressions(moment),
        remediations: await loadRemediations(moment),
        knownExploited: await loadKnownExploited(moment),
      };
    });
}

type Moment = Transaction<AppDatabase>;

async function loadPriorities(moment: Moment): Promise<readonly WorkflowPriority[]> {
  const rows = await moment
    .selectFrom('cve_priorities')
    .select(['cve_id', 'priority', 'deadline'])
    .limit(maxRows.priorities + 1)
    .execute();
  return bounded(rows, 'priorities').map((row) => ({
    cveId: row.cve_id,
    level: row.priority,
    deadline: row.deadline?.getTime() ?? null,
  }));
}

async function loadAcceptances(moment: Moment): Promise<readonly WorkflowAcceptance[]> {
  const rows = await moment
    .selectFrom('risk_acceptances')
    .select(['id', 'cve_id', 'scope', 'owner_pairs', 'created_by', 'created_at'])
    .select(sql<'requested' | 'approved'>`status`.as('status'))
    .where('status', 'in', ['requested', 'approved'])
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]))
    .limit(maxRows.acceptances + 1)
    .execute();
  return bounded(rows, 'acceptances').map((row) => ({
    id: row.id,
    cveId: row.cve_id,
    status: row.status,
    ...readAcceptanceScope(row.scope, row.owner_pairs),
    createdBy: row.created_by ?? '',
    createdAt: row.created_at.getTime(),
  }));
}

async function loadSuppressions(moment: Moment): Promise<readonly WorkflowSuppression[]> {
  const rows = await moment
    .selectFrom('suppression_rules')
    .select(['id', 'type', 'component_name', 'version_pattern', 'cve_id', 'scope'])
    .select(sql<'requested' | 'approved'>`status`.as('status'))
    .where('status', 'in', ['requested', 'approved'])
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]))
    .limit(maxRows.suppressions + 1)
    .execute();
  return bounded(rows, 'suppressions').flatMap((row): WorkflowSuppression[] => {
    const { id, status } = row;
    if (row.type === 'component') {
      // A component rule without a component is a broken row; it hides nothing.
      if (row.component_name === null) return [];
      return [
        {
          id,
          status,
          rule: { type: 'component', componentName: row.component_name, versionPattern: row.version_pattern },
        },
      ];
    }
    if (row.cve_id === null) return [];
    return [{ id, status, rule: { type: 'cve', cveId: row.cve_id, ...readSuppressionScope(row.scope) } }];
  });
}

async function loadRemediations(moment: Moment): Promise<readonly WorkflowRemediation[]> {
  const rows = await moment
    .selectFrom('remediations')
    .select(['cve_id', 'namespace', 'cluster_name', 'status', 'resolved_at'])
    .limit(maxRows.remediations + 1)
    .execute();
  return bounded(rows, 'remediations').map((row) => ({
    cveId: row.cve_id,
    namespace: row.namespace,
    cluster_name: row.cluster_name,
    status: row.status,
    resolvedAt: row.resolved_at?.getTime() ?? null,
  }));
}

async function loadKnownExploited(moment: Moment): Promise<Workflow['knownExploited']> {
  const rows = await moment
    .selectFrom('known_exploited')
    .select(['cve_id', sql<string | null>`due_date::text`.as('due_date')])
    .limit(maxRows.knownExploited + 1)
    .execute();
  return bounded(rows, 'knownExploited').map((row) => [row.cve_id, row.due_date] as const);
}

function bounded<T>(rows: readonly T[], table: keyof typeof maxRows): readonly T[] {
  if (rows.length <= maxRows[table]) return rows;
  throw hubFault({
    code: 'workflow-too-large',
    message: `There are more than ${maxRows[table]} rows of ${table} in the application database.`,
    hint: 'Look for a script that writes them; the hub does not work with a part of them, because that would hide CVEs.',
    values: { table, limit: maxRows[table] },
  });
}
