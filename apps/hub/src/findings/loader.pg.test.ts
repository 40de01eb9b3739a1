import type { PoolClient } from 'pg';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { appDatabaseForTest } from '../database/for-test.ts';
import { expectSameAnswers } from '../visibility/compare-with-naive-fixture.ts';
import { Desk } from '../visibility/desk.ts';
import {
  asTold,
  centralShapes,
  worldDatabaseForTest,
  type WorldDatabase,
} from '../visibility/small-world-central-fixture.ts';
import { smallWorld, worldNow, type World } from '../visibility/small-world-fixture.ts';
import { emptyWorkflow } from '../visibility/workflow.ts';
import { SnapshotLoader } from './loader.ts';
import { everyone, plainWorld, questions } from './plain-world-fixture.ts';
import { pollOnce, type PollOutcome } from './poll.ts';
import { openSession, type ReaderSession } from './reader-session.ts';
import type { Snapshot } from './snapshot.ts';
import { allStrings } from './string-table.ts';

const { pool } = await appDatabaseForTest();
const client: PoolClient = await pool.connect();
const second: PoolClient = await pool.connect();
afterAll(() => {
  client.release();
  second.release();
});
const [old, current, migrating] = await Promise.all(
  [centralShapes[0]!, centralShapes[3]!, centralShapes[4]!].map((shape) => worldDatabaseForTest(shape)),
);

let source = '';
let sources = 0;
beforeEach(() => {
  source = `source-${(sources += 1)}`;
});

async function poll({ central }: WorldDatabase, session: ReaderSession): Promise<PollOutcome> {
  return pollOnce({ central, client, session, maxShrinkPercent: 100, now: () => new Date(worldNow * 1000) });
}

async function loaded(loader = new SnapshotLoader(source)): Promise<Snapshot | null> {
  return (await loader.load(client)).snapshot;
}

describe('a hub that follows the versions', () => {
  const step = fc.record({
    world: smallWorld,
    keep: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    newEpoch: fc.constantFrom(false, false, true),
    isLooked: fc.boolean(),
  });

  /** The next world: some images as they were, some with other exceptions, some scanned anew. */
  const succeed = (
    before: World,
    { world, keep }: { readonly world: World; readonly keep: readonly boolean[] },
  ): World => {
    const images = world.images.map((image, at) =>
      keep[at] && before.images[at] !== undefined ? { ...before.images[at], states: image.states } : image,
    );
    const nameIn = (digest: string | null, name: string | null) => {
      const names = images.find((image) => image.digest === digest)?.names;
      return !name || names === undefined || names.includes(name) ? name : names[0]!;
    };
    const deployments = world.deployments.map((one) => ({
      ...one,
      containers: one.containers.map(({ name, digest }) => ({ name: nameIn(digest, name), digest })),
    }));
    return { ...world, images, deployments };
  };

  it.each([
    ['4.8', old!],
    ['4.11', current!],
    ['4.11, migrating', migrating!],
  ])(
    'holds the same as one that loads afresh, whatever changed in between (%s)',
    { timeout: 120_000 },
    async (_name, database) => {
      await fc.assert(
        fc.asyncProperty(smallWorld, fc.array(step, { minLength: 2, maxLength: 4 }), async (first, steps) => {
          source = `source-${(sources += 1)}`;
          const follower = new SnapshotLoader(source);
          let world = asTold(first, database.shape).world;
          await database.write(world);
          let session = await openSession(client, source);
          for (const one of steps) {
            const isRefused = (await poll(database, session)).kind === 'refused';
            // A follower that slept through some versions must arrive at the same place.
            const followed = one.isLooked ? await loaded(follower) : null;
            if (!isRefused) {
              const whole = (await loaded())!;
              if (followed !== null) expect(followed).toEqual(whole);
              expectSameAnswers(
                new Desk(whole),
                { ...asTold(world, database.shape), workflow: emptyWorkflow, viewer: everyone, now: worldNow },
                questions,
              );
              expect((await poll(database, session)).kind).toBe('unchanged');
            }
            const next = asTold(succeed(world, one), database.shape).world;
            await database.change(world, next);
            world = next;
            session = await openSession(client, source, one.newEpoch);
          }
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('a hub that loads at any moment', () => {
  it('holds one version whole while the next is being published', async () => {
    const generation = (number: number) => plainWorld(Array.from({ length: 10 }, () => [`CVE-2024-${number}`]));
    await current!.write(generation(0));
    let session = await openSession(client, source);
    await poll(current!, session);
    const loader = new SnapshotLoader(source);
    const seen: (readonly string[])[] = [];
    let isDone = false;
    const loading = (async () => {
      while (!isDone) {
        const { snapshot } = await loader.load(second);
        if (snapshot !== null) seen.push(cvesThatRun(snapshot));
      }
    })();
    for (let number = 1; number <= 12; number += 1) {
      await current!.change(generation(number - 1), generation(number));
      session = number === 6 ? await openSession(client, source, true) : session;
      await poll(current!, session);
    }
    isDone = true;
    await loading;
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every((cves) => cves.length === 1)).toBe(true);
    expect(cvesThatRun((await loaded())!)).toEqual(['CVE-2024-12']);
  });

  it.each([
    ['and looks at once', 0],
    ['and looks when as many versions came as it had seen', 1],
    ['and looks when more versions came than it had seen', 2],
  ])('follows an application database that was restored to an older version (%s)', async (_name, polls) => {
    const loader = new SnapshotLoader(source);
    const worlds = [['CVE-1'], ['CVE-3'], ['CVE-4'], ['CVE-5']].map((cves) => plainWorld([cves, ['CVE-2']]));
    await current!.write(worlds[0]!);
    await poll(current!, await openSession(client, source));
    const tables = [
      'findings_state',
      'findings_dictionary',
      'findings_segments',
      'findings_parts',
      'findings_versions',
    ];
    for (const table of tables)
      await client.query(`CREATE TEMP TABLE backup_${table} AS SELECT * FROM ${table} WHERE source = '${source}'`);
    await current!.change(worlds[0]!, worlds[1]!);
    await poll(current!, await openSession(client, source));
    expect(cvesThatRun((await loaded(loader))!)).toEqual(['CVE-2', 'CVE-3']);
    for (const table of tables) {
      await client.query(`DELETE FROM ${table} WHERE source = '${source}'`);
      await client.query(`INSERT INTO ${table} SELECT * FROM backup_${table}`);
      await client.query(`DROP TABLE backup_${table}`);
    }
    const session = await openSession(client, source);
    for (let at = 0; at < polls; at += 1) {
      await current!.change(worlds[at + 1]!, worlds[at + 2]!);
      expect((await poll(current!, session)).kind).toBe('published');
    }
    expect(await loaded(loader)).toEqual(await loaded());
  });
});

function cvesThatRun(snapshot: Snapshot): string[] {
  return allStrings(snapshot.cves)
    .filter((_, cve) => snapshot.cveSegmentStart[cve + 1]! > snapshot.cveSegmentStart[cve]!)
    .toSorted();
}
