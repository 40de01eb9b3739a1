import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Static } from 'typebox';
import type { EpssEntry, KevEntry, SourceStatus } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';

/** What CISA says about a CVE, or null: it is not in the catalogue. */
export async function readKnownExploited(
  db: Kysely<AppDatabase>,
  cveId: string,
): Promise<Static<typeof KevEntry> | null> {
  const row = await db
    .selectFrom('known_exploited')
    .select(['name', 'required_action', 'ransomware', 'catalog_version'])
    .select([sql<string | null>`date_added::text`.as('date_added'), sql<string | null>`due_date::text`.as('due_date')])
    .where('cve_id', '=', cveId)
    .executeTakeFirst();
  return row ?? null;
}

/** The feed's own score of a CVE. */
export interface StoredEpss {
  readonly probability: number;
  readonly percentile: number | null;
  readonly modelVersion: string | null;
  readonly scoreDate: string | null;
}

/** What FIRST's feed says about a CVE, or null: it does not know it, which is not a score of 0. */
export async function readEpssScore(db: Kysely<AppDatabase>, cveId: string): Promise<StoredEpss | null> {
  const row = await db.selectFrom('epss_scores').selectAll().where('cve_id', '=', cveId).executeTakeFirst();
  if (row === undefined) return null;
  return {
    probability: rounded(row.probability),
    percentile: row.percentile === null ? null : rounded(row.percentile),
    modelVersion: row.model_version,
    scoreDate: row.score_date,
  };
}

/** The feed's own scores of several CVEs, by id; those it does not know are left out. */
export async function readEpssScores(db: Kysely<AppDatabase>, cveIds: readonly string[]): Promise<EpssEntry[]> {
  const rows = await db
    .selectFrom('epss_scores')
    .selectAll()
    .where('cve_id', '=', sql<string>`any(${[...cveIds]}::text[])`)
    .orderBy('cve_id')
    .execute();
  return rows.map((row) => ({
    ...row,
    probability: rounded(row.probability),
    percentile: row.percentile === null ? null : rounded(row.percentile),
  }));
}

/** Stored as 32-bit floats: what a person sees has five decimals. */
function rounded(value: number): number {
  return Math.round(value * 100_000) / 100_000;
}

/** Which editions of the feeds are in use, as the source status shows them. */
export async function readFeeds(db: Kysely<AppDatabase>): Promise<Pick<SourceStatus, 'kev_catalog' | 'epss_feed'>> {
  const rows = await db.selectFrom('feeds').selectAll().execute();
  const kev = rows.find((row) => row.name === 'kev');
  const epss = rows.find((row) => row.name === 'epss');
  return {
    kev_catalog:
      kev === undefined
        ? null
        : { version: kev.version, released: text(kev.details['released']) ?? '', entries: kev.entries },
    epss_feed:
      epss === undefined
        ? null
        : {
            model_version: text(epss.details['model_version']),
            score_date: text(epss.details['score_date']),
            entries: epss.entries,
          },
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
