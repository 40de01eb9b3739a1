/**
 * What tests use inside vitest: a database per test file on the PostgreSQL of the run. The server
 * itself is started by the global setup in vitest-postgres.ts.
 */
export { databaseForTest, serverOfThisRun } from './database-for-test.ts';
export type { DatabaseTemplate, TestDatabase } from './database-for-test.ts';
