import type { Client } from 'pg';
import { releaseVersions, schemaStatements } from '@pratique/stackrox/schema-ddl';
import { readCatalogue } from './catalogue.ts';
import { copyRows } from './copy.ts';
import type { TableRows } from './copy.ts';
import { drawFrom } from './draw.ts';
import { exceptionTables } from './exceptions.ts';
import { takeInventory } from './findings.ts';
import { cveInfosStatement } from './cve-rows.ts';
import { imageTables } from './image-rows.ts';
import { planImages } from './images.ts';
import type { ImageIdentity } from './images.ts';
import { wellKnownCves } from './known-components.ts';
import { assertIdentity } from './identity.ts';
import { postponeKeys } from './postpone-keys.ts';
import { workloadTables } from './workload-rows.ts';
import { planWorkloads } from './workloads.ts';

/** A release of Central whose tables are known. */
export type FleetRelease = Parameters<typeof schemaStatements>[0];

/** What the demo fleet is made from. */
export interface DemoFleetRequest {
  /** The same seed gives the same rows. */
  readonly seed: number | string;
  readonly release: FleetRelease;
  /** The fleet's present; every date lies before it. */
  readonly now: Date;
  /** Which image identity the rows have; what the release uses when left out. */
  readonly identity?: ImageIdentity;
}

/** How many rows each table got. */
export type RowCounts = Readonly<Record<string, number>>;

/**
 * Fills an empty database as Central of that release would: three clusters, teams and platform,
 * images with Dockerfiles, components and more than 100,000 CVE rows. CVE ids, CVSS, EPSS and KEV are
 * real (data/); names, versions, dates and which package has which CVE are made up, except where it
 * is common knowledge.
 *
 * @param connection an owner of an empty database; the fleet is written in one transaction
 * @throws Fault `fleet-request-invalid` for an identity the release cannot have
 */
export async function buildDemoFleet(connection: Client, request: DemoFleetRequest): Promise<RowCounts> {
  const identity = assertIdentity(request.release, request.identity);
  const counts: Record<string, number> = {};
  await connection.query('BEGIN');
  try {
    for (const statements of schemaStatements(request.release)) {
      await connection.query(statements);
    }
    const postponed = await postponeKeys(connection);
    for (const rows of demoTables(request, identity)) {
      counts[rows.table] = await copyRows(connection, rows);
    }
    for (const statement of postponed) {
      await connection.query(statement);
    }
    if (request.release !== '4.8' && request.release !== '4.9') {
      counts['image_cve_infos'] = (await connection.query(cveInfosStatement)).rowCount ?? 0;
    }
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
  await connection.query('ANALYZE');
  return counts;
}

/** All rows of the demo; pure, and lazy where there are many. */
function demoTables({ seed, release, now }: DemoFleetRequest, identity: ImageIdentity): readonly TableRows[] {
  const draw = drawFrom(seed);
  const workloads = planWorkloads(draw);
  const plans = planImages(draw, workloads, identity, now);
  const inventory = takeInventory(draw, readCatalogue(wellKnownCves), now);
  const images = plans.map((plan) => ({ plan, components: inventory(plan) }));
  const { seqnum, version } = releaseVersions[release];
  return [
    {
      table: 'versions',
      columns: ['seqnum', 'version', 'lastpersisted', 'minseqnum', 'serialized'],
      rows: [[seqnum, version, new Date(now.getTime() - 86_400_000), seqnum - 20, new Uint8Array()]],
    },
    ...imageTables({ draw, images, now, withExploit: release === 'next' }),
    ...workloadTables({
      draw,
      workloads,
      now,
      images: new Map(plans.map((plan) => [`${plan.remote}:${plan.tag}`, plan])),
    }),
    ...exceptionTables(now),
  ];
}
