/** A program that reads a source and, in the middle of its first poll, says so and waits to be killed. */
import { Pool } from 'pg';
import { openCentral, resolveCentralAddress } from '@pratique/stackrox';
import { startWatchedReader } from './reader-fixture.ts';

const { app, central, source } = JSON.parse(process.argv[2] ?? '') as { app: string; central: string; source: string };

startWatchedReader({
  pool: new Pool({ connectionString: app }),
  central: openCentral({
    address: resolveCentralAddress({ url: central }),
    maxConnections: 2,
    statementTimeoutMs: 20_000,
    applicationName: 'child',
  }),
  source,
  inTheMiddle: () => {
    process.stdout.write('in the middle\n');
    return new Promise(() => undefined);
  },
});
