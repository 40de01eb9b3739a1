import { DatabaseError, Pool } from 'pg';
import type { ReferencePage, ReferenceStatement } from './reference-queries.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';

/** Runs pages of the reference system against one database. */
export interface Reference extends AsyncDisposable {
  /** Measures a page; `pageOf` gets the number of the run. */
  time(pageOf: (run: number) => ReferencePage, effort: ReferenceEffort): Promise<Timing>;
  /** The CVEs of the first list page of a scope, for the statements that follow it. */
  rows(statement: ReferenceStatement): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** How long a page of the reference may keep the bench. */
export interface ReferenceEffort {
  /** Repeat until this much time is used up … */
  readonly boxMs: number;
  /** … or this often. */
  readonly most: number;
  /** A page that takes longer is ended; its time is then a lower bound. */
  readonly capMs: number;
}

/** A first run longer than this share of the box counts itself; a shorter one was for warming. */
const quickShare = 0.3;

/** Connects to a fleet. */
export function openReference(url: string): Reference {
  const pool = new Pool({ connectionString: url, max: 3, application_name: 'bench-reference' });
  pool.on('error', () => undefined);

  async function run(page: ReferencePage, capMs: number): Promise<{ readonly ms: number; readonly isWhole: boolean }> {
    const started = performance.now();
    const waiting = [...page.statements];
    let isWhole = true;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && isWhole; next = waiting.shift()) {
        const left = Math.ceil(capMs - (performance.now() - started));
        isWhole = left > 0 && (await send(pool, next, left)) && isWhole;
      }
    };
    await Promise.all(Array.from({ length: page.concurrency }, work));
    return { ms: performance.now() - started, isWhole };
  }

  return {
    async time(pageOf, { boxMs, most, capMs }) {
      const end = performance.now() + boxMs;
      const first = await run(pageOf(0), capMs);
      if (!first.isWhole || first.ms > quickShare * boxMs) {
        return timingOf([first.ms], !first.isWhole);
      }
      const samples: number[] = [];
      for (let no = 0; no < most && (no === 0 || performance.now() < end); no += 1) {
        samples.push((await run(pageOf(no), capMs)).ms);
      }
      return timingOf(samples);
    },
    rows: async ({ text, values }) => (await pool.query<Record<string, unknown>>({ text, values: [...values] })).rows,
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** Sends one statement and fetches all of it; false when it was ended because its time was up. */
async function send(pool: Pool, statement: ReferenceStatement, leftMs: number): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query(`SET statement_timeout = ${leftMs}`);
    await client.query({ text: statement.text, values: [...statement.values], rowMode: 'array' });
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '57014') {
      return false;
    }
    throw error;
  } finally {
    client.release();
  }
}
