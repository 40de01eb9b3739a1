import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { isFault } from '@pratique/runtime/fault';
import { recordOfPoll, recordOfProblem, recordPoll } from './poll-log.ts';
import { pollOnce, type PollOptions, type PollOutcome } from './poll.ts';
import { openSession, type ReaderSession } from './reader-session.ts';
import type { SourceProblem } from './store.ts';

/** A connection to the application database that nobody else uses: the lock of the elected reader lives in its session. */
export interface LockConnection {
  readonly client: ClientBase;
  /** Called once; ends the session and with it the lock. */
  close(): Promise<void>;
}

/** What happens in a reader, for the program's log and metrics. */
export type ReaderEvent =
  | { readonly kind: 'elected' | 'waiting' | 'stopped' }
  | { readonly kind: 'progress'; readonly read: number; readonly total: number }
  | { readonly kind: 'poll'; readonly outcome: PollOutcome; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly problem: SourceProblem; readonly error: unknown };

export interface ReaderOptions extends Pick<PollOptions, 'central' | 'force' | 'maxShrinkPercent' | 'now'> {
  readonly source: string;
  readonly connect: () => Promise<LockConnection>;
  readonly intervalSeconds: number;
  /** How soon a reader in waiting looks whether the elected one is gone. */
  readonly standbySeconds: number;
  readonly report: (event: ReaderEvent) => void;
}

export interface Reader {
  /** Ends after the statement that runs now; what was staged stays for the next reader. */
  stop(): Promise<void>;
}

/** Facts beyond this multiple of those in the first version of an epoch mean that most are dead: time to number anew. */
const renumberFactor = 4;
const renumberSlack = 200_000;

/**
 * Polls a source for as long as this process is the elected reader of the installation; stands by while another is. Every failure is
 * recorded with its cause and the last version stays; the reader never gives up.
 */
export function startReader(options: ReaderOptions): Reader {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
      options.report({ kind: 'stopped' });
    },
  };
}

async function run(options: ReaderOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const connection = await options.connect();
      try {
        await serveWhileConnected(options, connection.client, signal);
      } finally {
        await connection.close();
      }
    } catch (error) {
      options.report({ kind: 'failed', problem: problemOf(error), error });
    }
    await pause(options.standbySeconds, signal);
  }
}

/** Advisory locks are numbers: this one is "pratique reader", the source told by its hash. */
const lockStatement = `select pg_try_advisory_lock(hashtext('pratique-findings-reader'), hashtext($1)) as elected`;

async function serveWhileConnected(options: ReaderOptions, client: ClientBase, signal: AbortSignal): Promise<void> {
  const { rows } = await client.query<{ elected: boolean }>(lockStatement, [options.source]);
  if (rows[0]?.elected !== true) {
    options.report({ kind: 'waiting' });
    return;
  }
  options.report({ kind: 'elected' });
  let session = await openSession(client, options.source);
  while (!signal.aborted) {
    const begun = { at: options.now(), started: performance.now() };
    try {
      session = await renumberedIfWorn(client, session);
      await pollAndNote(options, { client, session, signal, ...begun });
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      const problem = problemOf(error);
      options.report({ kind: 'failed', problem, error });
      // A connection that is gone throws here, and with it went the lock: stand for election again.
      await recordProblem(client, options, problem);
      await recordPoll(client, options.source, {
        ...recordOfProblem(problem, session.state?.version ?? 0),
        ...took(begun),
      });
      session = await openSession(client, options.source);
    }
    await pause(options.intervalSeconds, signal);
  }
}

interface Begun {
  readonly at: Date;
  /** By the monotonic clock, in milliseconds. */
  readonly started: number;
}

function took({ at, started }: Begun): { readonly at: Date; readonly milliseconds: number } {
  return { at, milliseconds: performance.now() - started };
}

interface PollTurn extends Begun {
  readonly client: ClientBase;
  readonly session: ReaderSession;
  readonly signal: AbortSignal;
}

async function pollAndNote(options: ReaderOptions, turn: PollTurn): Promise<void> {
  const { client, session, signal } = turn;
  const onProgress = (progress: { read: number; total: number }) => options.report({ kind: 'progress', ...progress });
  const outcome = await pollOnce({ ...options, client, session, onProgress, signal });
  if (outcome.kind === 'refused') {
    await recordProblem(client, options, outcome.problem);
  }
  const record = { ...recordOfPoll(outcome, session.state?.version ?? 0), ...took(turn) };
  await recordPoll(client, options.source, record);
  options.report({ kind: 'poll', outcome, milliseconds: record.milliseconds });
}

/** Starts a new epoch when facts that nothing refers to any more outnumber the living ones. */
async function renumberedIfWorn(client: ClientBase, session: ReaderSession): Promise<ReaderSession> {
  const born = session.state?.counts['facts_at_start'] ?? session.state?.counts['facts'] ?? 0;
  const isWorn =
    session.epoch === session.state?.epoch &&
    session.dictionaries.counts().fact > born * renumberFactor + renumberSlack;
  return isWorn ? openSession(client, session.source, true) : session;
}

async function recordProblem(client: ClientBase, options: ReaderOptions, problem: SourceProblem): Promise<void> {
  await client.query(
    `insert into findings_state (source, epoch, version, last_poll_at, last_poll_outcome, problem) values ($1, 1, 0, $2, $3, $4)
     on conflict (source) do update set last_poll_at = excluded.last_poll_at, last_poll_outcome = excluded.last_poll_outcome,
       problem = excluded.problem`,
    [options.source, options.now(), problem.code, JSON.stringify(problem)],
  );
}

/** What to tell people of an error: a fault speaks for itself, anything else is a defect and shows no inside. */
function problemOf(error: unknown): SourceProblem {
  return isFault(error)
    ? { code: error.code, message: error.message, hint: error.hint }
    : {
        code: 'reader-failed',
        message: 'The reader failed for a reason it does not know.',
        hint: 'The log of the hub holds the details.',
      };
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
