import type { PoolClient } from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { detectSchema, readFingerprints } from '@pratique/stackrox';
import { listCves } from '../cves/list.ts';
import { appDatabaseForTest } from '../database/for-test.ts';
import { Desk } from '../visibility/desk.ts';
import {
  centralShapes,
  insertRows,
  worldDatabaseForTest,
  type WorldDatabase,
} from '../visibility/small-world-central-fixture.ts';
import { worldNow, type World } from '../visibility/small-world-fixture.ts';
import { SnapshotLoader } from './loader.ts';
import { everyone, plainWorld, questions } from './plain-world-fixture.ts';
import { pollOnce, type PollOptions, type PollOutcome } from './poll.ts';
import { openSession, type ReaderSession } from './reader-session.ts';
import type { Snapshot } from './snapshot.ts';
import { readSourceState } from './store.ts';

const { pool } = await appDatabaseForTest();
const client: PoolClient = await pool.connect();
afterAll(() => client.release());
const [old, current] = await Promise.all(
  [centralShapes[0]!, centralShapes[3]!].map((shape) => worldDatabaseForTest(shape)),
);
const restored = await worldDatabaseForTest(centralShapes[3]!);

let source = '';
let sources = 0;
beforeEach(() => {
  source = `source-${(sources += 1)}`;
});

type Changes = Partial<Pick<PollOptions, 'maxShrinkPercent' | 'now'>>;

async function poll(database: WorldDatabase, session: ReaderSession, changes: Changes = {}): Promise<PollOutcome> {
  return pollOnce({
    central: database.central,
    client,
    session,
    maxShrinkPercent: 100,
    now: () => new Date(worldNow * 1000),
    ...changes,
  });
}

async function loaded(loader = new SnapshotLoader(source)): Promise<Snapshot | null> {
  return (await loader.load(client)).snapshot;
}

async function versionNow(): Promise<number> {
  return (await readSourceState(client, source))?.version ?? 0;
}

describe('a poll', () => {
  it('that finds nothing new makes no version, only a newer age', async () => {
    await current!.write(plainWorld([['CVE-1'], [], ['CVE-2']]));
    const session = await openSession(client, source);
    expect(await poll(current!, session)).toEqual({ kind: 'published', version: 1, imagesRead: 3 });
    const later = new Date(worldNow * 1000 + 60_000);
    expect(await poll(current!, session, { now: () => later })).toEqual({ kind: 'unchanged', version: 1 });
    expect(await readSourceState(client, source)).toMatchObject({
      version: 1,
      dataAsOf: later,
      lastPollOutcome: 'unchanged',
      problem: null,
    });
    expect(await poll(current!, await openSession(client, source))).toEqual({ kind: 'unchanged', version: 1 });
  });

  it('makes no version of rows that merely lie elsewhere', async () => {
    const world = plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3']]);
    await current!.write({
      ...world,
      images: world.images.map((image) => ({ ...image, states: { 'CVE-1': 1, 'CVE-2': 2 } })),
    });
    const session = await openSession(client, source);
    await poll(current!, session);
    await current!.admin
      .query(`UPDATE deployments SET riskscore = 1 WHERE name = 'd0'; UPDATE deployments_containers SET resources_cpucoreslimit = 1 WHERE idx = 0;
      UPDATE clusters SET type = 1`);
    expect(await poll(current!, session)).toEqual({ kind: 'unchanged', version: 1 });
  });

  it('reads only the image that was scanned anew', async () => {
    const before = plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3']]);
    await current!.write(before);
    const session = await openSession(client, source);
    await poll(current!, session);
    await current!.change(before, plainWorld([['CVE-1'], ['CVE-2', 'CVE-4'], ['CVE-3']]));
    expect(await poll(current!, session)).toEqual({ kind: 'published', version: 2, imagesRead: 1 });
  });

  it('survives NULL in every column that may hold it', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    for (const database of [old!, current!]) {
      source = `source-${(sources += 1)}`;
      await database.write({ clusters: [], images: [], deployments: [] });
      const [images, owner] =
        database === old ? (['images', 'imageid'] as const) : (['images_v2', 'imageidv2'] as const);
      const uses = database === old ? { image_id: 'i' } : { image_idv2: 'i' };
      for (const [table, row] of [
        ['clusters', { id }],
        ['cluster_health_statuses', { id }],
        ['namespaces', { id }],
        ['deployments', { id }],
        ['deployments_containers', { deployments_id: id, idx: 0 }],
        ['deployments_containers', { deployments_id: id, idx: 1, ...uses }],
        [images, { id: 'i' }],
        ['image_component_v2', { id: '#0#i' }],
        ['image_component_v2', { id: '#1#i', [owner]: 'i' }],
        ['image_cves_v2', { id: '#0#' }],
        ['image_cves_v2', { id: '#1#', [owner]: 'i' }],
        ['image_cves_v2', { id: '#2#', [owner]: 'i', cvebaseinfo_cve: 'CVE-1' }],
      ] as const) {
        await insertRows(database.admin, table, [row]);
      }
      expect((await poll(database, await openSession(client, source))).kind).toBe('published');
      const desk = new Desk((await loaded())!);
      const { items } = listCves(desk, { viewer: everyone, now: worldNow, query: questions.list });
      expect(items).toMatchObject([
        {
          cve_id: 'CVE-1',
          severity: 0,
          cvss: 0,
          epss_probability: 0,
          fixable: false,
          fixed_by: null,
          first_seen: null,
          published_on: null,
          component_names: [],
          operating_system: null,
        },
      ]);
      await database.admin.query(
        'DELETE FROM cluster_health_statuses; DELETE FROM image_cves_v2; DELETE FROM image_component_v2',
      );
    }
  });
});

describe('a source that is not itself', () => {
  it('shrunk beyond the limit is refused: version, data and age stay, and stay after a restart', async () => {
    await current!.write(plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3'], ['CVE-4']]));
    const session = await openSession(client, source);
    await poll(current!, session);
    const before = await loaded();
    await current!.change(
      plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3'], ['CVE-4']]),
      plainWorld([['CVE-1'], ['CVE-2'], [], []]),
    );
    const later = { maxShrinkPercent: 30, now: () => new Date(worldNow * 1000 + 60_000) };
    for (const reader of [session, await openSession(client, source)]) {
      expect(await poll(current!, reader, later)).toMatchObject({
        kind: 'refused',
        problem: { code: 'source-shrunk' },
      });
      expect(await loaded()).toEqual(before);
    }
    await current!.admin.query('DELETE FROM deployments');
    expect(await poll(current!, session, later)).toMatchObject({ kind: 'refused', problem: { code: 'source-empty' } });
    expect(await loaded()).toEqual(before);
    await current!.write(plainWorld([['CVE-1'], ['CVE-2'], [], []]));
    expect(await poll(current!, session)).toMatchObject({ kind: 'published', version: 2 });
  });

  it('restored into another database is read anew, though fingerprints may look the same', async () => {
    const world = plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3']]);
    await current!.write(world);
    await restored.write(plainWorld([['CVE-1'], ['CVE-5'], ['CVE-3']]));
    await poll(current!, await openSession(client, source));
    const schema = await detectSchema(restored.central);
    const { rows } = await client.query<{ ref: string }>('SELECT ref FROM findings_segments WHERE source = $1', [
      source,
    ]);
    const same = await readFingerprints(
      restored.central,
      schema,
      rows.map(({ ref }) => ({ ref, generation: 2 as const })),
    );
    for (const [ref, fingerprint] of same) {
      await client.query('UPDATE findings_segments SET fingerprint = $3 WHERE source = $1 AND ref = $2', [
        source,
        ref,
        fingerprint,
      ]);
    }
    const session = await openSession(client, source);
    expect(await poll(restored, session)).toEqual({ kind: 'published', version: 2, imagesRead: 3 });
    expect(new Desk((await loaded())!).lexicon.cves).toContain('CVE-5');
    expect(await poll(restored, session)).toEqual({ kind: 'unchanged', version: 2 });
  });

  it.each([
    ['without tables', 'DROP SCHEMA public CASCADE; CREATE SCHEMA public', 'stackrox-empty'],
    ['without the table of CVEs', 'DROP TABLE image_cves_v2', 'stackrox-schema-unsupported'],
    ['without its version', 'DELETE FROM versions', 'stackrox-migrating'],
  ])('%s is told apart, and nothing is published', async (_name, damage, code) => {
    await restored.write(plainWorld([['CVE-1']]));
    const session = await openSession(client, source);
    await poll(restored, session);
    const broken = await worldDatabaseForBreaking(damage);
    await expect(poll(broken, session)).rejects.toMatchObject({ code });
    expect(await versionNow()).toBe(1);
  });
});

const spares = await Promise.all([1, 2, 3].map(() => worldDatabaseForTest(centralShapes[3]!)));

async function worldDatabaseForBreaking(damage: string): Promise<WorldDatabase> {
  const spare = spares.pop()!;
  await spare.write(plainWorld([['CVE-1']]));
  await spare.admin.query(damage);
  return spare;
}

describe('the history', () => {
  it('tells what appeared, went and came back in an image', async () => {
    const states = [
      ['CVE-1', 'CVE-2'],
      ['CVE-2', 'CVE-3'],
      ['CVE-1', 'CVE-2'],
      ['CVE-1', 'CVE-2', 'CVE-4'],
    ];
    await current!.write(plainWorld([states[0]!]));
    let session = await openSession(client, source);
    await poll(current!, session);
    for (let at = 1; at < states.length; at += 1) {
      await current!.change(plainWorld([states[at - 1]!]), plainWorld([states[at]!]));
      // What coincides with new numbers is told, too.
      session = at === 2 ? await openSession(client, source, true) : session;
      await poll(current!, session, { now: () => new Date((worldNow + at) * 1000) });
    }
    const { rows } = await client.query(
      'SELECT at, appeared, gone, returned FROM image_history WHERE source = $1 ORDER BY at',
      [source],
    );
    expect(rows).toEqual([
      { at: new Date((worldNow + 1) * 1000), appeared: ['CVE-3'], gone: ['CVE-1'], returned: [] },
      { at: new Date((worldNow + 2) * 1000), appeared: ['CVE-1'], gone: ['CVE-3'], returned: ['CVE-1'] },
      { at: new Date((worldNow + 3) * 1000), appeared: ['CVE-4'], gone: [], returned: [] },
    ]);
  });

  it('tells when an image began and ceased to run in a namespace, and began again', async () => {
    const whole = plainWorld([['CVE-1'], ['CVE-2']]);
    const without: World = { ...whole, deployments: whole.deployments.slice(0, 1) };
    await current!.write(whole);
    const session = await openSession(client, source);
    const moments = [whole, without, without, whole];
    for (const [at, world] of moments.entries()) {
      await current!.change(moments[at - 1] ?? whole, world);
      await poll(current!, session, { now: () => new Date((worldNow + at) * 1000) });
    }
    const at = (offset: number) => new Date((worldNow + offset) * 1000);
    const { rows } = await client.query(
      'SELECT namespace, cluster_name, appeared_at, gone_at FROM workload_history WHERE source = $1 ORDER BY ref, appeared_at',
      [source],
    );
    const place = { namespace: 'shop', cluster_name: 'east' };
    expect(rows.toSorted((a, b) => a.appeared_at - b.appeared_at || Number(a.gone_at) - Number(b.gone_at))).toEqual([
      { ...place, appeared_at: at(0), gone_at: null },
      { ...place, appeared_at: at(0), gone_at: at(1) },
      { ...place, appeared_at: at(3), gone_at: null },
    ]);
    expect((await loaded())!.imageSegment).not.toContain(0);
  });

  it('records nothing of a poll that was refused', async () => {
    await current!.write(plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3']]));
    const session = await openSession(client, source);
    await poll(current!, session);
    await current!.change(plainWorld([['CVE-1'], ['CVE-2'], ['CVE-3']]), plainWorld([['CVE-1'], [], []]));
    expect((await poll(current!, session, { maxShrinkPercent: 10 })).kind).toBe('refused');
    const { rows } = await client.query('SELECT 1 FROM image_history WHERE source = $1', [source]);
    expect(rows).toEqual([]);
    const { rows: ended } = await client.query(
      'SELECT 1 FROM workload_history WHERE source = $1 AND gone_at IS NOT NULL',
      [source],
    );
    expect(ended).toEqual([]);
  });
});
