import type { Reading } from './connection.ts';

/** Tables and columns that every supported release has and this package cannot do without. */
export const neededColumns: Readonly<Record<string, readonly string[]>> = {
  versions: ['seqnum', 'version'],
  clusters: ['id', 'name'],
  namespaces: ['id', 'name', 'clusterid', 'clustername', 'labels', 'annotations'],
  deployments: ['id', 'name', 'type', 'namespace', 'clusterid', 'clustername', 'created'],
  deployments_containers: ['deployments_id', 'idx', 'image_id', 'image_name_fullname'],
  images: [
    'id',
    'name_registry',
    'name_remote',
    'name_tag',
    'name_fullname',
    'metadata_v1_created',
    'metadata_v1_user',
    'scan_scantime',
    'scan_operatingsystem',
    'components',
    'lastupdated',
    'riskscore',
    'topcvss',
  ],
  image_component_v2: ['id', 'name', 'version', 'source', 'operatingsystem', 'imageid', 'location'],
  image_cves_v2: [
    'id',
    'imageid',
    'componentid',
    'cvebaseinfo_cve',
    'cvebaseinfo_publishedon',
    'cvebaseinfo_epss_epssprobability',
    'firstimageoccurrence',
    'severity',
    'cvss',
    'nvdcvss',
    'impactscore',
    'state',
    'isfixable',
    'fixedby',
    'advisory_name',
    'advisory_link',
    'serialized',
  ],
};

/** What the V2 identity of images needs on top. */
export const neededForV2: Readonly<Record<string, readonly string[]>> = {
  deployments_containers: ['image_idv2'],
  image_component_v2: ['imageidv2'],
  image_cves_v2: ['imageidv2'],
  images_v2: [
    'id',
    'digest',
    'name_registry',
    'name_remote',
    'name_tag',
    'name_fullname',
    'metadata_v1_created',
    'metadata_v1_user',
    'scan_scantime',
    'scan_operatingsystem',
    'scanstats_componentcount',
    'lastupdated',
    'riskscore',
    'topcvss',
  ],
};

/** What is used where it is there and granted. */
export const optionalColumns: Readonly<Record<string, readonly string[]>> = {
  image_cves_v2: ['fixavailabletimestamp', 'cvebaseinfo_cisakev'],
  image_component_v2: ['layertype'],
  deployments_containers: ['type'],
  deployments: ['platformcomponent', 'hash'],
  cluster_health_statuses: ['id', 'overallhealthstatus', 'lastcontact'],
  vulnerability_requests: ['status', 'expired', 'lastupdated'],
  images_layers: ['images_id', 'idx', 'instruction', 'value'],
  images_v2_layers: ['images_v2_id', 'idx', 'instruction', 'value'],
};

/** Every table this package may read. */
export const readTables: readonly string[] = [
  ...new Set([...Object.keys(neededColumns), ...Object.keys(neededForV2), ...Object.keys(optionalColumns)]),
].sort();

/** The columns that exist, and of these the ones the role may read. */
export interface Catalogue {
  exists(table: string, column?: string): boolean;
  readable(table: string, column: string): boolean;
}

/**
 * Reads which tables and columns there are from the system catalogue. Unlike information_schema it lists
 * also what is not granted, so "not there" and "not allowed" stay two different things.
 */
export async function readCatalogue(reading: Reading): Promise<Catalogue> {
  const rows = await reading.read<{ table: string; column: string; granted: boolean }>({
    text: `SELECT c.relname AS "table", a.attname AS "column",
                  has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT') AS granted
             FROM pg_catalog.pg_namespace n
             JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = 'public' AND c.relname = ANY ($1::text[])`,
    values: [readTables],
  });
  const columns = new Map(rows.map((row) => [`${row.table}.${row.column}`, row.granted]));
  const tables = new Set(rows.map((row) => row.table));
  return {
    exists: (table, column) => (column === undefined ? tables.has(table) : columns.has(`${table}.${column}`)),
    readable: (table, column) => columns.get(`${table}.${column}`) === true,
  };
}

/**
 * The entries of `wanted` that `has` denies: as `table` where it denies all of the table that is ever used,
 * else as `table.column`.
 */
export function lacking(
  wanted: Readonly<Record<string, readonly string[]>>,
  has: (table: string, column: string) => boolean,
): readonly string[] {
  return Object.entries(wanted).flatMap(([table, columns]) => {
    const missing = columns.filter((column) => !has(table, column));
    const all = [neededColumns, neededForV2, optionalColumns].flatMap((columnsOf) => columnsOf[table] ?? []);
    return missing.length > 0 && !all.some((column) => has(table, column))
      ? [table]
      : missing.map((column) => `${table}.${column}`);
  });
}
