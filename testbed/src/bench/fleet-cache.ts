import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, escapeLiteral } from 'pg';
import { schemaStatements } from '@pratique/stackrox/schema-ddl';
import { buildScaleFleet, fleetRole } from '../fleet/fleet.ts';
import { startPostgres } from '../postgres.ts';
import type { Login, PostgresServer } from '../postgres.ts';

/** The sizes of the stackrox-db specification: 0.1, 1.1 and 5.4 million CVE rows. */
export const fleetSizes = ['small', 'medium', 'large'] as const;
export type FleetSize = (typeof fleetSizes)[number];

/** The newest release with the identity it uses when nothing of an older one is left. */
const release = '4.11';
const identity = 'v2';

/**
 * What Central's own database pod is set to, so that neither side has a server of its own taste.
 * Autovacuum is off because a run must not depend on when it wakes; the fleets are vacuumed when built.
 */
const serverSettings = {
  shared_buffers: '2GB',
  work_mem: '40MB',
  maintenance_work_mem: '512MB',
  effective_cache_size: '4GB',
  max_wal_size: '8GB',
  autovacuum: 'off',
};

/** Starts the server whose data, and with it the fleets, stays between runs. */
export async function startBenchServer(folder: string): Promise<PostgresServer> {
  await mkdir(folder, { recursive: true });
  return startPostgres({ dataDir: join(folder, 'postgres'), settings: serverSettings });
}

/** A database shaped like Central's, and who may read it. */
export interface FleetDatabase {
  readonly name: string;
  readonly reader: Login;
}

/**
 * The fleet of a size, built unless one from the same generator is there already.
 *
 * @param say told what takes long
 */
export async function openFleet(
  server: PostgresServer,
  size: FleetSize,
  say: (text: string) => void,
): Promise<FleetDatabase> {
  const name = `central_${size}`;
  const stamp = await generatorStamp(size);
  if ((await stampOf(server, name)) !== stamp) {
    await build(server, { name, size, stamp, say });
  }
  return { name, reader: await grantReader(server, name) };
}

/** A database with Central's tables and nothing in them. */
export async function createEmptyCentral(server: PostgresServer, name: string): Promise<FleetDatabase> {
  await server.dropDatabase(name);
  await server.createDatabase(name);
  await withClient(server.url(name), async (client) => {
    for (const statements of schemaStatements(release)) {
      await client.query(statements);
    }
    await client.query(`INSERT INTO versions (seqnum, version, minseqnum) VALUES (225, '4.11.2', 225)`);
  });
  return { name, reader: await grantReader(server, name) };
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

interface Build {
  readonly name: string;
  readonly size: FleetSize;
  readonly stamp: string;
  readonly say: (text: string) => void;
}

async function build(server: PostgresServer, { name, size, stamp, say }: Build): Promise<void> {
  say(`building the ${size} fleet; it is kept for the next run`);
  const building = `${name}_building`;
  await server.dropDatabase(building);
  await server.dropDatabase(name);
  await server.createDatabase(building);
  const started = performance.now();
  const rows = await withClient(server.url(building), (client) => buildScaleFleet(client, { size, release, identity }));
  await withClient(server.url('postgres'), async (client) => {
    await client.query(`ALTER DATABASE ${building} RENAME TO ${name}`);
    await client.query(`COMMENT ON DATABASE ${name} IS ${escapeLiteral(stamp)}`);
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  say(`${rows['image_cves_v2'] ?? 0} CVE rows in ${seconds} s`);
}

async function stampOf(server: PostgresServer, name: string): Promise<string | null> {
  return withClient(server.url('postgres'), async (client) => {
    const { rows } = await client.query<{ stamp: string | null }>(
      `SELECT shobj_description(oid, 'pg_database') AS stamp FROM pg_database WHERE datname = $1`,
      [name],
    );
    return rows[0]?.stamp ?? null;
  });
}

/** Changes with the sources a fleet is made from: a fleet of an older generator is built anew. */
async function generatorStamp(size: FleetSize): Promise<string> {
  const folder = fileURLToPath(new URL('../fleet/', import.meta.url));
  const hash = createHash('sha256').update(`${size} ${release} ${identity}`);
  for (const file of (await readdir(folder)).toSorted()) {
    if (file.startsWith('scale-') && !file.includes('.test.')) {
      hash.update(await readFile(join(folder, file)));
    }
  }
  schemaStatements(release).forEach((statements) => hash.update(statements));
  return hash.digest('hex');
}

function grantReader(server: PostgresServer, database: string): Promise<Login> {
  return withClient(server.url(database), (client) =>
    fleetRole(client, { database, name: 'bench_reader', password: 'bench-reader' }),
  );
}
