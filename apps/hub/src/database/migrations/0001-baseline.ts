import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { feedTables } from './0001/feeds.ts';
import { operationTables } from './0001/operations.ts';
import { peopleTables } from './0001/people.ts';
import { workflowRevision } from './0001/revision.ts';
import { workflowTables } from './0001/workflow.ts';

/**
 * The tables of the reference system under their own names, so that tools and reports written for it keep working,
 * with its known weaknesses repaired: time zones, one settings row, unique escalations, authors that can be removed.
 */
export const baseline: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const part of [peopleTables, workflowTables, operationTables, feedTables, workflowRevision]) {
      await sql.raw(part).execute(db);
    }
  },
};
