import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Settings, Thresholds } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';

// numeric arrives as text; these hold at most four decimals, which float8 keeps as a person sees them.
const thresholds = [
  sql<number>`min_cvss_score::float8`.as('min_cvss_score'),
  sql<number>`min_epss_score::float8`.as('min_epss_score'),
] as const;

/** The thresholds every team's view obeys; 0/0 shows everything. Reading never writes. */
export async function readThresholds(db: Kysely<AppDatabase>): Promise<Thresholds> {
  const row = await db.selectFrom('global_settings').select(thresholds).executeTakeFirst();
  return row ?? { min_cvss_score: 0, min_epss_score: 0 };
}

/** The one row of settings, which the migrations create; null only when somebody deleted it by hand. */
export async function readSettings(db: Kysely<AppDatabase>): Promise<Settings | null> {
  const row = await db
    .selectFrom('global_settings')
    .select([
      ...thresholds,
      'id',
      'escalation_rules',
      'escalation_warning_days',
      'digest_day',
      'management_email',
      'updated_by',
      'updated_at',
    ])
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...row, escalation_rules: [...row.escalation_rules], updated_at: row.updated_at.toISOString() };
}
