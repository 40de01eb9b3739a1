import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { buildDemoFleet, fleetRole } from '../fleet/fleet.ts';
import { startPostgres, type PostgresServer } from '../postgres.ts';

/** Changes whenever the generator or the layout of the kept databases does, so that old data is not taken for new. */
const edition = 'demo-4';
const seed = 20_260_821;

/** The two databases of the demo on one server. */
export interface DemoDatabases {
  readonly server: PostgresServer;
  readonly appUrl: string;
  /** As the least-privileged role that may only read. */
  readonly centralUrl: string;
  /** As the owner, for what tests do to Central. */
  readonly centralOwnerUrl: string;
}

export interface DemoDatabaseOptions {
  readonly folder: string;
  readonly reset: boolean;
  readonly now: Date;
  readonly onProgress: (what: string) => void;
}

const readerPassword = 'read-only-demo';

/** Starts the server and fills what is not there yet; a fleet half-made by an interrupted start is made again. */
export async function openDemoDatabases(options: DemoDatabaseOptions): Promise<DemoDatabases> {
  const dataDir = join(options.folder, 'postgres');
  if (options.reset) {
    await rm(options.folder, { recursive: true, force: true });
  }
  options.onProgress('starting PostgreSQL');
  const server = await startPostgres({ dataDir });
  try {
    if (!(await hasDatabase(server, 'app', edition))) {
      await server.dropDatabase('app');
      await server.createDatabase('app');
      await label(server, 'app');
    }
    if (!(await hasDatabase(server, 'central_active', edition))) {
      options.onProgress('building the demo fleet: more than 100,000 findings (only the first time)');
      await buildCentral(server, options.now);
    }
    return {
      server,
      appUrl: server.url('app'),
      centralUrl: server.url('central_active', { user: 'cve_reader', password: readerPassword }),
      centralOwnerUrl: server.url('central_active'),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function buildCentral(server: PostgresServer, now: Date): Promise<void> {
  await server.dropDatabase('central_active');
  await server.createDatabase('central_active');
  await within(server, 'central_active', async (connection) => {
    await buildDemoFleet(connection, { seed, release: '4.11', now });
    const { user } = await fleetRole(connection, { database: 'central_active', password: readerPassword });
    // Beyond the advised grants: the demo's Dockerfiles hold no secrets, and the page of an image shows what it can.
    await connection.query(`grant select on images_layers, images_v2_layers to ${connection.escapeIdentifier(user)}`);
  });
  await label(server, 'central_active');
}

/** A database counts as complete once it bears the edition as its comment, which is set last. */
async function label(server: PostgresServer, database: string): Promise<void> {
  await within(server, 'postgres', (connection) =>
    connection.query(
      `comment on database ${connection.escapeIdentifier(database)} is ${connection.escapeLiteral(edition)}`,
    ),
  );
}

async function hasDatabase(server: PostgresServer, database: string, wanted: string): Promise<boolean> {
  return within(server, 'postgres', async (connection) => {
    const { rows } = await connection.query<{ comment: string | null }>(
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
      [database],
    );
    return rows[0]?.comment === wanted;
  });
}

/** Runs `work` on a connection of its own as the owner. */
export async function within<T>(
  server: PostgresServer,
  database: string,
  work: (connection: Client) => Promise<T>,
): Promise<T> {
  const connection = new Client({ connectionString: server.url(database) });
  await connection.connect();
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}
