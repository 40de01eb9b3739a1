import { Client } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { appDatabaseForTest } from '../database/for-test.ts';
import { keptPolls, readPolls, recordOfPoll, recordPoll, type PollRecord } from './poll-log.ts';

const { db, test } = await appDatabaseForTest();
const start = Date.parse('2026-03-01T08:00:00Z');

async function note(polls: readonly Partial<PollRecord>[]): Promise<void> {
  const client = new Client(test.url);
  await client.connect();
  for (const [minute, poll] of polls.entries()) {
    const record = { outcome: 'unchanged', milliseconds: 12.4, imagesRead: 0, version: 1, message: null, ...poll };
    await recordPoll(client, 'stackrox', { ...record, at: new Date(start + minute * 60_000) });
  }
  await client.end();
}

/** Kept polls oldest first, as outcome and minute. */
async function kept(): Promise<string[]> {
  const polls = await readPolls(db);
  return polls.toReversed().map(({ outcome, at }) => `${outcome}@${(Date.parse(at) - start) / 60_000}`);
}

beforeEach(() => db.deleteFrom('reader_polls').execute());

describe('what is kept of polls', () => {
  it('shows where a run of equal ones began and where it ended', async () => {
    const failed = { outcome: 'stackrox-unavailable', message: 'Nobody answers.' };
    await note([
      { outcome: 'published' },
      {},
      {},
      {},
      {},
      failed,
      failed,
      failed,
      {},
      { outcome: 'published', version: 2 },
      { version: 2 },
    ]);
    expect(await kept()).toEqual([
      'published@0',
      'unchanged@1',
      'unchanged@4',
      'stackrox-unavailable@5',
      'stackrox-unavailable@7',
      'unchanged@8',
      'published@9',
      'unchanged@10',
    ]);
  });

  it('never merges two versions, nor failures of different words', async () => {
    await note([
      { outcome: 'published' },
      { outcome: 'published' },
      { outcome: 'published' },
      { outcome: 'x', message: 'a' },
      { outcome: 'x', message: 'b' },
      { outcome: 'x', message: 'c' },
    ]);
    expect(await kept()).toHaveLength(6);
  });

  it('is bounded', async () => {
    await note(Array.from({ length: keptPolls + 20 }, (_, version) => ({ outcome: 'published', version })));
    const { count } = await db
      .selectFrom('reader_polls')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(keptPolls);
    const polls = await readPolls(db);
    expect([polls.length, polls[0]?.version]).toEqual([100, keptPolls + 19]);
  });

  it('names a poll that was not believed by its code', () => {
    const problem = { code: 'source-shrunk', message: 'Half is gone.', hint: 'Look.' };
    expect(recordOfPoll({ kind: 'refused', problem }, 7)).toEqual({
      outcome: 'source-shrunk',
      imagesRead: 0,
      version: 7,
      message: 'Half is gone.',
    });
    expect(recordOfPoll({ kind: 'published', version: 8, imagesRead: 3 }, 7)).toMatchObject({
      outcome: 'published',
      imagesRead: 3,
      version: 8,
    });
  });
});
