/** Values files of older Connaisseurs in the layout of Connaisseur 3, with every change explained. */
import { parseDocument } from 'yaml';
import { excerpt } from '@pratique/runtime/fault';
import { gateFault } from './errors.ts';
import { convertAlerting } from './convert/alerting.ts';
import { createChangeLog, type Change, type Loss } from './convert/change-log.ts';
import { convertFeatures, convertLogLevel, convertRegistries, withoutEmpty } from './convert/features.ts';
import { convertKubernetes } from './convert/kubernetes.ts';
import { layoutOf, oldKeys, type Layout } from './convert/recognise.ts';
import { convertRules } from './convert/rules.ts';
import { convertValidators } from './convert/validators.ts';
import { isMap, type Values } from './convert/values.ts';
import { writeValues } from './convert/write.ts';

export { judgeValues } from './convert/judge.ts';
export { oldKeys } from './convert/recognise.ts';
export { cacheImage } from './convert/rules.ts';
export type { Layout } from './convert/recognise.ts';
export type { Change, Loss } from './convert/change-log.ts';

/** Longest values file, in characters; one with a hundred keys has 50 000. */
export const longestValues = 1_048_576;

/** A converted file. */
export interface Conversion {
  readonly layout: Exclude<Layout, 'unknown'>;
  /** YAML with a comment beside everything that was changed; the text itself where nothing had to be. */
  readonly text: string;
  /** The converted values. */
  readonly values: Values;
  readonly changes: readonly Change[];
  /** What has no place any more. */
  readonly losses: readonly Loss[];
}

/**
 * Converts a values file. A file of Connaisseur 3 comes back as it is.
 *
 * @param given YAML, one document; the output of `helm get values` will do
 * @throws Fault `values-unreadable` for text that is no YAML map, or too long; `values-layout-unknown` where nothing in it
 *   is of any Connaisseur
 */
export function convertValues(given: string): Conversion {
  // What `helm get values` puts above its answer.
  const text = given.replace(/^(USER-SUPPLIED|COMPUTED) VALUES:\r?\n/, '');
  const old = readValues(text);
  const layout = layoutOf(old);
  if (layout === 'unknown') {
    throw gateFault({
      code: 'values-layout-unknown',
      message: `Nothing in the file is of a Connaisseur; at its top stand ${namesOf(old)}.`,
      hint: 'Give the values.yaml that helm was called with. A file of Connaisseur 3 has kubernetes, application or alerting at its top.',
    });
  }
  if (layout === 'connaisseur-3') return { layout, text, values: old, changes: [], losses: [] };
  const log = createChangeLog();
  const application = convertApplication(old, log);
  const values = withoutEmpty({
    ...leftOver(old, log),
    kubernetes: convertKubernetes(old, log),
    application,
    registries: convertRegistries(old, log),
    alerting: convertAlerting(old, log),
  });
  const { changes, losses } = log;
  return { layout, values, changes, losses, text: writeValues({ layout, values, changes, losses }) };
}

function convertApplication(old: Values, log: ReturnType<typeof createChangeLog>): Values {
  const there = isMap(old['application']) ? old['application'] : {};
  const validators = convertValidators(old, log);
  const policy = convertRules(old, validators, log);
  return withoutEmpty({
    ...there,
    validators,
    policy,
    features: convertFeatures(old, log),
    logLevel: there['logLevel'] ?? convertLogLevel(old, log),
  });
}

const convertedKeys = new Set([...oldKeys, 'kubernetes', 'application', 'registries', 'alerting']);

/** Top-level keys of the chart stay; all others are told. */
function leftOver(old: Values, log: ReturnType<typeof createChangeLog>): Values {
  const stays = new Set(['fullnameOverride', 'allowSystemNamespace', 'tls', 'alertTemplates', 'hub', 'global']);
  const rest: Values = {};
  for (const [key, value] of Object.entries(old)) {
    if (convertedKeys.has(key)) continue;
    if (stays.has(key)) rest[key] = value;
    else log.lost(excerpt(key), 'the chart has no such value.');
  }
  return rest;
}

function readValues(text: string): Values {
  const hint = 'Give the values.yaml that helm was called with: one YAML document with a map at its top.';
  if (text.length > longestValues) {
    const message = `The file has ${text.length} characters; ${longestValues} are read.`;
    throw gateFault({ code: 'values-unreadable', message, hint });
  }
  const document = parseDocument(text, { uniqueKeys: true, stringKeys: true, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = text.slice(0, problem.pos[0]).split('\n').length;
    throw gateFault({ code: 'values-unreadable', message: `Line ${line} is no YAML: ${problem.message}`, hint });
  }
  const values: unknown = toPlain(document, hint);
  if (isMap(values)) return values;
  throw gateFault({ code: 'values-unreadable', message: 'The file is not a map at its top.', hint });
}

function toPlain(document: ReturnType<typeof parseDocument>, hint: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    const message = 'The file cannot be resolved: an alias leads nowhere, or there are too many.';
    throw gateFault({ code: 'values-unreadable', message, hint, cause });
  }
}

function namesOf(values: Values): string {
  const names = Object.keys(values);
  return names.length === 0
    ? 'no names at all'
    : names
        .slice(0, 8)
        .map((name) => excerpt(name, 40))
        .join(', ');
}
