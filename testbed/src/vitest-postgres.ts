/**
 * Global setup of the vitest projects whose tests need PostgreSQL: one server per run, and each
 * test file makes its own database on it (see database-for-test.ts).
 */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import type { ServerLogin } from './postgres.ts';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- vitest is extended by merging its interface
  export interface ProvidedContext {
    /** The server of this run, as its superuser. */
    postgres: ServerLogin;
  }
}

/** Starts the server of the run, tells the tests where it is, and returns what stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgres', { host: server.host, port: server.port, ...server.superuser });
  return () => server.stop();
}
