/**
 * A real PostgreSQL for tests, the demo and the bench, from the binaries that npm installed: no
 * container, no service, nothing added to the machine. One call starts it, one call stops it, and it
 * does not outlive the program that started it.
 */
import { rm } from 'node:fs/promises';
import { Client, escapeIdentifier } from 'pg';
import { excerpt } from '@pratique/runtime/fault';
import { testbedFault } from './errors.ts';
import { findBinaries } from './postgres/binaries.ts';
import { prepareDataFolder } from './postgres/data-folder.ts';
import { startServer } from './postgres/server-process.ts';
import type { ServerProcess } from './postgres/server-process.ts';
import { watchOver } from './postgres/watchdog.ts';

/** What a start may ask for; all of it is optional. */
export interface PostgresRequest {
  /** Folder to keep the data in between starts. Temporary, and gone after `stop`, when left out. */
  readonly dataDir?: string;
  /** TCP port at 127.0.0.1; a free one when left out. */
  readonly port?: number;
  /** Server settings by name, as in postgresql.conf; they win over the launcher's own. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** Who connects. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A running server. */
export interface PostgresServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly superuser: Login;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Where the data really is; differs from the folder asked for where PostgreSQL could not enter that. */
  readonly dataDir: string;
  /** Connection URL of a database, as the superuser unless another login is given. Holds the password: never log it. */
  url(database: string, login?: Partial<Login>): string;
  /** Creates a database, empty or as a copy of `template` (nobody may be connected to the template). */
  createDatabase(name: string, options?: { readonly template?: string }): Promise<void>;
  /** Drops a database and everybody's connections to it; it may be missing. */
  dropDatabase(name: string): Promise<void>;
  /** Ends all connections, stops the server and waits for it; may be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it answers. A new data folder takes about a second, a kept one
 * a fraction of that.
 *
 * @throws Fault `postgres-binaries-missing` where npm has none for this platform,
 *   `postgres-data-foreign`, `-in-use`, `-other-version` where the kept folder cannot be used,
 *   `postgres-init-failed` and `postgres-start-failed` with what PostgreSQL said
 * @example
 * await using server = await startPostgres();
 * await server.createDatabase('hub');
 * const client = new Client(server.url('hub'));
 */
export async function startPostgres(request: PostgresRequest = {}): Promise<PostgresServer> {
  const binaries = await findBinaries();
  const folder = await prepareDataFolder(binaries, request.dataDir);
  const running = await startServer({
    program: binaries.postgres,
    folder,
    port: request.port,
    settings: request.settings ?? {},
  }).catch(async (fault: unknown) => {
    await (folder.temporary ? rm(folder.base, { recursive: true, force: true }) : undefined);
    throw fault;
  });
  const superuser: Login = { user: 'postgres', password: folder.password };
  return describeServer(running, superuser, { dataDir: folder.base, temporary: folder.temporary });
}

function describeServer(
  running: ServerProcess,
  superuser: Login,
  place: { readonly dataDir: string; readonly temporary: boolean },
): PostgresServer {
  const watchdog = watchOver(running.pid, place.temporary ? place.dataDir : undefined);
  void running.ended.then(() => watchdog.dismiss());
  const address = { host: '127.0.0.1', port: running.port } as const;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopServer(running, place));
  return {
    ...address,
    superuser,
    pid: running.pid,
    dataDir: place.dataDir,
    url: (database, login) => connectionUrl({ ...address, database, ...superuser, ...login }),
    createDatabase: (name, options) => createDatabase({ ...address, ...superuser }, name, options?.template),
    dropDatabase: (name) => dropDatabase({ ...address, ...superuser }, name),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function stopServer(
  running: ServerProcess,
  place: { readonly dataDir: string; readonly temporary: boolean },
): Promise<void> {
  running.child.ref(); // the caller waits: the loop must stay alive until the process is gone
  running.child.kill('SIGINT'); // "fast": ends sessions, writes a checkpoint, stops
  const insist = setTimeout(() => running.child.kill('SIGQUIT'), 20_000);
  await running.ended;
  clearTimeout(insist);
  if (place.temporary) {
    await rm(place.dataDir, { recursive: true, force: true });
  }
}

/** How to reach a server as somebody. */
export interface ServerLogin extends Login {
  readonly host: string;
  readonly port: number;
}

/** The URL of a database; every part is percent-encoded. */
export function connectionUrl(target: ServerLogin & { readonly database: string }): string {
  const [user, password, database] = [target.user, target.password, target.database].map(encodeURIComponent);
  return `postgres://${user}:${password}@${target.host}:${target.port}/${database}`;
}

/** Creates a database, empty or as a copy of a template. */
export async function createDatabase(login: ServerLogin, name: string, template?: string): Promise<void> {
  const source = template === undefined ? '' : ` TEMPLATE ${databaseIdentifier(template)}`;
  await administer(login, `CREATE DATABASE ${databaseIdentifier(name)}${source}`);
}

/** Drops a database that may exist, ending everybody's connections to it. */
export async function dropDatabase(login: ServerLogin, name: string): Promise<void> {
  await administer(login, `DROP DATABASE IF EXISTS ${databaseIdentifier(name)} WITH (FORCE)`);
}

async function administer(login: ServerLogin, statement: string): Promise<void> {
  const client = new Client({ ...login, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** PostgreSQL silently cuts names at 63 bytes, so two long names could mean one database: refused instead. */
function databaseIdentifier(name: string): string {
  if (name === '' || Buffer.byteLength(name) > 63 || name.includes('\0')) {
    throw testbedFault({
      code: 'database-name-invalid',
      message: `"${excerpt(name)}" cannot be the name of a database.`,
      hint: 'Use 1 to 63 bytes.',
      values: { name: excerpt(name) },
    });
  }
  return escapeIdentifier(name);
}
