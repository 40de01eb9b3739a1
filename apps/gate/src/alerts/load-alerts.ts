/** Alerts as the mounted files say: the document, templates beside it, addresses in Secrets. */
import { join } from 'node:path';
import { describeProblems, parseAlerting } from '@pratique/policy';
import type { Alerting } from '@pratique/policy';
import { readConfined } from '../configuration/confined-file.ts';
import { gateFault } from '../errors.ts';
import { createAlerts } from './alerts.ts';
import type { AlertOptions, RunningAlerts } from './alerts.ts';
import { shippedTemplates } from './shipped-templates.ts';

/** Where the files are, and what alerts need besides. */
export interface AlertFiles extends Omit<AlertOptions, 'document' | 'template' | 'readSecret'> {
  /** Of `config.yaml` and `templates/<name>.json`. */
  readonly folder: string;
  /** Of `<secret>/<key>`. */
  readonly secretsFolder: string;
}

const file = 'config.yaml';

/**
 * Reads everything; sends nothing yet.
 *
 * @returns undefined where nobody is to be told
 * @throws Fault `alerting-invalid` with every mistake; those of reading files
 */
export async function loadAlerts(files: AlertFiles): Promise<RunningAlerts | undefined> {
  const { folder, secretsFolder } = files;
  const text = await readConfined({ base: folder, names: [file], what: 'the alerting document' });
  const parsed = parseAlerting(text ?? '');
  for (const line of describeProblems(parsed.warnings, { file: join(folder, file) }).split('\n'))
    if (line.trim() !== '') files.onWarning(line);
  if (parsed.state === 'invalid')
    throw gateFault({
      code: 'alerting-invalid',
      message: `The alerting document cannot be used:\n${describeProblems(parsed.problems, { file }).trimEnd()}`,
      hint: 'Correct what is named; each mistake says what is allowed.',
      values: { problems: parsed.problems },
    });
  const document = parsed.alerting;
  if (document.admitRequest.length + document.rejectRequest.length === 0) return undefined;
  const templates = await readTemplates(join(folder, 'templates'), document);
  return createAlerts({
    ...files,
    document,
    template: (name) => templates.get(name),
    readSecret: async (name, key) => {
      const what = `key ${key} of secret ${name}`;
      return (await readConfined({ base: secretsFolder, names: [name, key], what })) ?? '';
    },
  });
}

/** Files first: a template that was changed has the name of the one it replaces. */
async function readTemplates(base: string, document: Alerting): Promise<ReadonlyMap<string, string>> {
  const names = new Set([...document.admitRequest, ...document.rejectRequest].map(({ template }) => template));
  const found = new Map<string, string>();
  for (const name of names) {
    const own = await readConfined({ base, names: [`${name}.json`], what: `the template ${name}` });
    const text = own ?? shippedTemplates.get(name);
    if (text !== undefined) found.set(name, text);
  }
  return found;
}
