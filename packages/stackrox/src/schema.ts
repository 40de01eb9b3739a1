import { excerpt } from '@pratique/runtime/fault';
import { lacking, neededColumns, neededForV2, optionalColumns, readCatalogue } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import type { Central, Reading } from './connection.ts';
import { stackroxFault } from './errors.ts';

/**
 * Which identity of images counts: the digest (v1), the pair of name and digest (v2), or whichever an image
 * has (mixed).
 */
export type CentralMode = 'v1' | 'v2' | 'mixed';

/** Releases this package knows; `next` is the line after 4.11. */
export type CentralRelease = '4.8' | '4.9' | '4.10' | '4.11' | 'next';

/** The last migration number this package was checked against. */
export const newestKnownSeqnum = 226;

/** Optional facts: true only where the columns are there and may be read. */
export interface CentralColumns {
  /** `image_cves_v2.fixavailabletimestamp`, since 4.10. */
  readonly fixAvailable: boolean;
  /** `image_cves_v2.cvebaseinfo_cisakev`, after 4.11. */
  readonly kev: boolean;
  /** `image_component_v2.layertype`, since 4.10. */
  readonly layerType: boolean;
  /** `deployments_containers.type`, since 4.11. */
  readonly containerType: boolean;
  /** `deployments.platformcomponent`, since 4.6. */
  readonly platformComponent: boolean;
  /** Everything that V2 identities need. */
  readonly imageIdV2: boolean;
  /** `deployments.hash`, since 4.11. */
  readonly deploymentHash: boolean;
  /** `cluster_health_statuses`. */
  readonly clusterHealth: boolean;
  /** `vulnerability_requests`, to notice new exceptions. */
  readonly exceptions: boolean;
}

/**
 * What was found at the other end. Detect again at every connect and every ten minutes: Central may be
 * upgraded or restored meanwhile.
 */
export interface CentralSchema {
  readonly mode: CentralMode;
  readonly release: CentralRelease;
  /** Central's migration number. */
  readonly seqnum: number;
  /** Central's release string, such as `4.11.2`. */
  readonly version: string;
  /** The migration number is beyond {@link newestKnownSeqnum}, but everything needed is there. */
  readonly newerThanKnown: boolean;
  /** The mode was set by a person, not found out. */
  readonly forced: boolean;
  readonly columns: CentralColumns;
  /** Tables or columns that exist and would be used, but are not granted. */
  readonly notGranted: readonly string[];
  /** PostgreSQL's version, such as 150018 for 15.18. */
  readonly serverVersion: number;
  /** Differs after a restore: then every cached value is void. */
  readonly databaseOid: number;
}

/**
 * Finds out which release and which generation of image rows the database holds. All statements see one moment.
 *
 * @param options.force sets the mode, for the one case that cannot be told apart: a 4.9 or 4.10 whose flag was switched by hand
 * @throws faults `stackrox-empty`, `stackrox-migrating`, `stackrox-schema-unsupported`, `stackrox-permission-denied`
 */
export function detectSchema(central: Central, options: { readonly force?: CentralMode } = {}): Promise<CentralSchema> {
  return central.snapshot({ bulk: false }, async (reading) => {
    const catalogue = await readCatalogue(reading);
    refuseUnusable(catalogue);
    const { seqnum, version, serverVersion, databaseOid } = await readVersion(reading);
    const v2Lacks = lacking(neededForV2, catalogue.readable);
    refuseUngrantedV2(catalogue, seqnum, v2Lacks);
    const imageIdV2 = v2Lacks.length === 0;
    const mode = options.force ?? (await detectMode(reading, { imageIdV2, seqnum }));
    if (mode !== 'v1' && !imageIdV2) throw impossibleForce(mode, v2Lacks);
    return {
      mode,
      release: releaseOf(seqnum),
      seqnum,
      version,
      newerThanKnown: seqnum > newestKnownSeqnum,
      forced: options.force !== undefined,
      columns: optionalFacts(catalogue, imageIdV2),
      notGranted: notGranted(catalogue),
      serverVersion,
      databaseOid,
    };
  });
}

/**
 * Migration numbers: 211 is 4.8, 213 is 4.9, 220 is 4.10, 225 is 4.11; numbers in between are development
 * states on the way.
 */
export function releaseOf(seqnum: number): CentralRelease {
  if (seqnum <= 211) return '4.8';
  if (seqnum <= 213) return '4.9';
  if (seqnum <= 220) return '4.10';
  return seqnum <= 225 ? '4.11' : 'next';
}

function refuseUnusable(catalogue: Catalogue): void {
  if (Object.keys(neededColumns).every((table) => !catalogue.exists(table))) {
    throw stackroxFault({
      code: 'stackrox-empty',
      message: 'The StackRox database holds none of Central’s tables.',
      hint: 'Check STACKROX_DB_NAME (usually central_active). During a restore the tables appear by themselves.',
    });
  }
  const absent = lacking(neededColumns, catalogue.exists);
  if (absent.length > 0) throw unsupported(absent, catalogue);
  const forbidden = lacking(neededColumns, catalogue.readable);
  if (forbidden.length > 0) throw denied(forbidden);
}

function unsupported(absent: readonly string[], catalogue: Catalogue): Error {
  const old = !catalogue.exists('image_cves_v2');
  return stackroxFault({
    code: 'stackrox-schema-unsupported',
    message: `The StackRox database lacks ${list(absent)}${old ? ': it is older than release 4.8' : ''}.`,
    hint: old
      ? 'Upgrade RHACS to 4.8 or later; earlier releases keep CVEs in tables that are not read here.'
      : 'Central may be in the middle of an upgrade, or newer than this program understands: wait, then look for a newer version of this program.',
    values: { absent },
  });
}

function denied(forbidden: readonly string[]): Error {
  return stackroxFault({
    code: 'stackrox-permission-denied',
    message: `The database user may not read ${list(forbidden)} of the StackRox database.`,
    hint: `As postgres: GRANT SELECT ON ${[...new Set(forbidden.map((name) => name.split('.')[0]))].join(', ')} TO <the user>. New tables of an upgrade need a new grant.`,
    values: { notGranted: forbidden },
  });
}

/**
 * From 4.11 on Central writes V2 rows only; a role from before the upgrade would see a picture that never
 * changes again.
 */
function refuseUngrantedV2(catalogue: Catalogue, seqnum: number, v2Lacks: readonly string[]): void {
  const there = lacking(neededForV2, catalogue.exists).length === 0;
  if (seqnum > 220 && there && v2Lacks.length > 0) throw denied(v2Lacks);
}

function impossibleForce(mode: CentralMode, v2Lacks: readonly string[]): Error {
  return stackroxFault({
    code: 'stackrox-schema-unsupported',
    message: `The mode "${mode}" was asked for, but the StackRox database lacks, or does not let this user read, ${list(v2Lacks)}.`,
    hint: 'Leave the mode to be detected, or grant SELECT on what is named.',
    values: { mode, absent: v2Lacks },
  });
}

interface VersionRow {
  readonly seqnum: number | null;
  readonly version: string | null;
  readonly serverVersion: number;
  readonly databaseOid: number;
}

async function readVersion(
  reading: Reading,
): Promise<{ seqnum: number; version: string; serverVersion: number; databaseOid: number }> {
  const rows = await reading.read<VersionRow>({
    text: `SELECT v.seqnum, v.version, current_setting('server_version_num')::int AS "serverVersion",
                  (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AS "databaseOid"
             FROM public.versions v ORDER BY v.seqnum DESC NULLS LAST LIMIT 1`,
  });
  const [row] = rows;
  if (row === undefined || row.seqnum === null) {
    throw stackroxFault({
      code: 'stackrox-migrating',
      message: 'The StackRox database has Central’s tables, but does not say which release they are of.',
      hint: 'Central is being installed, upgraded or restored; it is tried again by itself. If it stays so, look at the log of the central pod.',
    });
  }
  return { ...row, seqnum: row.seqnum, version: excerpt(row.version ?? '') };
}

/** The decision table for the two generations of rows; the first line that matches wins. */
async function detectMode(reading: Reading, facts: { imageIdV2: boolean; seqnum: number }): Promise<CentralMode> {
  if (!facts.imageIdV2) return 'v1';
  // min() stops at the first entry of an index; EXISTS (... IS NOT NULL) may scan gigabytes where
  // statistics are stale.
  const [found] = await reading.read<{ v2Images: boolean; v2Rows: boolean; v1Rows: boolean }>({
    text: `SELECT (SELECT min(id) FROM public.images_v2) IS NOT NULL AS "v2Images",
                  (SELECT min(imageidv2) FROM public.image_cves_v2) IS NOT NULL AS "v2Rows",
                  (SELECT min(imageid) FROM public.image_cves_v2) IS NOT NULL AS "v1Rows"`,
  });
  const { v2Images = false, v2Rows = false, v1Rows = false } = found ?? {};
  const flattened = facts.seqnum > 220;
  if (!v2Images) return flattened && !v1Rows && !v2Rows ? 'v2' : 'v1';
  if (!flattened && v1Rows) return 'v1';
  return v1Rows ? 'mixed' : 'v2';
}

function optionalFacts(catalogue: Catalogue, imageIdV2: boolean): CentralColumns {
  const all = (table: string): boolean =>
    (optionalColumns[table] ?? []).every((column) => catalogue.readable(table, column));
  return {
    fixAvailable: catalogue.readable('image_cves_v2', 'fixavailabletimestamp'),
    kev: catalogue.readable('image_cves_v2', 'cvebaseinfo_cisakev'),
    layerType: catalogue.readable('image_component_v2', 'layertype'),
    containerType: catalogue.readable('deployments_containers', 'type'),
    platformComponent: catalogue.readable('deployments', 'platformcomponent'),
    imageIdV2,
    deploymentHash: catalogue.readable('deployments', 'hash'),
    clusterHealth: all('cluster_health_statuses'),
    exceptions: all('vulnerability_requests'),
  };
}

/**
 * Optional things that are there but not granted. Layers are left out: build arguments may hold secrets, so
 * not granting them is the advice.
 */
function notGranted(catalogue: Catalogue): readonly string[] {
  const { images_layers: _v1, images_v2_layers: _v2, ...expected } = optionalColumns;
  const hidden = (table: string, column: string): boolean =>
    !catalogue.exists(table, column) || catalogue.readable(table, column);
  return [...lacking(neededForV2, hidden), ...lacking(expected, hidden)];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
