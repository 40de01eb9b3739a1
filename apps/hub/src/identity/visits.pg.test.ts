import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { appDatabaseForTest } from '../database/for-test.ts';
import type { Claim } from './claim.ts';
import { nothingDropped } from './claim.ts';
import { createUsers } from './users.ts';
import { readPreviousVisit } from './visits.ts';

const { db } = await appDatabaseForTest();
const minute = 60_000;
const start = Date.parse('2026-03-01T08:00:00Z');

function claimOf(userId: string): Claim {
  return {
    userId,
    username: userId,
    email: `${userId}@example.com`,
    emailIsReal: true,
    role: 'team_member',
    wildcard: false,
    pairs: [],
    reach: { kind: 'pairs', pairs: [] },
    keyName: null,
    contacts: [],
    dropped: nothingDropped,
  };
}

/** Comes at each of these minutes after the start and tells what was the previous visit each time, in minutes after the start. */
async function comeAt(userId: string, minutes: readonly number[]): Promise<(number | null)[]> {
  let now = start;
  const users = createUsers(db, () => now);
  const told: (number | null)[] = [];
  for (const at of minutes) {
    now = start + at * minute;
    // The memory of recent statements looks at the clock once per real millisecond.
    await delay(5);
    await users.provision(claimOf(userId));
    const previous = await readPreviousVisit(db, userId);
    told.push(previous === null ? null : (previous - start) / minute);
  }
  return told;
}

describe('the previous visit', () => {
  it('is nothing at the first visit, however long that lasts', async () => {
    expect(await comeAt('first', [0, 6, 50, 100, 140])).toEqual([null, null, null, null, null]);
  });

  it('is when somebody was last seen before an hour of silence', async () => {
    expect(await comeAt('returning', [0, 30, 100, 130, 60 * 24])).toEqual([null, null, 30, 30, 130]);
  });

  it('does not move with requests in quick succession', async () => {
    expect(await comeAt('busy', [0, 1, 2, 3, 70, 71, 72])).toEqual([null, null, null, null, 0, 0, 0]);
  });

  it('is unknown of somebody who never came', async () => {
    expect(await readPreviousVisit(db, 'nobody')).toBeNull();
  });
});
