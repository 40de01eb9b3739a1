import { afterAll } from 'vitest';
import { resolveDatabaseAddress } from '@pratique/stackrox/address';
import { databaseForTest } from '@pratique/testbed/vitest';
import type { TestDatabase } from '@pratique/testbed/vitest';
import { migrateToLatest } from './migrate.ts';
import type { AppDatabaseHandle } from './open.ts';
import { openAppDatabase } from './open.ts';

/** The application database of one test file: real, migrated, dropped afterwards. Call it at the top of the file. */
export async function appDatabaseForTest(): Promise<AppDatabaseHandle & { readonly test: TestDatabase }> {
  const test = await databaseForTest({ template: { name: 'app', build } });
  const handle = openForTest(test.url);
  afterAll(() => handle.stop());
  return { ...handle, test };
}

/** Opens a database by URL the way the program does. */
export function openForTest(url: string, poolMax = 4): AppDatabaseHandle {
  return openAppDatabase({
    address: resolveDatabaseAddress({ url }),
    from: 'APP_DB_URL',
    poolMax,
    applicationName: 'pratique-test',
    onIdleError: () => undefined,
  });
}

async function build(url: string): Promise<void> {
  const handle = openForTest(url);
  const outcome = await migrateToLatest(handle.db);
  await handle.stop();
  if (outcome.kind === 'failed') throw outcome.fault;
}
