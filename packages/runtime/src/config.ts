/**
 * Declared configuration: a program writes one table of its settings, and gets reading, checking, documentation and
 * safe printing from it. All mistakes are told at once, so that nobody restarts a pod once per typo.
 */
import { gather, readValueFile } from './config/environment.ts';
import type { Environment, FoundVariable, Mistake } from './config/environment.ts';
import type { Kind } from './config/kinds.ts';
import { mask, maskDeep, maskUrls } from './config/mask.ts';
import { nearest } from './config/spelling.ts';
import type { RuntimeFaultCode } from './errors.ts';
import { excerpt, Fault } from './fault.ts';

export type { Environment, Mistake } from './config/environment.ts';
export type { Kind, Reading } from './config/kinds.ts';
export {
  boolean,
  custom,
  duration,
  integer,
  list,
  number,
  oneOf,
  optional,
  port,
  secret,
  text,
  url,
} from './config/kinds.ts';
export { maskUrls } from './config/mask.ts';

/** One row of the table. A row without `default` whose type is not `optional(…)` must be set. */
export interface Setting<T> {
  /** The environment variable, in upper case; it is recognised in any case. */
  readonly variable: string;
  readonly type: Kind<T>;
  readonly default?: NoInfer<T>;
  /** One sentence for docs/configuration.md. */
  readonly doc: string;
  /** Never shown anywhere, whatever the type says. */
  readonly secret?: boolean;
}

/** The settings of a program by the name its code uses; `T` is the shape of the configuration they give. */
export type SettingsTable<T> = { readonly [K in keyof T]: Setting<T[K]> };

/** The shape of the configuration that a table gives. */
export type ConfigOf<Table> = Table extends SettingsTable<infer T> ? Readonly<T> : never;

/** How a table is read. */
export interface ReadOptions<T> {
  /** Beginnings of variable names that are ours: an undeclared variable that has one is a mistake. */
  readonly prefixes?: readonly string[];
  /** Variables that have such a beginning and belong to another program or reader. */
  readonly knownElsewhere?: readonly string[];
  /** Path of a `.env` file; read when it exists, and overruled by the environment. */
  readonly envFile?: string;
  /** Rules between settings; what it returns is reported together with all other mistakes. */
  readonly check?: (config: Readonly<T>) => readonly Mistake[];
}

/**
 * Declares the settings of a program. Types of the configuration are inferred from the kinds.
 *
 * @throws Error when two settings share a variable or a variable is not upper case: that is a bug of the program.
 *
 * @example
 * export const settings = declare({
 *   port: { variable: 'PORT', type: port(), default: 8000, doc: 'Port of the API.' },
 *   key: { variable: 'SECRET_KEY', type: secret({ minLength: 16 }), doc: 'Key of signed links.' },
 * });
 * const config = readConfig(settings, process.env, { prefixes: ['SECRET_'] });
 * config.port satisfies number;
 */
export function declare<T>(table: SettingsTable<T>): SettingsTable<T> {
  const seen = new Set<string>();
  for (const { variable } of rows(table)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(variable)) throw new Error(`the variable ${variable} is not in upper case`);
    if (seen.has(variable)) throw new Error(`the variable ${variable} is declared twice`);
    seen.add(variable);
  }
  return table;
}

/**
 * Reads the table from an environment. Names are case-insensitive; an empty variable is not set; `<NAME>_FILE` names a
 * file that holds the value (at most 1 MiB, one trailing newline dropped).
 *
 * @throws Fault `config-invalid`, whose message lists every mistake and whose `values.mistakes` holds them as data.
 */
export function readConfig<T>(table: SettingsTable<T>, env: Environment, options: ReadOptions<T> = {}): Readonly<T> {
  const mistakes: Mistake[] = [];
  const report = (mistake: Mistake) => mistakes.push(mistake);
  const found = gather(env, options.envFile, report);
  const config: Record<string, unknown> = {};
  for (const [key, setting] of entries(table)) config[key] = readSetting(setting, found, report);
  mistakes.push(...unknownVariables(table, found, options));
  const known = new Set(mistakes.map((mistake) => mistake.variable));
  // A missing required value would make the rules between settings guess.
  const complete = entries(table).every(([key, row]) => config[key] !== undefined || row.type.mayBeUnset === true);
  if (complete && options.check !== undefined) {
    mistakes.push(...options.check(config as T).filter((mistake) => !known.has(mistake.variable)));
  }
  if (mistakes.length > 0) throw configInvalid(mistakes);
  return Object.freeze(config) as Readonly<T>;
}

/** One row of the documentation of a table. */
export interface SettingDescription {
  readonly key: string;
  readonly variable: string;
  readonly allowed: string;
  /** The default as a person would write it, `required`, or `not set`. */
  readonly default: string;
  readonly doc: string;
  readonly secret: boolean;
}

/** The table as documentation, in its own order. Defaults of secrets are masked. */
export function describeConfig<T>(table: SettingsTable<T>): readonly SettingDescription[] {
  return entries(table).map(([key, setting]) => ({
    key,
    variable: setting.variable,
    allowed: setting.type.allowed,
    default: defaultInWords(setting),
    doc: setting.doc,
    secret: isSecret(setting),
  }));
}

/** The configuration as it may be logged: secrets are `***`, also those inside URLs. */
export function redacted<T>(table: SettingsTable<T>, config: Readonly<T>): Readonly<Record<string, unknown>> {
  const values = config as Readonly<Record<string, unknown>>;
  const safe = entries(table).map(([key, setting]) => {
    const value = values[key];
    return [key, isSecret(setting) && !isEmpty(value) ? mask : maskDeep(value)] as const;
  });
  return Object.fromEntries(safe);
}

function readSetting(
  setting: Setting<unknown>,
  found: ReadonlyMap<string, FoundVariable>,
  report: (mistake: Mistake) => void,
): unknown {
  const { variable, type } = setting;
  const given = valueOf(setting, found, report);
  if (given === mistaken) return setting.default;
  if (given === undefined) {
    if (!('default' in setting) && type.mayBeUnset !== true) {
      report({ variable, why: 'must be set', allowed: type.allowed });
    }
    return setting.default;
  }
  const reading = type.read(given.trim());
  if (reading.ok) return reading.value;
  report({ variable, why: reading.why, allowed: type.allowed, shown: isSecret(setting) ? undefined : show(given) });
  return setting.default;
}

const mistaken = Symbol('mistaken');

/** The text of a setting, from its variable or the file its `_FILE` variable names. */
function valueOf(
  { variable, type }: Setting<unknown>,
  found: ReadonlyMap<string, FoundVariable>,
  report: (mistake: Mistake) => void,
): string | undefined | typeof mistaken {
  const own = found.get(variable)?.text;
  const direct = own === undefined || (own.trim() === '' && type.acceptsEmpty !== true) ? undefined : own;
  const path = found.get(`${variable}_FILE`)?.text.trim() ?? '';
  if (path === '') return direct;
  const mistake = (why: string): typeof mistaken => {
    report({ variable: `${variable}_FILE`, why, shown: show(path) });
    return mistaken;
  };
  if (direct !== undefined) return mistake(`set together with ${variable}; set only one of them`);
  const file = readValueFile(path);
  if ('why' in file) return mistake(file.why);
  if (file.text.trim() === '' && type.acceptsEmpty !== true) return mistake('the file is empty');
  return file.text;
}

// Kubernetes adds these for every Service of the namespace; a Service called app-db is not a mistyped setting.
const serviceLink = /(?:_SERVICE_(?:HOST|PORT)(?:_\w+)?|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

function unknownVariables<T>(
  table: SettingsTable<T>,
  found: ReadonlyMap<string, FoundVariable>,
  { prefixes = [], knownElsewhere = [] }: ReadOptions<T>,
): readonly Mistake[] {
  const names = [
    ...rows(table).map((setting) => setting.variable),
    ...knownElsewhere.map((name) => name.toUpperCase()),
  ];
  const known = new Set(names.flatMap((name) => [name, `${name}_FILE`]));
  const mistakes: Mistake[] = [];
  for (const [name, { text }] of found) {
    if (known.has(name) || !prefixes.some((prefix) => name.startsWith(prefix.toUpperCase()))) continue;
    if (serviceLink.test(name) || (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(text))) continue;
    const meant = nearest(name, known);
    mistakes.push({ variable: name, why: `no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}` });
  }
  return mistakes;
}

function configInvalid(mistakes: readonly Mistake[]): Fault<RuntimeFaultCode> {
  const lines = mistakes.map(({ variable, shown, why, allowed }) => {
    const value = shown === undefined ? '' : ` ("${shown}")`;
    return `  ${excerpt(variable, 200)}${value}: ${why}${allowed === undefined ? '' : `; allowed: ${allowed}`}`;
  });
  const count = mistakes.length === 1 ? 'One setting is wrong' : `${mistakes.length} settings are wrong`;
  return new Fault<RuntimeFaultCode>({
    code: 'config-invalid',
    message: `${count}:\n${lines.join('\n')}`,
    hint: 'Correct these environment variables and start again; docs/configuration.md describes each of them.',
    values: { mistakes },
  });
}

function show(value: string): string {
  return excerpt(maskUrls(value));
}

function isSecret(setting: Setting<unknown>): boolean {
  return setting.secret === true || setting.type.secret === true;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function defaultInWords(setting: Setting<unknown>): string {
  if (!('default' in setting)) return setting.type.mayBeUnset === true ? 'not set' : 'required';
  const value = setting.default;
  if (isEmpty(value)) return 'not set';
  if (isSecret(setting)) return mask;
  if (typeof value === 'string') return maskUrls(value);
  if (setting.type.inWords !== undefined) return setting.type.inWords(value);
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}

function entries<T>(table: SettingsTable<T>): readonly (readonly [string, Setting<unknown>])[] {
  return Object.entries(table as Readonly<Record<string, Setting<unknown>>>);
}

function rows<T>(table: SettingsTable<T>): readonly Setting<unknown>[] {
  return entries(table).map(([, setting]) => setting);
}
