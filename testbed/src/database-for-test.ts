import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, inject } from 'vitest';
import { testbedFault } from './errors.ts';
import { connectionUrl, createDatabase, dropDatabase } from './postgres.ts';
import type { Login, ServerLogin } from './postgres.ts';

/** A database that several test files start from; made by the first that asks, once per run. */
export interface DatabaseTemplate {
  /** Distinguishes templates of one run: at most 40 letters, digits, `_` or `-`. */
  readonly name: string;
  /** Fills the empty template; must close its connections before it returns. */
  build(url: string): Promise<void>;
}

/** The database of one test file. */
export interface TestDatabase {
  readonly name: string;
  /** Connection URL as the superuser. */
  readonly url: string;
  /** Server address and superuser, for what does not take a URL. */
  readonly login: ServerLogin & { readonly database: string };
  /** The same database as somebody else. */
  urlAs(login: Login): string;
}

/**
 * Creates a database for the calling test file and drops it after the file's tests. Call it at the
 * top level of the file; that is where vitest lets it register the clean-up.
 *
 * @throws Fault `test-database-unavailable` outside of a project with the PostgreSQL global setup
 * @example
 * const database = await databaseForTest();
 * it('counts', async () => { const client = new Client(database.url); … });
 */
export async function databaseForTest(options: { readonly template?: DatabaseTemplate } = {}): Promise<TestDatabase> {
  const server = serverOfThisRun();
  const name = `test_${randomBytes(8).toString('hex')}`;
  afterAll(() => dropDatabase(server, name));
  const template = options.template === undefined ? undefined : await templateReady(server, options.template);
  await createDatabase(server, name, template);
  const login = { ...server, database: name };
  return { name, login, url: connectionUrl(login), urlAs: (other) => connectionUrl({ ...login, ...other }) };
}

/** The server that the global setup started. */
export function serverOfThisRun(): ServerLogin {
  const server: ServerLogin | undefined = inject('postgres');
  if (server === undefined) {
    throw testbedFault({
      code: 'test-database-unavailable',
      message: 'This test asks for a database, but its vitest project starts no PostgreSQL.',
      hint: 'Name the file *.pg.test.ts, or add testbed/src/vitest-postgres.ts to the globalSetup of its project.',
    });
  }
  return server;
}

/**
 * Builds the template unless an earlier file did. An advisory lock makes parallel files wait for the
 * one that builds; the final name appears only when the build succeeded.
 */
async function templateReady(server: ServerLogin, template: DatabaseTemplate): Promise<string> {
  const name = `template_${template.name}`;
  const client = new Client({ ...server, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [name]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      const building = `${name}_building`;
      await dropDatabase(server, building);
      await createDatabase(server, building);
      await template.build(connectionUrl({ ...server, database: building }));
      await client.query(
        `ALTER DATABASE ${client.escapeIdentifier(building)} RENAME TO ${client.escapeIdentifier(name)}`,
      );
    }
    return name;
  } finally {
    await client.end();
  }
}
