import type { Static } from 'typebox';
import type { Pool } from 'pg';
import type { KevEntry } from '@pratique/hub/contract';
import { queryPrepared } from '../database/prepared.ts';
import type { Reach, ScopeFilter } from '../visibility/reach.ts';

/** What the application database keeps about one CVE for its page. Instants are epoch milliseconds. */
export interface CveRecords {
  readonly priority: { readonly reason: string; readonly setByName: string | null; readonly createdAt: number } | null;
  /** Active acceptances; whose they are to see is decided elsewhere. */
  readonly acceptances: readonly {
    readonly id: string;
    readonly createdAt: number;
    readonly reviewedAt: number | null;
  }[];
  /** When each level was reached first, within the reach. */
  readonly levels: Readonly<Record<string, number>>;
  readonly kevEntry: Static<typeof KevEntry> | null;
  /** The feed's own score. */
  readonly epss: {
    readonly probability: number;
    readonly percentile: number | null;
    readonly modelVersion: string | null;
    readonly scoreDate: string | null;
  } | null;
}

const milliseconds = (column: string) => `floor(extract(epoch from ${column}) * 1000)::float8`;

/** Five small answers in one round trip: asked one by one they took longer than everything else on the page. */
const text = `select
  (select jsonb_build_object('reason', p.reason, 'setByName', coalesce(u.username, p.set_by_name, p.set_by), 'createdAt', ${milliseconds('p.created_at')})
   from cve_priorities p left join users u on u.id = p.set_by where p.cve_id = $1) as priority,
  (select jsonb_agg(jsonb_build_object('id', a.id, 'createdAt', ${milliseconds('a.created_at')}, 'reviewedAt', ${milliseconds('a.reviewed_at')}))
   from risk_acceptances a where a.cve_id = $1 and a.status in ('requested', 'approved')) as acceptances,
  (select jsonb_object_agg(l.level, l.first) from (
     select e.level, ${milliseconds('min(e.triggered_at)')} as first from escalations e
     where e.cve_id = $1 and ($2::text is null or e.cluster_name = $2) and ($3::text is null or e.namespace = $3)
       and ($4::text[] is null or e.cluster_name = any ($4))
       and ($5::text[] is null or (e.namespace, e.cluster_name) in (select * from unnest($5::text[], $6::text[])))
     group by e.level) l) as levels,
  (select jsonb_build_object('name', k.name, 'required_action', k.required_action, 'ransomware', k.ransomware,
     'catalog_version', k.catalog_version, 'date_added', k.date_added::text, 'due_date', k.due_date::text)
   from known_exploited k where k.cve_id = $1) as kev_entry,
  (select jsonb_build_object('probability', s.probability, 'percentile', s.percentile, 'modelVersion', s.model_version, 'scoreDate', s.score_date)
   from epss_scores s where s.cve_id = $1) as epss`;

interface Row {
  readonly priority: CveRecords['priority'];
  readonly acceptances: CveRecords['acceptances'] | null;
  readonly levels: CveRecords['levels'] | null;
  readonly kev_entry: CveRecords['kevEntry'];
  readonly epss: CveRecords['epss'];
}

/** Reads what is kept about a CVE; escalations only of the caller's reach, narrowed as the request says. */
export async function readCveRecords(
  pool: Pool,
  cveId: string,
  { reach, filter }: { readonly reach: Reach; readonly filter: ScopeFilter },
): Promise<CveRecords> {
  const clusters = reach.kind === 'clusters' ? [...reach.clusters] : null;
  const pairs = reach.kind === 'pairs' ? reach.pairs : null;
  const places = [pairs?.map((pair) => pair.namespace) ?? null, pairs?.map((pair) => pair.cluster_name) ?? null];
  const values = [cveId, filter.cluster ?? null, filter.namespace ?? null, clusters, ...places];
  const [row] = await queryPrepared<Row>(pool, { name: 'cve-records', text, values });
  const epss = row?.epss ?? null;
  return {
    priority: row?.priority ?? null,
    acceptances: row?.acceptances ?? [],
    levels: row?.levels ?? {},
    kevEntry: row?.kev_entry ?? null,
    epss:
      epss === null
        ? null
        : { ...epss, probability: shown(epss.probability), percentile: shownOrNull(epss.percentile) },
  };
}

/** Stored as 32-bit floats: what a person sees has five decimals. */
function shown(value: number): number {
  return Math.round(value * 100_000) / 100_000;
}

function shownOrNull(value: number | null): number | null {
  return value === null ? null : shown(value);
}
