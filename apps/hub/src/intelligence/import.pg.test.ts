import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { appDatabaseForTest } from '../database/for-test.ts';
import { readWorkflowRevision } from '../visibility/workflow-store.ts';
import type { EpssScore } from './epss.ts';
import { importEpss, importKev } from './import.ts';
import type { KevCatalog } from './kev.ts';
import { loadFeeds } from './load.ts';
import { readEpssScore, readFeeds, readKnownExploited } from './store.ts';

const { db } = await appDatabaseForTest();
const folder = await mkdtemp(join(tmpdir(), 'feeds-'));
afterAll(() => rm(folder, { recursive: true }));
const now = new Date('2026-09-01T00:00:00Z');
const kevFile = fileURLToPath(new URL('../../../../data/kev-sample.json', import.meta.url));
const epssFile = fileURLToPath(new URL('../../../../data/epss-sample.csv', import.meta.url));

function kev(version: string, count: number): KevCatalog {
  const entries = Array.from({ length: count }, (_, index) => ({
    cveId: `CVE-2026-${10_000 + index}`,
    name: 'n',
    dateAdded: '2026-01-02',
    dueDate: '2026-01-05',
    requiredAction: 'patch',
    ransomware: null,
  }));
  return { version, released: `2026-${version}T00:00:00.000Z`, entries };
}

async function* scores(count: number, fail = false): AsyncGenerator<EpssScore> {
  for (let index = 0; index < count; index += 1)
    yield await Promise.resolve({ cveId: `CVE-2026-${10_000 + index}`, probability: 0.1, percentile: null });
  if (fail) throw new Error('the disk broke');
}

describe('taking over the KEV catalogue', () => {
  it('tells caches that what people see has changed, and only then', async () => {
    const before = await readWorkflowRevision(db);
    expect(await importKev(db, kev('01-01', 10), now)).toEqual({ kind: 'imported', version: '01-01', entries: 10 });
    const after = await readWorkflowRevision(db);
    expect(after).not.toBe(before);
    expect((await importKev(db, kev('01-01', 10), now)).kind).toBe('unchanged');
    expect(await readWorkflowRevision(db)).toBe(after);
    expect(await readKnownExploited(db, 'CVE-2026-10003')).toMatchObject({
      date_added: '2026-01-02',
      due_date: '2026-01-05',
      catalog_version: '01-01',
    });
  });

  it('refuses one that lost more than half, and keeps the old', async () => {
    await expect(importKev(db, kev('01-02', 4), now)).rejects.toMatchObject({
      code: 'feed-shrunk',
      values: { before: 10, after: 4 },
    });
    expect((await readFeeds(db)).kev_catalog).toMatchObject({ version: '01-01', entries: 10 });
    expect(await readKnownExploited(db, 'CVE-2026-10009')).not.toBeNull();
    expect((await importKev(db, kev('01-03', 5), now)).kind).toBe('imported');
    expect(await readKnownExploited(db, 'CVE-2026-10009')).toBeNull();
  });

  it('does not go back to an older edition, as a replica that starts later would', async () => {
    expect((await importKev(db, kev('01-01', 10), now)).kind).toBe('older');
  });

  it('is done once when replicas start together', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => importKev(db, kev('01-04', 6), now)));
    expect(outcomes.map((one) => one.kind).sort()).toEqual(['imported', 'unchanged', 'unchanged']);
  });
});

describe('taking over EPSS scores', () => {
  it('is all or nothing', async () => {
    expect(
      await importEpss(db, { modelVersion: 'v1', scoreDate: '2026-01-01', rows: scores(6_000) }, now),
    ).toMatchObject({ kind: 'imported', entries: 6_000 });
    await expect(
      importEpss(db, { modelVersion: 'v1', scoreDate: '2026-01-02', rows: scores(5_500, true) }, now),
    ).rejects.toThrow('the disk broke');
    await expect(
      importEpss(db, { modelVersion: 'v1', scoreDate: '2026-01-02', rows: scores(100) }, now),
    ).rejects.toMatchObject({ code: 'feed-shrunk' });
    expect((await readFeeds(db)).epss_feed).toEqual({ model_version: 'v1', score_date: '2026-01-01', entries: 6_000 });
    expect(await readEpssScore(db, 'CVE-2026-15999')).toEqual({
      probability: 0.1,
      percentile: null,
      modelVersion: 'v1',
      scoreDate: '2026-01-01',
    });
  });

  it('says of an unknown CVE that it is unknown, not that its score is 0', async () => {
    expect(await readEpssScore(db, 'CVE-1999-0001')).toBeNull();
  });

  it('refuses a file that scores a CVE twice', async () => {
    async function* twice(): AsyncGenerator<EpssScore> {
      yield* scores(6_000);
      yield* scores(1);
    }
    await expect(
      importEpss(db, { modelVersion: 'v2', scoreDate: '2026-02-01', rows: twice() }, now),
    ).rejects.toMatchObject({ code: 'feed-invalid' });
  });
});

describe('loading feeds from files', () => {
  it('reads the real ones, packed or not', async () => {
    await db.deleteFrom('feeds').execute();
    const packed = join(folder, 'epss.csv.gz');
    await writeFile(
      packed,
      gzipSync(
        `#model_version:v2026.06.15,score_date:2026-08-08T12:02:54Z\ncve,epss,percentile\nCVE-2021-44228,0.94358,0.99958\n`,
      ),
    );
    expect(await loadFeeds(db, { kev: kevFile, epss: packed }, now)).toMatchObject({
      kev: { kind: 'imported', entries: 1653 },
      epss: { kind: 'imported', entries: 1 },
    });
    expect(await readEpssScore(db, 'CVE-2021-44228')).toMatchObject({ probability: 0.94358, percentile: 0.99958 });
    await db.deleteFrom('feeds').execute();
    expect(await loadFeeds(db, { kev: undefined, epss: epssFile }, now)).toMatchObject({
      kev: { kind: 'not-configured' },
      epss: { kind: 'imported', entries: 1555 },
    });
  });

  it('reports what it cannot use and works on', async () => {
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{"catalogVersion":');
    const outcome = await loadFeeds(db, { kev: broken, epss: join(folder, 'missing.csv') }, now);
    expect(outcome).toMatchObject({
      kev: { kind: 'failed', fault: { code: 'feed-invalid' } },
      epss: { kind: 'failed', fault: { code: 'feed-invalid' } },
    });
    expect(await readKnownExploited(db, 'CVE-2021-44228')).not.toBeNull();
    const cut = join(folder, 'cut.csv.gz');
    await writeFile(
      cut,
      gzipSync(`#model_version:v9,score_date:2027-01-01\ncve,epss\n${'CVE-2021-44228,0.1\n'.repeat(1_000)}`).subarray(
        0,
        60,
      ),
    );
    expect((await loadFeeds(db, { kev: undefined, epss: cut }, now)).epss).toMatchObject({
      kind: 'failed',
      fault: { code: 'feed-invalid' },
    });
  });
});
