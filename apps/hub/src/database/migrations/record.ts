import type { Migration } from 'kysely/migration';
import { baseline } from './0001-baseline.ts';
import { findings } from './0002-findings.ts';
import { consoleTables } from './0003-console.ts';
import { versionTables } from './0004-versions.ts';
import { admissionTables } from './0005-admission.ts';

/**
 * Every version of the tables by name, oldest first. Forward only: a migration that has been released is never edited;
 * what it got wrong is corrected by the next one.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-baseline': baseline,
  '0002-findings': findings,
  '0003-console': consoleTables,
  '0004-versions': versionTables,
  '0005-admission': admissionTables,
};
