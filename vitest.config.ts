import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

// Present only where the test bed is: it starts one PostgreSQL for the run and says where it listens.
const postgres = path('./testbed/src/vitest-postgres.ts');
const uiConfig = path('./apps/hub/ui/vite.config.ts');
const withPostgres = existsSync(postgres) ? [postgres] : [];

const server = ['packages/**/*', 'apps/**/*', 'testbed/**/*', 'tools/**/*'];
const ui = 'apps/hub/ui/**';
const exclude = [...configDefaults.exclude, '**/dist/**'];

/** Two even on a machine of two cores, where the default is one: much of the time is waiting for a database or a page. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    // The json report is what the count of passed, failed and skipped tests is taken from.
    reporters: ['default', 'json'],
    outputFile: { json: path('./reports/vitest.json') },
    maxWorkers,
    projects: [
      {
        test: {
          name: 'unit',
          include: server.map((folder) => `${folder}.test.ts`),
          exclude: [...exclude, ui, ...['pg', 'system', 'interop', 'e2e'].map((kind) => `**/*.${kind}.test.ts`)],
          // Nothing here changes globals; sharing a worker makes the run nine times faster.
          isolate: false,
          testTimeout: 15_000,
        },
      },
      {
        extends: existsSync(uiConfig) ? uiConfig : undefined,
        test: {
          name: 'ui',
          root: path('./apps/hub/ui'),
          include: ['**/*.test.ts', '**/*.test.tsx'],
          exclude: [...exclude, '**/*.e2e.test.ts'],
          environment: 'happy-dom',
          // Each file starts its own hub and clears what it put on the page; loading the libraries once saves half of the time.
          isolate: false,
          // Its own configuration does not inherit the number from above.
          maxWorkers,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: server.map((folder) => `${folder}.pg.test.ts`),
          exclude,
          globalSetup: withPostgres,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          // Kills processes, fills disks, waits for real time to pass: no database, but too slow for a quick check.
          name: 'system',
          include: server.map((folder) => `${folder}.system.test.ts`),
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          // Speaks with the real cosign, skopeo and oras: many short processes.
          name: 'interop',
          include: server.map((folder) => `${folder}.interop.test.ts`),
          exclude,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: server.map((folder) => `${folder}.e2e.test.ts`),
          exclude,
          globalSetup: withPostgres,
          // A constellation and a browser take both cores; beside others all of them take longer.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
