import type { ImageIdentity } from './images.ts';
import type { ScaleShape } from './scale-plan.ts';

/** What the statements need to know. */
export interface ScaleStatementsRequest {
  readonly shape: ScaleShape;
  readonly identity: ImageIdentity;
  /** Columns that this release has, as `table.column`. */
  readonly columns: ReadonlySet<string>;
  /** The fleet's present, as SQL text without time zone. */
  readonly now: string;
}

/**
 * Chance inside SQL: a number in [0, 1) from two whole numbers, the same on every run. Plain SQL, so
 * that PostgreSQL inlines it; 52 bits, so that the division is exact.
 */
export const chanceFunctions = `
  CREATE FUNCTION pg_temp.chance(a bigint, b bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (hashint8extended(a, b) & 4503599627370495)::float8 / 4503599627370496 $$;
  CREATE FUNCTION pg_temp.made_uuid(a bigint, b bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT overlay(overlay(md5(a || ':' || b) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid $$;
  CREATE FUNCTION pg_temp.component_key(component bigint, image bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT 'package-' || (hashint8extended(component * 7919 + image % 61, 11) & 1023) || '#' || component $$;`;

/** Statements that fill the small tables: clusters, namespaces, deployments, containers. */
export function workloadStatements(request: ScaleStatementsRequest): readonly string[] {
  const { shape, now } = request;
  const perCluster = Math.ceil(shape.namespaces / shape.clusters);
  return [
    `INSERT INTO clusters (id, name, type, labels, status_providermetadata_cluster_type)
       SELECT pg_temp.made_uuid(c, 1), 'cluster-' || c, 5, '{}', 5 FROM generate_series(1, ${shape.clusters}) c`,
    `INSERT INTO cluster_health_statuses (id, sensorhealthstatus, overallhealthstatus, lastcontact)
       SELECT id, 4, 4, '${now}'::timestamp - interval '1 minute' FROM clusters`,
    // A third of the namespaces are platform ones, named alike in each cluster.
    `CREATE TEMP TABLE load_namespaces ON COMMIT DROP AS
       SELECT n AS no, pg_temp.made_uuid(n, 2) AS id, pg_temp.made_uuid(c, 1) AS clusterid, 'cluster-' || c AS clustername,
         CASE WHEN k <= ${perCluster} / 3 THEN 'openshift-' || k ELSE 'team-' || n END AS name, k <= ${perCluster} / 3 AS platform
       FROM (SELECT n, (n - 1) % ${shape.clusters} + 1 AS c, (n - 1) / ${shape.clusters} + 1 AS k
             FROM generate_series(1, ${shape.namespaces}) n) x`,
    `INSERT INTO namespaces (id, name, clusterid, clustername, labels, annotations)
       SELECT id, name, clusterid, clustername, '{}', '{}' FROM load_namespaces`,
    deploymentsStatement(shape, now),
    containersStatement(request),
  ];
}

/** The first deployments give every namespace one; the others crowd in the first namespaces. */
function deploymentsStatement(shape: ScaleShape, now: string): string {
  return `INSERT INTO deployments (id, name, type, namespace, namespaceid, orchestratorcomponent, labels, podlabels, annotations,
      created, clusterid, clustername, priority, riskscore, platformcomponent)
    SELECT pg_temp.made_uuid(d, 3), 'workload-' || d,
      (ARRAY['Deployment','Deployment','Deployment','StatefulSet','DaemonSet','CronJob'])[1 + floor(6 * pg_temp.chance(d, 4))::int],
      n.name, n.id, n.platform, '{}', '{}', '{}', '${now}'::timestamp - pg_temp.chance(d, 5) * interval '700 days',
      n.clusterid, n.clustername, 0, 1, n.platform
    FROM generate_series(1, ${shape.deployments}) d
    JOIN load_namespaces n ON n.no = CASE WHEN d <= ${shape.namespaces} THEN d
      ELSE 1 + floor(${shape.namespaces} * power(pg_temp.chance(d, 6), 1.6))::int END`;
}

/** Container 0 runs the workload's own image; the others are side-cars, spread over all namespaces. */
function containersStatement({ shape, identity, columns }: ScaleStatementsRequest): string {
  const own = shape.deployedImages - shape.sidecars;
  const hasV2 = columns.has('deployments_containers.image_idv2');
  return `INSERT INTO deployments_containers (deployments_id, idx, image_id, image_name_registry, image_name_remote, image_name_tag,
      image_name_fullname${hasV2 ? ', image_idv2' : ''})
    SELECT pg_temp.made_uuid(c.d, 3), row_number() OVER (PARTITION BY c.d ORDER BY c.n) - 1, i.digest, 'registry.example.com', i.remote, i.tag,
      'registry.example.com/' || i.remote || ':' || i.tag${hasV2 ? `, ${identity === 'v1' ? 'NULL' : 'i.v2id'}` : ''}
    FROM (
      SELECT d, 0 AS n, ${shape.sidecars} + CASE WHEN d <= ${own} THEN d ELSE 1 + floor(${own} * power(pg_temp.chance(d, 7), 1.3))::int END AS image
      FROM generate_series(1, ${shape.deployments}) d
      UNION ALL
      SELECT (n - 1) % ${shape.deployments} + 1, n, 1 + floor(${shape.sidecars} * pg_temp.chance(n, 8))::int
      FROM generate_series(1, ${shape.containers - shape.deployments}) n
    ) c JOIN load_images i ON i.no = c.image`;
}

/** Statements that fill the image tables of one generation; the last two are the heavy ones. */
export function imageStatements(request: ScaleStatementsRequest, generation: 1 | 2): readonly string[] {
  const { columns, now } = request;
  const id = generation === 1 ? 'digest' : 'v2id';
  const key = generation === 1 ? 'imageid' : 'imageidv2';
  const table = generation === 1 ? 'images' : 'images_v2';
  const layers = generation === 1 ? 'images_layers' : 'images_v2_layers';
  const counts = generation === 1 ? 'components, cves' : 'scanstats_componentcount, scanstats_cvecount';
  const statements = [
    `INSERT INTO ${table} (id${generation === 2 ? ', digest' : ''}, name_registry, name_remote, name_tag, name_fullname, metadata_v1_created,
        scan_scantime, scan_operatingsystem, lastupdated, priority, riskscore, topcvss, ${counts})
      SELECT ${id}${generation === 2 ? ', digest' : ''}, 'registry.example.com', remote, tag, 'registry.example.com/' || remote || ':' || tag,
        first_scan - interval '1 day', '${now}'::timestamp - interval '2 hours', osname, '${now}'::timestamp, 0, 1, 9, components, cve_rows
      FROM load_images WHERE v${generation}`,
    `INSERT INTO ${layers} (${table}_id, idx, instruction, value)
      SELECT i.${id}, l, (ARRAY['ADD','ENV','RUN','COPY','CMD'])[l + 1], 'layer ' || l || ' of ' || i.remote
      FROM load_images i CROSS JOIN generate_series(0, 4) l WHERE i.v${generation}`,
    `INSERT INTO image_component_v2 (id, name, version, priority, source, riskscore, topcvss, operatingsystem, ${key}, location)
      SELECT pg_temp.component_key(c, i.no) || '#' || i.${id}, split_part(pg_temp.component_key(c, i.no), '#', 1),
        (1 + c % 9) || '.' || (i.no % 40) || '.1-' || (1 + i.no % 3), 0, 0, 1, 9, i.osname, i.${id}, ''
      FROM load_images i CROSS JOIN LATERAL generate_series(1, i.components) c WHERE i.v${generation} ORDER BY i.no`,
    cveRowsStatement({ columns, now, id, key, generation }),
  ];
  return columns.has(`${layers}.idx`)
    ? statements
    : statements.filter((statement) => !statement.includes(` ${layers} `));
}

interface CveRowsParts {
  readonly columns: ReadonlySet<string>;
  readonly now: string;
  readonly id: string;
  readonly key: string;
  readonly generation: 1 | 2;
}

/**
 * Row j of an image draws a CVE with a chance that falls with its rank (cube of an even draw, which
 * gives the spread of real fleets); one row in six repeats the CVE of the row before in
 * another component. When it was first seen depends on image and CVE, not on the row.
 */
function cveRowsStatement({ columns, now, id, key, generation }: CveRowsParts): string {
  const optional = [
    ['fixavailabletimestamp', 'v.fix_available'],
    ['cvebaseinfo_cisakev', 'c.kev'],
  ].filter(([name]) => columns.has(`image_cves_v2.${name}`));
  const names = optional.map(([name]) => `, ${name}`).join('');
  const values = optional.map(([, value]) => `, ${value}`).join('');
  return `INSERT INTO image_cves_v2 (id, ${key}, componentid, cvebaseinfo_cve, cvebaseinfo_publishedon, cvebaseinfo_createdat,
      firstimageoccurrence, cvebaseinfo_epss_epssprobability, severity, cvss, nvdcvss, impactscore, state, isfixable, fixedby,
      advisory_name, advisory_link, serialized${names})
    SELECT c.name || '#' || r.j || '#' || k.component || '#' || r.${id}, r.${id}, k.component || '#' || r.${id}, c.name, c.published,
      greatest(c.published, '${now}'::timestamp - interval '401 days'),
      least('${now}'::timestamp - interval '1 hour', greatest(r.first_scan, c.published + interval '1 day')
        + CASE WHEN pg_temp.chance(r.no, c.no) < 0.3 THEN pg_temp.chance(c.no, r.no) * interval '60 days' ELSE interval '0' END),
      c.epss, v.severity, v.cvss, v.cvss, v.impact, c.state, v.fixedby <> '', v.fixedby, v.advisory,
      CASE v.advisory WHEN '' THEN '' ELSE 'https://advisories.example.com/' || v.advisory END, c.serialized${values}
    FROM (
      SELECT i.no, i.${id}, i.family, i.first_scan, i.components, j,
        1 + floor((SELECT count(*) FROM load_cves) * power(pg_temp.chance(i.no::bigint * 100000 + j * 10 / 12, 21), 3))::int AS cve
      FROM load_images i CROSS JOIN LATERAL generate_series(1, i.cve_rows) j WHERE i.v${generation}
    ) r
    JOIN load_cves c ON c.no = r.cve
    JOIN load_verdicts v ON v.no = r.cve AND v.family = r.family
    CROSS JOIN LATERAL (SELECT pg_temp.component_key(1 + floor(r.components * pg_temp.chance(r.no::bigint * 100000 + r.j, 22))::bigint, r.no)
      AS component) k`;
}

/** The exceptions behind the states: one request for every ten CVEs. */
export const exceptionsStatement = `
  INSERT INTO vulnerability_requests (id, name, targetstate, status, expired, requestor_name, createdat, lastupdated,
    scope_imagescope_registry, scope_imagescope_remote, scope_imagescope_tag, cves_cves)
  SELECT 'exception-' || state || '-' || batch, 'SCALE-' || state || '-' || batch, state, 1, false, 'scale', min(published), max(published),
    '.*', '.*', '.*', array_agg(name ORDER BY no)
  FROM (SELECT *, (row_number() OVER (PARTITION BY state ORDER BY no) - 1) / 10 AS batch FROM load_cves WHERE state <> 0) x
  GROUP BY state, batch`;
