import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appDatabaseForTest } from '../database/for-test.ts';
import { SnapshotLoader } from '../findings/loader.ts';
import { pollOnce } from '../findings/poll.ts';
import { openSession } from '../findings/reader-session.ts';
import { expectSameAnswers } from './compare-with-naive-fixture.ts';
import { Desk } from './desk.ts';
import { judgeAll, occurrencesOf, type Asked } from './naive-oracle-fixture.ts';
import { smallFilter, smallImageQuery, smallListQuery, smallViewer, smallWorkflow } from './small-asks-fixture.ts';
import { asTold, centralShapes, worldDatabaseForTest, type WorldDatabase } from './small-world-central-fixture.ts';
import { smallWorld, worldNow, type World } from './small-world-fixture.ts';
import { askSql, type SqlCve } from './sql-oracle-fixture.ts';
import type { ScopeFilter } from './reach.ts';

const worldsPerShape = 75;
const { pool } = await appDatabaseForTest();
const databases = await Promise.all(centralShapes.map((shape) => worldDatabaseForTest(shape)));
let sources = 0;

/** Reads the world as the product does, from Central through the application database to a desk; null when it was refused as empty. */
async function deskOf(database: WorldDatabase, world: World): Promise<Desk | null> {
  await database.write(world);
  const client = await pool.connect();
  try {
    const source = `world-${(sources += 1)}`;
    const session = await openSession(client, source);
    const now = () => new Date(worldNow * 1000);
    const outcome = await pollOnce({ central: database.central, client, session, maxShrinkPercent: 100, now });
    if (outcome.kind === 'refused') {
      expect(outcome.problem.code).toBe('source-empty');
      return null;
    }
    const { snapshot } = await new SnapshotLoader(source).load(client);
    return new Desk(snapshot!);
  } finally {
    client.release();
  }
}

function expectSqlAgrees(asked: Asked, filter: ScopeFilter, sql: readonly SqlCve[]): void {
  const naive = judgeAll(asked, filter).map((one): Omit<SqlCve, 'covered' | 'total'> => ({
    cve_id: one.cve,
    severity: one.severity,
    cvss: one.cvss,
    epss: one.epss,
    fixable: one.fixable,
    first_seen: one.firstSeen,
    images: new Set(one.occurrences.map(({ imageName, image }) => `${imageName} ${image.digest}`)).size,
    deployments: new Set(one.occurrences.map(({ deployment }) => deployment.id)).size,
    passes: one.passes,
    suppressed: one.suppressed,
  }));
  const counted = sql.map(({ covered: _covered, total: _total, ...rest }) => rest);
  expect(counted).toEqual(naive.toSorted((a, b) => (a.cve_id < b.cve_id ? -1 : 1)));
}

describe.each(databases.map((database) => [database.shape.name, database] as const))(
  'StackRox %s',
  (_name, database) => {
    it('is read and shown as the reference and SQL say', { timeout: 120_000 }, async () => {
      const question = fc.record({
        world: smallWorld,
        workflow: smallWorkflow({ plain: true }),
        viewers: fc.array(smallViewer, { minLength: 3, maxLength: 3 }),
        list: smallListQuery,
        images: smallImageQuery,
        filter: smallFilter,
      });
      const property = fc.asyncProperty(question, async ({ world, workflow, viewers, list, images, filter }) => {
        const desk = await deskOf(database, asTold(world, database.shape).world);
        for (const viewer of viewers) {
          const asked: Asked = { ...asTold(world, database.shape), workflow, viewer, now: worldNow };
          expectSqlAgrees(asked, filter, await askSql(database.admin, database.shape, { asked, filter }));
          if (desk === null) {
            expect(occurrencesOf(asked, {}, 'any')).toEqual([]);
          } else {
            expectSameAnswers(desk, asked, { list, images, filter });
          }
        }
      });
      await fc.assert(property, { numRuns: worldsPerShape });
    });
  },
);
