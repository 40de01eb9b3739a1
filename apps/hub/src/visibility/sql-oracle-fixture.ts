/**
 * The definition of visibility told a third time, as one SQL statement over Central's own tables. Knows
 * version patterns only without metacharacters.
 */
import type { Client } from 'pg';
import type { Asked } from './naive-oracle-fixture.ts';
import type { ScopeFilter } from './reach.ts';
import type { CentralShape } from './small-world-central-fixture.ts';

/** One CVE of the scope as SQL counts it. `first_seen` in epoch seconds. */
export interface SqlCve {
  readonly cve_id: string;
  readonly severity: number;
  readonly cvss: number;
  readonly epss: number;
  readonly fixable: boolean;
  readonly first_seen: number | null;
  readonly images: number;
  readonly deployments: number;
  readonly passes: boolean;
  readonly suppressed: boolean;
  readonly covered: number;
  readonly total: number;
}

const v1Containers = `
  SELECT d.id, d.namespace, d.clustername, i.id AS ref, 1 AS generation, dc.image_id AS digest,
         coalesce(nullif(dc.image_name_fullname, ''), i.name_fullname) AS name
    FROM deployments d JOIN deployments_containers dc ON dc.deployments_id = d.id JOIN images i ON i.id = dc.image_id`;

const anyContainers = `
  SELECT d.id, d.namespace, d.clustername,
         CASE WHEN h2.x IS NOT NULL THEN dc.image_idv2 WHEN h1.x IS NOT NULL THEN dc.image_id ELSE coalesce(v2.id, v1.id) END AS ref,
         CASE WHEN h2.x IS NOT NULL THEN 2 WHEN h1.x IS NOT NULL THEN 1 WHEN v2.id IS NOT NULL THEN 2 ELSE 1 END AS generation,
         dc.image_id AS digest, dc.image_name_fullname AS name
    FROM deployments d JOIN deployments_containers dc ON dc.deployments_id = d.id
    LEFT JOIN images_v2 v2 ON v2.id = dc.image_idv2
    LEFT JOIN images v1 ON v1.id = dc.image_id
    LEFT JOIN LATERAL (SELECT 1 AS x FROM image_component_v2 k WHERE k.imageidv2 = dc.image_idv2 LIMIT 1) h2 ON true
    LEFT JOIN LATERAL (SELECT 1 AS x FROM image_component_v2 k WHERE k.imageid = dc.image_id LIMIT 1) h1 ON true`;

/** $1 pairs or null, $2 clusters or null, $3/$4 filter, $5/$6 limits or null, $7 ids that lift, $8 acceptances, $9 approved rules. */
function statement({ release, rows }: CentralShape): string {
  const inReach = (namespace: string, cluster: string) => `(
    ($1::jsonb IS NULL OR jsonb_build_object('namespace', ${namespace}, 'cluster_name', ${cluster}) IN (SELECT jsonb_array_elements($1::jsonb)))
    AND ($2::text[] IS NULL OR ${cluster} = ANY ($2)))`;
  const owner =
    release === '4.8'
      ? 'r.imageid = s.ref'
      : '(s.generation = 1 AND r.imageid = s.ref) OR (s.generation = 2 AND r.imageidv2 = s.ref)';
  return `
  WITH running AS (${rows === 'v1' ? v1Containers : anyContainers}),
  scoped AS (
    SELECT * FROM running c WHERE ${inReach('c.namespace', 'c.clustername')}
       AND ($3::text IS NULL OR c.clustername = $3) AND ($4::text IS NULL OR c.namespace = $4)),
  found AS (
    SELECT s.*, r.cvebaseinfo_cve AS cve, coalesce(r.severity, 0) AS severity, round(coalesce(r.cvss, 0), 1)::real AS cvss,
           round(coalesce(r.cvebaseinfo_epss_epssprobability, 0), 5)::real AS epss, coalesce(r.isfixable, false) AS fixable,
           r.firstimageoccurrence AS seen, ${release === 'next' ? 'coalesce(r.cvebaseinfo_cisakev, false)' : 'false'} AS kev,
           coalesce(k.name, '') AS component, coalesce(k.version, '') AS version
      FROM scoped s JOIN image_cves_v2 r ON ${owner} LEFT JOIN image_component_v2 k ON k.id = r.componentid
     WHERE coalesce(r.state, 0) = 0),
  rules AS (SELECT * FROM jsonb_to_recordset($9::jsonb) AS x(type text, "componentName" text, "versionPattern" text, "cveId" text, mode text, targets jsonb)),
  places AS (
    SELECT p.cve, EXISTS (SELECT 1 FROM rules u WHERE
             (u.type = 'component' AND u."componentName" = p.component AND (u."versionPattern" IS NULL OR u."versionPattern" = p.version))
             OR (u.type = 'cve' AND u."cveId" = p.cve AND (u.mode = 'all' OR EXISTS (
                  SELECT 1 FROM jsonb_to_recordset(u.targets) AS t(namespace text, cluster_name text)
                   WHERE t.namespace = p.namespace AND t.cluster_name = p.clustername)))) AS covered
      FROM (SELECT DISTINCT cve, namespace, clustername, component, version FROM found) p),
  suppression AS (SELECT cve, count(*) AS total, count(*) FILTER (WHERE covered) AS covered FROM places GROUP BY cve),
  lifted AS (
    SELECT unnest($7::text[]) AS cve UNION
    SELECT a."cveId" FROM jsonb_to_recordset($8::jsonb) AS a("cveId" text, mode text, targets jsonb)
     WHERE a.mode = 'all' OR ($1::jsonb IS NULL AND $2::text[] IS NULL)
        OR EXISTS (SELECT 1 FROM jsonb_to_recordset(a.targets) AS t(namespace text, cluster_name text) WHERE ${inReach('t.namespace', 't.cluster_name')})),
  counted AS (
    SELECT cve, max(severity) AS severity, max(cvss) AS cvss, max(epss) AS epss, bool_or(fixable) AS fixable, bool_or(kev) AS kev,
           extract(epoch FROM min(seen))::float8 AS first_seen, count(DISTINCT (name, digest))::int AS images, count(DISTINCT id)::int AS deployments
      FROM found GROUP BY cve)
  SELECT c.cve AS cve_id, c.severity, c.cvss, c.epss, c.fixable, c.first_seen, c.images, c.deployments, s.covered::int, s.total::int,
         ($5::float8 IS NULL OR (c.cvss >= $5::real AND c.epss >= $6::real) OR c.kev OR c.cve IN (SELECT cve FROM lifted)) AS passes,
         s.covered = s.total AS suppressed
    FROM counted c JOIN suppression s USING (cve) ORDER BY c.cve COLLATE "C"`;
}

/** Every observed CVE of the scope, decided by PostgreSQL. */
export async function askSql(
  client: Client,
  shape: CentralShape,
  { asked, filter }: { readonly asked: Asked; readonly filter: ScopeFilter },
): Promise<SqlCve[]> {
  const { workflow, viewer } = asked;
  const { reach } = viewer;
  const { rows } = await client.query<SqlCve>(statement(shape), [
    reach.kind === 'pairs' ? JSON.stringify(reach.pairs) : null,
    reach.kind === 'clusters' ? reach.clusters : null,
    filter.cluster ?? null,
    filter.namespace ?? null,
    viewer.isSecTeam ? null : workflow.thresholds.minCvss,
    viewer.isSecTeam ? null : workflow.thresholds.minEpss,
    [...workflow.priorities.map(({ cveId }) => cveId), ...workflow.knownExploited.map(([cve]) => cve)],
    JSON.stringify(workflow.acceptances),
    JSON.stringify(workflow.suppressions.filter(({ status }) => status === 'approved').map(({ rule }) => rule)),
  ]);
  return rows;
}
