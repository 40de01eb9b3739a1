import type { ClientBase } from 'pg';
import type { Kysely } from 'kysely';
import type { SourcePoll } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import type { PollOutcome } from './poll.ts';
import type { SourceProblem } from './store.ts';

/** One look at the source, as it is kept. */
export interface PollRecord {
  readonly at: Date;
  /** `published`, `unchanged`, or the code of what went wrong. */
  readonly outcome: string;
  readonly milliseconds: number;
  readonly imagesRead: number;
  readonly version: number;
  readonly message: string | null;
}

/** Polls kept per source. */
export const keptPolls = 500;
/** Polls an answer lists. */
const listedPolls = 100;
const maxMessage = 1_000;

/** How a poll is kept. `version` is what was published before, for polls that published nothing. */
export function recordOfPoll(outcome: PollOutcome, version: number): Omit<PollRecord, 'at' | 'milliseconds'> {
  switch (outcome.kind) {
    case 'published':
      return { outcome: 'published', imagesRead: outcome.imagesRead, version: outcome.version, message: null };
    case 'unchanged':
      return { outcome: 'unchanged', imagesRead: 0, version: outcome.version, message: null };
    case 'refused':
      return recordOfProblem(outcome.problem, version);
  }
}

/** How a poll that failed or was not believed is kept. */
export function recordOfProblem(
  { code, message }: SourceProblem,
  version: number,
): Omit<PollRecord, 'at' | 'milliseconds'> {
  return { outcome: code, imagesRead: 0, version, message };
}

/**
 * Notes a poll. Of a run of equal polls (nothing changed, or the same failure again and again) the first and the newest are kept, so
 * that a quiet night or a long outage shows its beginning and its end and pushes nothing out of the history.
 */
export async function recordPoll(client: ClientBase, source: string, poll: PollRecord): Promise<void> {
  const { at, outcome, version } = poll;
  const message = poll.message?.slice(0, maxMessage) ?? null;
  const milliseconds = Math.round(poll.milliseconds);
  const { rows } = await client.query<{ id: string; same: boolean }>(
    `select id, outcome = $2 and outcome <> 'published' and version = $3 and message is not distinct from $4 as same
     from reader_polls where source = $1 order by id desc limit 2`,
    [source, outcome, version, message],
  );
  const [last, before] = rows;
  if (last?.same === true && before?.same === true) {
    await client.query('update reader_polls set at = $2, milliseconds = $3 where id = $1', [last.id, at, milliseconds]);
    return;
  }
  await client.query(
    `insert into reader_polls (source, at, outcome, milliseconds, images_read, version, message) values ($1, $2, $3, $4, $5, $6, $7)`,
    [source, at, outcome, milliseconds, poll.imagesRead, version, message],
  );
  await client.query(
    `delete from reader_polls where source = $1 and id <= (
       select id from reader_polls where source = $1 order by id desc offset ${keptPolls} limit 1)`,
    [source],
  );
}

/** The newest polls of all sources, newest first. */
export async function readPolls(db: Kysely<AppDatabase>): Promise<SourcePoll[]> {
  const rows = await db
    .selectFrom('reader_polls')
    .select(['at', 'outcome', 'milliseconds', 'images_read', 'version', 'message'])
    .orderBy('id', 'desc')
    .limit(listedPolls)
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString(), version: Number(row.version) }));
}
