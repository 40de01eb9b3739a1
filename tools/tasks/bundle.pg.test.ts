import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schemaStatements } from '@pratique/stackrox/schema-ddl';
import { databaseForTest } from '@pratique/testbed/vitest';
import { bundleInto } from './bundle.ts';
import { runQuietly } from './step.ts';

const app = await databaseForTest();
const central = await databaseForTest();
const key = 'bundle-test-key-0123456789';
let folder: string;
let hub: ChildProcess | undefined;
let said = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  const built = await runQuietly(bundleInto(folder));
  if (!built.ok) throw new Error(built.output);
  const connection = new Client(central.url);
  await connection.connect();
  for (const statements of schemaStatements('4.11')) await connection.query(statements);
  await connection.end();
});
afterAll(async () => {
  hub?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

it('runs the hub with its threads, away from the checkout', async () => {
  hub = spawn(process.execPath, [join(folder, 'pratique.mjs'), 'hub'], {
    cwd: folder,
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      APP_DB_URL: app.url,
      STACKROX_DB_URL: central.url,
      SECRET_KEY: 'bundle-test-secret-0123456789',
      SPOKE_API_KEYS: key,
      SNAPSHOT_INTERVAL_SECONDS: '10',
    },
  });
  hub.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  hub.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const url = await until(() => /"url":"(http:[^"]+)"/.exec(said)?.[1]);
  const headers = { 'x-api-key': key, 'x-forwarded-user': 'somebody' };
  // The findings thread has looked at the empty Central, refused to believe it, and told so through the database.
  const refused = await until(async () => {
    const answer = (await (await fetch(`${url}/api/source`, { headers })).json()) as {
      problem: { code: string } | null;
    };
    return answer.problem?.code;
  });
  expect(refused).toMatch(/^(?:source-empty|stackrox-empty|stackrox-migrating)$/);
  const list = await fetch(`${url}/api/cves`, { headers });
  expect([list.status, ((await list.json()) as { code: string }).code]).toEqual([503, 'stackrox_unavailable']);
  expect(said).not.toContain('question thread died');
  hub.kill('SIGTERM');
  await until(() => (hub?.exitCode === null ? undefined : 'ended'));
  expect(hub.exitCode).toBe(0);
});

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`it did not happen within 30 seconds; the hub said: ${said.slice(-2000)}`);
}
