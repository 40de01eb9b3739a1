import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { AdmissionCluster, AdmissionSummary } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { withinReach } from '../database/scope-sql.ts';
import { reachesCluster, type Reach, type ScopeFilter } from '../visibility/reach.ts';

/** Gates report once a minute also when nothing happens: five missed reports are no accident. */
export const silentAfterMs = 5 * 60_000;
const summaryMs = 24 * 3_600_000;
const listedNamespaces = 50;

/** What is summed up. */
export interface SummaryQuestion {
  readonly reach: Reach;
  readonly filter: ScopeFilter;
  /** Clusters that are known to exist, so that one without a gate is seen. */
  readonly knownClusters: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The last 24 hours of a reach: what was decided, and whether the gates are there to decide. */
export async function summarise(db: Kysely<AppDatabase>, question: SummaryQuestion): Promise<AdmissionSummary> {
  const since = new Date(question.now - summaryMs);
  const [clusters, namespaces] = await Promise.all([
    readClusters(db, question, since),
    countByNamespace(db, question, since),
  ]);
  const total = (outcome: 'allowed' | 'refused' | 'would_refuse') =>
    namespaces.reduce((sum, counts) => sum + counts[outcome], 0);
  return {
    state: worstOf(clusters),
    since: since.toISOString(),
    allowed: total('allowed'),
    refused: total('refused'),
    would_refuse: total('would_refuse'),
    clusters,
    namespaces: namespaces.slice(0, listedNamespaces),
  };
}

async function countByNamespace(db: Kysely<AppDatabase>, { reach, filter }: SummaryQuestion, since: Date) {
  const counted = (outcome: string) => sql<number>`(count(*) filter (where outcome = ${outcome}))::int`;
  return await db
    .selectFrom('admission_decisions')
    .select([
      'namespace',
      'cluster_name',
      counted('allowed').as('allowed'),
      counted('refused').as('refused'),
      counted('would_refuse').as('would_refuse'),
    ])
    .where('at', '>=', since)
    .where(withinReach('admission_decisions', reach, filter))
    .groupBy(['namespace', 'cluster_name'])
    .orderBy('refused', 'desc')
    .orderBy('would_refuse', 'desc')
    .orderBy('allowed', 'desc')
    .orderBy('namespace')
    .orderBy('cluster_name')
    .execute();
}

async function readClusters(
  db: Kysely<AppDatabase>,
  { reach, filter, knownClusters, now }: SummaryQuestion,
  since: Date,
): Promise<AdmissionCluster[]> {
  const lately = new Date(now - silentAfterMs);
  const reporting = await db
    .selectFrom('admission_gates')
    .select([
      'cluster_name',
      sql<Date>`max(last_report_at)`.as('last'),
      sql<number>`(count(*) filter (where last_report_at >= ${lately}))::int`.as('gates'),
      sql<number>`least(coalesce(sum(dropped) filter (where dropped_at >= ${since}), 0), 2000000000)::int`.as(
        'dropped',
      ),
    ])
    .groupBy('cluster_name')
    .execute();
  const reported = new Map(reporting.map((row) => [row.cluster_name, row]));
  const own = reach.kind === 'pairs' ? reach.pairs.map((pair) => pair.cluster_name) : [];
  const names = [...new Set([...reported.keys(), ...knownClusters, ...own])]
    .filter((name) => reachesCluster(reach, name) && (filter.cluster ?? name) === name)
    .toSorted();
  return names.map((cluster_name) => {
    const row = reported.get(cluster_name);
    if (row === undefined) return { cluster_name, state: 'never_reported', last_report_at: null, gates: 0, dropped: 0 };
    const { last, gates, dropped } = row;
    return {
      cluster_name,
      state: gates > 0 ? 'current' : 'silent',
      last_report_at: last.toISOString(),
      gates,
      dropped,
    };
  });
}

/** A silent gate is told before those that report; a cluster without one only where no cluster has one. */
function worstOf(clusters: readonly AdmissionCluster[]): AdmissionSummary['state'] {
  if (clusters.some(({ state }) => state === 'silent')) return 'silent';
  return clusters.some(({ state }) => state === 'current') ? 'current' : 'never_reported';
}
