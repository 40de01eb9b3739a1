import type { Client } from 'pg';
import { releaseVersions, schemaStatements } from '@pratique/stackrox/schema-ddl';
import { copyRows } from './copy.ts';
import type { FleetRelease, RowCounts } from './demo-fleet.ts';
import { drawFrom } from './draw.ts';
import { assertIdentity } from './identity.ts';
import type { ImageIdentity } from './images.ts';
import { postponeKeys } from './postpone-keys.ts';
import { loadingRows, loadingTables, scaleShapes } from './scale-plan.ts';
import type { ScaleShape } from './scale-plan.ts';
import { chanceFunctions, exceptionsStatement, imageStatements, workloadStatements } from './scale-statements.ts';

/** What a fleet for measuring is made from. */
export interface ScaleFleetRequest {
  readonly size: keyof typeof scaleShapes | ScaleShape;
  readonly release: FleetRelease;
  /** What the release uses when left out. `mixed` has more rows: four images in ten have both generations. */
  readonly identity?: ImageIdentity;
  /** Bytes of the protobuf per CVE row; 1000, as in real fleets, when left out. */
  readonly serializedBytes?: number;
  readonly seed?: number | string;
  /** The fleet's present. A fixed day when left out, so that two loads are equal. */
  readonly now?: Date;
}

const fixedDay = new Date('2026-08-15T12:00:00Z');

/**
 * Fills an empty database with a fleet of the size and spread of real ones. CVEs and images are
 * planned here, the millions of rows are made by PostgreSQL from them. Everything that a
 * distribution says about a CVE is equal in all its images.
 *
 * @param connection an owner of an empty database; everything happens in one transaction, which with
 *   `wal_level=minimal` writes no log
 * @throws Fault `fleet-request-invalid` for an identity the release cannot have
 */
export async function buildScaleFleet(connection: Client, request: ScaleFleetRequest): Promise<RowCounts> {
  const identity = assertIdentity(request.release, request.identity);
  await connection.query('BEGIN');
  try {
    await connection.query(
      `SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL jit = off`,
    );
    for (const statements of schemaStatements(request.release)) {
      await connection.query(statements);
    }
    const postponed = await postponeKeys(connection);
    await load(connection, request, identity);
    for (const statement of postponed) {
      await connection.query(statement);
    }
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
  await connection.query('VACUUM ANALYZE');
  return countRows(connection);
}

async function load(connection: Client, request: ScaleFleetRequest, identity: ImageIdentity): Promise<void> {
  const shape: ScaleShape = typeof request.size === 'string' ? scaleShapes[request.size] : request.size;
  const now = request.now ?? fixedDay;
  const draw = drawFrom(request.seed ?? 'scale');
  await connection.query(loadingTables);
  for (const rows of loadingRows({ draw, shape, identity, now, serializedBytes: request.serializedBytes ?? 1000 })) {
    await copyRows(connection, rows);
  }
  await connection.query('ANALYZE load_images, load_cves, load_verdicts');
  await connection.query(chanceFunctions);
  const columns = await columnsOf(connection);
  const parts = { shape, identity, columns, now: now.toISOString().slice(0, -1) };
  const statements = [
    ...workloadStatements(parts),
    ...(identity === 'v2' ? [] : imageStatements(parts, 1)),
    ...(identity === 'v1' ? [] : imageStatements(parts, 2)),
    exceptionsStatement,
  ];
  for (const statement of statements) {
    await connection.query(statement);
  }
  const { seqnum, version } = releaseVersions[request.release];
  await connection.query('INSERT INTO versions (seqnum, version, lastpersisted, minseqnum) VALUES ($1, $2, $3, $1)', [
    seqnum,
    version,
    parts.now,
  ]);
}

async function columnsOf(connection: Client): Promise<ReadonlySet<string>> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  return new Set(rows.map((row) => row.name));
}

async function countRows(connection: Client): Promise<RowCounts> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows) {
    const counted = await connection.query<{ n: string }>(
      `SELECT count(*) AS n FROM ${connection.escapeIdentifier(name)}`,
    );
    counts[name] = Number(counted.rows[0]?.n);
  }
  return counts;
}
