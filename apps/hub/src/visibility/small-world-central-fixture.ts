/** Writes a small world into a real database shaped like Central's, in every mode a reader can meet. */
import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { openCentral, resolveCentralAddress, type Central, type CentralRelease } from '@pratique/stackrox';
import { releaseVersions, schemaStatements } from '@pratique/stackrox/schema-ddl';
import { databaseForTest, type TestDatabase } from '@pratique/testbed/vitest';
import type { Identity } from './naive-oracle-fixture.ts';
import type { World, WorldImage } from './small-world-fixture.ts';

/** A release and how far its images are on the way to V2 identities. */
export interface CentralShape {
  readonly name: string;
  readonly release: CentralRelease;
  readonly rows: 'v1' | 'v2' | 'mixed';
}

export const centralShapes: readonly CentralShape[] = [
  { name: '4.8', release: '4.8', rows: 'v1' },
  { name: '4.9', release: '4.9', rows: 'v1' },
  { name: '4.10 with V2 rows of a release rolled back', release: '4.10', rows: 'v1' },
  { name: '4.11', release: '4.11', rows: 'v2' },
  { name: '4.11 in the middle of its migration', release: '4.11', rows: 'mixed' },
  { name: 'next', release: 'next', rows: 'v2' },
];

/** What this shape of database can tell of a world: the oracle is asked about this, not about more. */
export function asTold(world: World, shape: CentralShape): { readonly world: World; readonly identity: Identity } {
  const images =
    shape.release === 'next'
      ? world.images
      : world.images.map((image) => ({ ...image, rows: image.rows.map((row) => ({ ...row, kev: null })) }));
  // A container without a name has no V2 identity; while both generations count it would stand for the stale one.
  const deployments =
    shape.rows === 'mixed'
      ? world.deployments.map((one) => ({ ...one, containers: one.containers.filter(({ name }) => name) }))
      : world.deployments;
  return { world: { ...world, images, deployments }, identity: shape.rows === 'v1' ? 'v1' : 'v2' };
}

export interface WorldDatabase {
  readonly shape: CentralShape;
  readonly database: TestDatabase;
  readonly admin: Client;
  readonly central: Central;
  /** Replaces everything by this world. */
  write(world: World): Promise<void>;
  /** Changes one world into another as Central does: rescans rewrite whole images, exceptions single rows, workloads come and go. */
  change(from: World, to: World): Promise<void>;
}

/** Creates a database of one shape for the calling test file; call it at its top level. */
export async function worldDatabaseForTest(shape: CentralShape): Promise<WorldDatabase> {
  const name = `world_${shape.release.replace('.', '_')}`;
  const database = await databaseForTest({ template: { name, build: (url) => buildCentral(url, shape.release) } });
  const admin = new Client(database.url);
  admin.on('error', () => undefined);
  await admin.connect();
  const central = openCentralForTest(database.login);
  afterAll(async () => {
    await Promise.allSettled([admin.end(), central.stop()]);
  });
  const write = (world: World) => writeWorld(admin, shape, world);
  return { shape, database, admin, central, write, change: (from, to) => changeWorld(admin, shape, { from, to }) };
}

/** Opens a database as the reader does. */
export function openCentralForTest(login: TestDatabase['login']): Central {
  const { host, port, user, password, database } = login;
  const address = resolveCentralAddress({ host, port, name: database, user, password });
  return openCentral({
    address,
    maxConnections: 2,
    statementTimeoutMs: 20_000,
    applicationName: 'pratique-test',
    onIdleError: () => undefined,
  });
}

/** Makes Central's tables of a release in an empty database. */
export async function buildCentral(url: string, release: CentralRelease): Promise<void> {
  const client = new Client(url);
  await client.connect();
  for (const statement of schemaStatements(release)) await client.query(statement);
  await insertRows(client, 'versions', [releaseVersions[release]]);
  await client.end();
}

/** Inserts rows given as objects; keys the table does not have are left out, columns not given stay NULL. */
export async function insertRows(client: Client, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length > 0) {
    await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  }
}

/** Replaces everything by this world. */
export async function writeWorld(admin: Client, shape: CentralShape, world: World): Promise<void> {
  const rows = rowsOfWorld(shape, world);
  await admin.query('BEGIN');
  await admin.query(
    `DELETE FROM deployments; DELETE FROM images; DELETE FROM clusters; DELETE FROM namespaces; ${shape.release === '4.8' ? '' : 'DELETE FROM images_v2'}`,
  );
  for (const [table, list] of Object.entries(rows)) await insertRows(admin, table, list);
  await admin.query('COMMIT');
}

async function changeWorld(
  admin: Client,
  shape: CentralShape,
  { from, to }: { readonly from: World; readonly to: World },
): Promise<void> {
  const scan = ({ states: _states, ...rest }: WorldImage) => JSON.stringify(rest);
  const kept = to.images.filter((image) => from.images.some((known) => scan(known) === scan(image)));
  const isKept = (row: object) => kept.some((image) => 'digest' in row && row.digest === image.digest);
  const rows = rowsOfWorld(shape, to);
  const known = rowsOfWorld(shape, from);
  const replaced = [...known['images']!, ...known['images_v2']!, ...rows['images']!, ...rows['images_v2']!].filter(
    (row) => !isKept(row),
  ) as { id: string }[];
  await admin.query('BEGIN');
  await admin.query('DELETE FROM deployments; DELETE FROM clusters');
  await admin.query('DELETE FROM images WHERE id = ANY ($1)', [replaced.map(({ id }) => id)]);
  if (shape.release !== '4.8')
    await admin.query('DELETE FROM images_v2 WHERE id = ANY ($1)', [replaced.map(({ id }) => id)]);
  const owned = (row: object) => replaced.some(({ id }) => Object.values(row).includes(id));
  for (const [table, list] of Object.entries(rows)) {
    const isSmall = ['clusters', 'namespaces', 'deployments', 'deployments_containers'].includes(table);
    await insertRows(admin, table, isSmall ? list : list.filter(owned));
  }
  for (const row of rows['image_cves_v2']! as { id: string; state: number }[]) {
    await admin.query('UPDATE image_cves_v2 SET state = $2 WHERE id = $1 AND state <> $2', [row.id, row.state]);
  }
  await admin.query('COMMIT');
}

type Rows = Record<string, object[]>;

function rowsOfWorld(shape: CentralShape, world: World): Rows {
  const rows: Rows = {
    clusters: [],
    namespaces: [],
    deployments: [],
    deployments_containers: [],
    images: [],
    images_v2: [],
    image_component_v2: [],
    image_cves_v2: [],
  };
  world.clusters.forEach((name, at) =>
    rows['clusters']!.push({ id: `00000000-0000-4000-9000-00000000000${at}`, name }),
  );
  for (const { id, name, namespace, cluster, containers } of world.deployments) {
    rows['deployments']!.push({ id, name, namespace, clustername: cluster });
    containers.forEach((container, idx) => {
      const v2 =
        container.name && container.digest && shape.rows !== 'v1' ? v2Id(container.name, container.digest) : null;
      rows['deployments_containers']!.push({
        deployments_id: id,
        idx,
        image_id: container.digest,
        image_name_fullname: container.name,
        image_idv2: v2,
      });
    });
  }
  const hasV1Rows = world.images.some((image) => image.rows.length > 0);
  for (const image of world.images) {
    for (const part of partsOf(shape, image, hasV1Rows)) addImage(rows, part);
  }
  return shape.release === '4.8' ? { ...rows, images_v2: [] } : rows;
}

/** One image row of one generation. */
interface Part {
  readonly image: WorldImage;
  readonly generation: 1 | 2;
  readonly name: string;
  /** `stale` rows must never be seen, `empty` ones hold nothing yet. */
  readonly content: 'real' | 'stale' | 'empty';
}

function partsOf(shape: CentralShape, image: WorldImage, hasV1Rows: boolean): Part[] {
  const v1 = (content: Part['content']): Part[] => [{ image, generation: 1, name: image.names[0]!, content }];
  const v2 = (content: Part['content']): Part[] => image.names.map((name) => ({ image, generation: 2, name, content }));
  if (shape.rows === 'v2') return v2('real');
  if (shape.rows === 'v1') {
    return shape.release === '4.10' && hasV1Rows && image.migration === 'both'
      ? [...v1('real'), ...v2('stale')]
      : v1('real');
  }
  switch (image.migration) {
    case 'v1':
      return v1('real');
    case 'v2':
      return v2('real');
    case 'v2-empty':
      return [...v1('real'), ...v2('empty')];
    case 'both':
      return image.components.length > 0 ? [...v1('stale'), ...v2('real')] : v2('real');
  }
}

function addImage(rows: Rows, { image, generation, name, content }: Part): void {
  const ref = generation === 1 ? image.digest : v2Id(name, image.digest);
  const owner = generation === 1 ? { imageid: ref } : { imageidv2: ref };
  const scan_scantime = image.scanned ? '2026-01-01T00:00:00Z' : null;
  rows[generation === 1 ? 'images' : 'images_v2']!.push({
    id: ref,
    digest: image.digest,
    name_fullname: name,
    scan_scantime,
    scan_operatingsystem: image.os,
  });
  if (content === 'empty') return;
  const components = content === 'stale' ? [{ name: 'stale', version: '0' }] : image.components;
  const ids = components.map((component, at) => `${component.name ?? ''}#${at}#${ref}`);
  components.forEach((component, at) => {
    rows['image_component_v2']!.push({ id: ids[at], ...component, operatingsystem: image.os, ...owner });
  });
  const stale = {
    cve: 'CVE-1999-0002',
    component: 0,
    severity: 4,
    cvss: 10,
    epss: 1,
    impact: null,
    firstSeen: null,
    published: null,
    fixable: null,
    fixedBy: null,
    kev: null,
  };
  for (const [at, row] of (content === 'stale' ? [stale] : image.rows).entries()) {
    rows['image_cves_v2']!.push({
      id: `${row.cve}#${at}#${ref}`,
      ...owner,
      componentid: row.component === null ? null : ids[row.component],
      cvebaseinfo_cve: row.cve,
      severity: row.severity,
      cvss: row.cvss,
      cvebaseinfo_epss_epssprobability: row.epss,
      impactscore: row.impact,
      firstimageoccurrence: timestamp(row.firstSeen),
      cvebaseinfo_publishedon: timestamp(row.published),
      isfixable: row.fixable,
      fixedby: row.fixedBy,
      cvebaseinfo_cisakev: row.kev,
      state: image.states[row.cve] ?? 0,
    });
  }
}

function timestamp(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString();
}

function v2Id(name: string, digest: string): string {
  const hex = createHash('sha256').update(`${name} ${digest}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
