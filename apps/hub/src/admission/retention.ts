import { sql } from 'kysely';
import type { Kysely, RawBuilder } from 'kysely';
import type { AppDatabase } from '../database/schema.ts';

/** How long and how much is kept. */
export interface Retention {
  readonly retentionDays: number;
  /** Per cluster. */
  readonly maxDecisions: number;
}

/** One run of the cleaning. */
export interface CleaningRun {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Ends the run after the statement under way. */
  readonly signal?: AbortSignal;
}

/** Rows per statement: short enough that nobody waits for its locks. */
const batchRows = 5_000;
/** Statements per run; what is left waits for the next. */
const maxBatches = 200;
/** "pratique admission", by its hash: of several replicas one cleans up. */
const lock = sql`pg_try_advisory_xact_lock(hashtext('pratique-admission-retention'))`;

/**
 * Removes what is older than the retention, and of clusters with more than the maximum the oldest; gates that were not heard of for
 * as long are forgotten, too.
 *
 * @returns how many decisions were removed
 */
export async function removeOldDecisions(
  db: Kysely<AppDatabase>,
  { retentionDays, maxDecisions }: Retention,
  { now, signal }: CleaningRun,
): Promise<number> {
  const before = new Date(now - retentionDays * 86_400_000);
  let removed = await inBatches(db, sql`select id from admission_decisions where at < ${before} order by at`, signal);
  const clusters = await db.selectFrom('admission_gates').select('cluster_name').distinct().execute();
  for (const { cluster_name: cluster } of clusters) {
    removed += await inBatches(
      db,
      sql`select id from admission_decisions where cluster_name = ${cluster} order by at desc, id desc offset ${maxDecisions}`,
      signal,
    );
  }
  await db.deleteFrom('admission_gates').where('last_report_at', '<', before).execute();
  return removed;
}

async function inBatches(
  db: Kysely<AppDatabase>,
  chosen: RawBuilder<unknown>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let removed = 0;
  for (let batch = 0; batch < maxBatches && signal?.aborted !== true; batch += 1) {
    const result = await db.transaction().execute((change) =>
      // The lock is asked for first and once: where another replica holds it, nothing is chosen.
      sql`
        with turn as materialized (select ${lock} as ours)
        delete from admission_decisions where (select ours from turn) and id in (${chosen} limit ${batchRows})`.execute(
        change,
      ),
    );
    const count = Number(result.numAffectedRows ?? 0n);
    removed += count;
    if (count < batchRows) break;
  }
  return removed;
}

/** When to clean up. */
export interface CleaningOptions {
  readonly firstMs?: number;
  readonly everyMs?: number;
  readonly clean: (signal: AbortSignal) => Promise<unknown>;
  readonly onProblem: (error: unknown) => void;
}

const firstCleaningMs = 60_000;
const cleaningMs = 3_600_000;

/** Cleans up soon after the start and every hour; a failure is told and the next turn tries again. */
export function startCleaning({ firstMs = firstCleaningMs, everyMs = cleaningMs, clean, onProblem }: CleaningOptions): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  let timer = setTimeout(turn, firstMs);
  timer.unref();
  function turn(): void {
    running = clean(stopping.signal)
      .catch(onProblem)
      .then(() => {
        if (stopping.signal.aborted) return;
        timer = setTimeout(turn, everyMs);
        timer.unref();
      });
  }
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
