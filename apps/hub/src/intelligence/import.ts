import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import type { AppDatabase } from '../database/schema.ts';
import { hubFault } from '../errors.ts';
import type { EpssFeed, EpssScore } from './epss.ts';
import type { KevCatalog } from './kev.ts';

/** A feed that lost more than this share of its entries was cut somewhere on its way, whatever it says itself. */
const largestLoss = 0.5;
const batchSize = 5_000;

/** How an import ended. `older`: a newer edition is in use already, for instance from another replica. */
export type ImportOutcome =
  | { readonly kind: 'imported'; readonly version: string; readonly entries: number }
  | { readonly kind: 'unchanged' | 'older'; readonly version: string; readonly entries: number };

type Feed = 'kev' | 'epss';

/** An edition of a feed, as `feeds` remembers it. */
interface Edition {
  readonly feed: Feed;
  readonly version: string;
  /** Orders editions; ISO 8601. */
  readonly released: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Takes over an edition of the KEV catalogue, all or nothing, unless this or a newer one is in use.
 *
 * @throws Fault `feed-shrunk` when it lost more than half of its entries; the old ones stay
 */
export async function importKev(db: Kysely<AppDatabase>, catalog: KevCatalog, now: Date): Promise<ImportOutcome> {
  const edition: Edition = {
    feed: 'kev',
    version: catalog.version,
    released: catalog.released,
    details: { released: catalog.released },
  };
  return await importEdition(db, { edition, now }, async (transaction) => {
    await sql`delete from known_exploited`.execute(transaction);
    const { entries } = catalog;
    await sql`
      insert into known_exploited (cve_id, name, date_added, due_date, required_action, ransomware, catalog_version)
      select row.*, ${catalog.version}
      from unnest(${entries.map((entry) => entry.cveId)}::text[], ${entries.map((entry) => entry.name)}::text[],
        ${entries.map((entry) => entry.dateAdded)}::date[], ${entries.map((entry) => entry.dueDate)}::date[],
        ${entries.map((entry) => entry.requiredAction)}::text[], ${entries.map((entry) => entry.ransomware)}::text[]) as row`.execute(
      transaction,
    );
    return entries.length;
  });
}

/**
 * Takes over an edition of the EPSS scores, all or nothing, unless this or a newer one is in use. Rows are streamed.
 *
 * @throws Fault `feed-shrunk`, `feed-invalid` (also for a row in the middle); the old scores stay
 */
export async function importEpss(db: Kysely<AppDatabase>, feed: EpssFeed, now: Date): Promise<ImportOutcome> {
  const details = { model_version: feed.modelVersion, score_date: feed.scoreDate };
  const edition: Edition = {
    feed: 'epss',
    version: `${feed.modelVersion}@${feed.scoreDate}`,
    released: feed.scoreDate,
    details,
  };
  return await importEdition(db, { edition, now }, async (transaction) => {
    await sql`delete from epss_scores`.execute(transaction);
    let count = 0;
    for await (const batch of batches(feed.rows)) {
      await insertScores(transaction, feed, batch);
      count += batch.length;
    }
    return count;
  });
}

async function importEdition(
  db: Kysely<AppDatabase>,
  { edition, now }: { readonly edition: Edition; readonly now: Date },
  replaceRows: (transaction: Transaction<AppDatabase>) => Promise<number>,
): Promise<ImportOutcome> {
  return await db.transaction().execute(async (transaction): Promise<ImportOutcome> => {
    // Replicas start together and bring the same feed.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`pratique feed ${edition.feed}`}, 0))`.execute(
      transaction,
    );
    const inUse = await transaction.selectFrom('feeds').selectAll().where('name', '=', edition.feed).executeTakeFirst();
    if (inUse !== undefined) {
      const { version, entries } = inUse;
      if (version === edition.version) return { kind: 'unchanged', version, entries };
      if (releasedOf(inUse.details) > Date.parse(edition.released)) return { kind: 'older', version, entries };
    }
    const entries = await replaceRows(transaction);
    refuseShrunk(edition, inUse?.entries ?? 0, entries);
    const row = {
      version: edition.version,
      entries,
      loaded_at: now,
      details: JSON.stringify({ ...edition.details, released: edition.released }),
    };
    await transaction
      .insertInto('feeds')
      .values({ name: edition.feed, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
    return { kind: 'imported', version: edition.version, entries };
  });
}

/** Thrown inside the transaction, so that the rows written before are taken back. */
function refuseShrunk({ feed, version }: Edition, before: number, after: number): void {
  if (after > 0 && after >= before * (1 - largestLoss)) return;
  throw hubFault({
    code: 'feed-shrunk',
    message: `The feed ${feed} of ${version} has ${after} entries, the one in use has ${before}: it was not taken over.`,
    hint: 'Download it again. If it really shrank, delete its row from the table feeds of the application database and start again.',
    values: { feed, version, before, after },
  });
}

function releasedOf(details: Readonly<Record<string, unknown>>): number {
  const { released } = details;
  return typeof released === 'string' ? Date.parse(released) : Number.NaN;
}

async function insertScores(
  transaction: Transaction<AppDatabase>,
  feed: EpssFeed,
  batch: readonly EpssScore[],
): Promise<void> {
  const { numAffectedRows } = await sql`
    insert into epss_scores (cve_id, probability, percentile, model_version, score_date)
    select row.*, ${feed.modelVersion}, ${feed.scoreDate}
    from unnest(${batch.map((one) => one.cveId)}::text[], ${batch.map((one) => one.probability)}::real[], ${batch.map((one) => one.percentile)}::real[]) as row
    on conflict do nothing`.execute(transaction);
  if (Number(numAffectedRows) === batch.length) return;
  throw hubFault({
    code: 'feed-invalid',
    message: 'The EPSS file cannot be used: it scores a CVE twice.',
    hint: 'Download the daily file again. What was imported before stays in use.',
    values: { feed: 'epss' },
  });
}

async function* batches(rows: AsyncIterable<EpssScore>): AsyncGenerator<readonly EpssScore[]> {
  let batch: EpssScore[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
