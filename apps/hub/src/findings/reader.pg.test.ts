import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type PoolClient } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '@pratique/testbed/postgres';
import { appDatabaseForTest } from '../database/for-test.ts';
import { Desk } from '../visibility/desk.ts';
import {
  buildCentral,
  centralShapes,
  openCentralForTest,
  worldDatabaseForTest,
  writeWorld,
} from '../visibility/small-world-central-fixture.ts';
import { SnapshotLoader } from './loader.ts';
import { imageCount, manyImages, published, startWatchedReader, type WatchedReader } from './reader-fixture.ts';
import { readSourceState, type SourceState } from './store.ts';

const app = await appDatabaseForTest();
const stackrox = await worldDatabaseForTest(centralShapes[3]!);
await stackrox.write(manyImages());
const eventually = { timeout: 20_000, interval: 20 };

let source = '';
let sources = 0;
beforeEach(() => {
  source = `source-${(sources += 1)}`;
});

function start(options: Partial<Parameters<typeof startWatchedReader>[0]> = {}): WatchedReader {
  return startWatchedReader({ pool: app.pool, central: stackrox.central, source, ...options });
}

async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await app.pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const stateNow = (): Promise<SourceState | null> => withClient((client) => readSourceState(client, source));

async function stagedNow(): Promise<number> {
  const { rows } = await app.pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM findings_segments_staged WHERE source = $1',
    [source],
  );
  return rows[0]!.count;
}

/** The published version holds every CVE of the fleet and nothing is left over. */
async function expectWhole(version: number): Promise<void> {
  const { snapshot } = await withClient((client) => new SnapshotLoader(source).load(client));
  expect(snapshot).toMatchObject({ version });
  const desk = new Desk(snapshot!);
  const scope = desk.scope(
    { userId: '', reach: { kind: 'all' }, isSecTeam: true, seesAll: true, hasNamespaces: true },
    {},
  );
  expect(desk.view(scope).cves.length).toBe(imageCount);
  expect(new Set(desk.lexicon.cves).size).toBe(imageCount);
  expect(await stagedNow()).toBe(0);
}

async function cutElected(): Promise<void> {
  const { rows } = await app.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  expect(rows).toHaveLength(1);
}

describe('readers of one installation', () => {
  it('elect one, which alone polls', async () => {
    const readers = [start(), start()];
    await expect.poll(() => readers.flatMap(published), eventually).toEqual([{ version: 1, imagesRead: imageCount }]);
    const elected = readers.filter(({ events }) => events.some(({ kind }) => kind === 'elected'));
    expect(elected).toHaveLength(1);
    const other = readers.find((reader) => reader !== elected[0])!;
    await expect
      .poll(() => other.events.filter(({ kind }) => kind === 'waiting').length, eventually)
      .toBeGreaterThan(1);
    expect(other.events.every(({ kind }) => kind === 'waiting')).toBe(true);
    await Promise.all(readers.map((reader) => reader.stop()));
    await expectWhole(1);
  });

  it('replace one whose connection is cut in the middle of a poll, and read nothing twice that was staged', async () => {
    const first = start({ standbySeconds: 3600, inTheMiddle: cutElected });
    await expect.poll(() => first.events.some(({ kind }) => kind === 'elected'), eventually).toBe(true);
    const second = start();
    await expect.poll(() => published(second), eventually).toEqual([{ version: 1, imagesRead: imageCount - 200 }]);
    expect(published(first)).toEqual([]);
    expect(first.events.some(({ kind }) => kind === 'failed')).toBe(true);
    await Promise.all([first.stop(), second.stop()]);
    await expectWhole(1);
  });

  it('go on after one that stopped in the middle of a poll', async () => {
    let stopped: Promise<void> | undefined;
    const first = start({
      inTheMiddle: () => {
        stopped = first.stop();
        return Promise.resolve();
      },
    });
    await expect.poll(() => stopped !== undefined, eventually).toBe(true);
    await stopped;
    expect(await stateNow()).toBeNull();
    expect(await stagedNow()).toBeGreaterThanOrEqual(200);
    const second = start();
    await expect.poll(() => published(second).length, eventually).toBe(1);
    expect(published(second)[0]!.imagesRead).toBeLessThanOrEqual(imageCount - 200);
    await second.stop();
    await expectWhole(1);
  });

  it('go on after a process that was killed in the middle of a poll', async () => {
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('./reader-child-for-test.ts', import.meta.url)),
        JSON.stringify({ app: app.test.url, central: stackrox.database.url, source }),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('in the middle\n');
    expect(await stagedNow()).toBe(200);
    expect(await stateNow()).toBeNull();
    const waiting = start();
    await expect.poll(() => waiting.events.some(({ kind }) => kind === 'waiting'), eventually).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => published(waiting), eventually).toEqual([{ version: 1, imagesRead: imageCount - 200 }]);
    await waiting.stop();
    await expectWhole(1);
  });
});

describe('a reader whose source is away', () => {
  it('says so at the start and later, keeps the version, and recovers by itself', { timeout: 120_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'reader-away-'));
    let server = await startPostgres({ dataDir });
    await server.createDatabase('central');
    await buildCentral(server.url('central'), '4.11');
    const admin = new Client(server.url('central'));
    await admin.connect();
    await writeWorld(admin, centralShapes[3]!, manyImages());
    await admin.end();
    const { host, port, superuser } = server;
    const central = openCentralForTest({ host, port, ...superuser, database: 'central' });
    await server.stop();
    const reader = start({ central });
    await expect.poll(async () => (await stateNow())?.problem?.code ?? null, eventually).toMatch(/^stackrox-/);
    expect(await stateNow()).toMatchObject({ version: 0, dataAsOf: null });

    server = await startPostgres({ dataDir, port });
    await expect.poll(() => published(reader), eventually).toEqual([{ version: 1, imagesRead: imageCount }]);
    await expect.poll(async () => (await stateNow())?.problem, eventually).toBeNull();

    await server.stop();
    await expect.poll(async () => (await stateNow())?.problem?.code ?? null, eventually).toMatch(/^stackrox-/);
    const away = await stateNow();
    const failures = () => reader.events.filter(({ kind }) => kind === 'failed').length;
    const before = failures();
    await expect.poll(failures, eventually).toBeGreaterThan(before);
    expect(await stateNow()).toMatchObject({ version: 1, dataAsOf: away!.dataAsOf });
    expect(JSON.stringify(away!.problem)).not.toContain(superuser.password);

    server = await startPostgres({ dataDir, port });
    await expect.poll(async () => (await stateNow())?.problem, eventually).toBeNull();
    expect((await stateNow())!.dataAsOf!.getTime()).toBeGreaterThan(away!.dataAsOf!.getTime());
    await reader.stop();
    await expectWhole(1);
    await central.stop();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
});
