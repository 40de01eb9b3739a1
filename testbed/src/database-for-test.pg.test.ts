import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { databaseForTest } from './vitest.ts';
import type { DatabaseTemplate } from './vitest.ts';

let builds = 0;
const template: DatabaseTemplate = {
  name: 'database-for-test',
  async build(url) {
    builds += 1;
    await query(url, 'CREATE TABLE numbers AS SELECT generate_series(1, 3) AS number');
  },
};

async function query(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

const [plain, one, other] = await Promise.all([
  databaseForTest(),
  databaseForTest({ template }),
  databaseForTest({ template }),
]);

describe('a database for a test file', () => {
  it('is empty and its own', async () => {
    expect(await query(plain.url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    expect(await query(plain.url, 'SELECT current_database() AS name')).toEqual([{ name: plain.name }]);
    expect(new Set([plain.name, one.name, other.name]).size).toBe(3);
  });

  it('can start as a copy of a template that is built once, however many ask at the same time', async () => {
    expect(builds).toBe(1);
    await query(one.url, 'DELETE FROM numbers');
    expect(await query(other.url, 'SELECT count(*)::int AS left_over FROM numbers')).toEqual([{ left_over: 3 }]);
  });
});
