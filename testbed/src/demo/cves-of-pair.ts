import type { Client } from 'pg';
import { demoPair } from './people.ts';

/** Where something runs. */
export interface Pair {
  readonly namespace: string;
  readonly cluster_name: string;
}

/** One CVE as the demo's team has it. */
export interface CveOfPair {
  readonly cve: string;
  readonly cvss: number;
  readonly epss: number;
  /** Known to be exploited. */
  readonly kev: boolean;
  /** Names of the components that hold it in the namespace, sorted. */
  readonly components: readonly string[];
}

// Central knows images by two generations of ids; a container refers to its image by one of them.
const occurrences = `
  with running as materialized (
    select distinct d.namespace, d.clustername, c.image_id, c.image_idv2
    from deployments d join deployments_containers c on c.deployments_id = d.id
    where ($1::text is null or d.namespace = $1) and ($2::text is null or d.clustername = $2)
  ), found as (
    select r.namespace, r.clustername, v.cvebaseinfo_cve as cve, v.cvss, v.cvebaseinfo_epss_epssprobability as epss, v.componentid
    from running r join image_cves_v2 v on v.imageidv2 = r.image_idv2 and v.imageidv2 <> '' where v.state = 0
    union all
    select r.namespace, r.clustername, v.cvebaseinfo_cve, v.cvss, v.cvebaseinfo_epss_epssprobability, v.componentid
    from running r join image_cves_v2 v on v.imageid = r.image_id and v.imageid <> '' where v.state = 0
  )`;

/**
 * The CVEs of the demo's team that Central itself makes no exception for, likeliest to be exploited first. The same
 * fleet gives the same answer.
 *
 * @param central an owner of a fleet of release 4.10 or later
 * @param app the application database, whose catalogue tells which CVEs are known to be exploited
 */
export async function cvesOfDemoPair(central: Client, app: Client): Promise<readonly CveOfPair[]> {
  const catalogue = await app.query<{ cve_id: string }>('select cve_id from known_exploited');
  const exploited = new Set(catalogue.rows.map(({ cve_id: cve }) => cve));
  const { rows } = await central.query<Omit<CveOfPair, 'kev'>>(
    `${occurrences}
     select f.cve, max(f.cvss)::float8 as cvss, max(f.epss)::float8 as epss, array_agg(distinct c.name order by c.name) as components
     from found f join image_component_v2 c on c.id = f.componentid
     group by f.cve order by max(f.epss) desc, f.cve collate "C"`,
    [demoPair.namespace, demoPair.cluster_name],
  );
  return rows.map((row) => ({ ...row, kev: exploited.has(row.cve) }));
}

/** Where each of some CVEs runs in the whole fleet, sorted. */
export async function pairsOfCves(
  central: Client,
  cves: readonly string[],
): Promise<ReadonlyMap<string, readonly Pair[]>> {
  const { rows } = await central.query<Pair & { cve: string }>(
    `${occurrences} select distinct cve, namespace, clustername as cluster_name from found where cve = any($3) order by 1, 3, 2`,
    [null, null, cves],
  );
  const pairs = new Map<string, Pair[]>(cves.map((cve) => [cve, []]));
  for (const { cve, namespace, cluster_name: cluster } of rows)
    pairs.get(cve)?.push({ namespace, cluster_name: cluster });
  return pairs;
}

/** How many CVEs each component holds in the fleet: a rule about a component with few of them hides little. */
export async function cvesPerComponent(central: Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await central.query<{ name: string; cves: number }>(
    `select c.name, count(distinct v.cvebaseinfo_cve)::int as cves
     from image_component_v2 c join image_cves_v2 v on v.componentid = c.id group by c.name`,
  );
  return new Map(rows.map(({ name, cves }) => [name, cves]));
}
