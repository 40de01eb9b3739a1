/** What kept the hub from reading StackRox, in the reader's language. */
import type { SourceStatus } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';

/** Problems that have a sentence of their own. The hub's message, in English, names hosts and tables besides. */
const known = [
  'source-empty',
  'source-shrunk',
  'stackrox-unavailable',
  'stackrox-busy',
  'stackrox-auth-failed',
  'stackrox-database-missing',
  'stackrox-timeout',
  'stackrox-tls',
  'stackrox-permission-denied',
  'stackrox-schema-unsupported',
  'stackrox-empty',
  'stackrox-migrating',
] as const;

/** One sentence about a problem, whatever its code. */
export function problemText(problem: NonNullable<SourceStatus['problem']>, t: TFunction): string {
  const code = known.find((one) => one === problem.code);
  return code === undefined ? t('source.problem.other') : t(`source.problem.${code}`);
}
