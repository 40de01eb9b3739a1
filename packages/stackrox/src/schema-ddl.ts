import { readFileSync } from 'node:fs';
import type { CentralRelease } from './schema.ts';

/**
 * Door for test beds and demonstrations only: the tables of Central, so that they can be made in an empty
 * database. Production code of this package never creates or changes anything.
 */

/** What `versions` holds in each release: the migration number and a plausible release string. */
export const releaseVersions: Readonly<Record<CentralRelease, { readonly seqnum: number; readonly version: string }>> =
  {
    '4.8': { seqnum: 211, version: '4.8.4' },
    '4.9': { seqnum: 213, version: '4.9.3' },
    '4.10': { seqnum: 220, version: '4.10.2' },
    '4.11': { seqnum: 225, version: '4.11.2' },
    next: { seqnum: 226, version: '4.12.0-dev' },
  };

const deltas: Readonly<Record<CentralRelease, readonly string[]>> = {
  '4.8': ['to-4.10', 'to-4.9', 'to-4.8'],
  '4.9': ['to-4.10', 'to-4.9'],
  '4.10': ['to-4.10'],
  '4.11': [],
  next: ['to-next'],
};

/**
 * The SQL texts that create the tables of `release` in an empty database, to be run in this order. Each
 * text holds several statements separated by semicolons. The table `versions` stays empty; see {@link
 * releaseVersions}.
 */
export function schemaStatements(release: CentralRelease): readonly string[] {
  const files = ['stackrox-schema.sql', ...deltas[release].map((delta) => `stackrox-schema-${delta}.sql`)];
  return files.map((file) => readFileSync(new URL(`../schema/${file}`, import.meta.url), 'utf8'));
}
