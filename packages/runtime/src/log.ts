/** The log of a program: one line of JSON per event (or a readable line for people), levels by name, secrets hidden. */
import { Writable } from 'node:stream';
import pino from 'pino';
import type { Logger } from 'pino';
import pretty from 'pino-pretty';
import { mask, maskUrls } from './config/mask.ts';
import type { RuntimeFaultCode } from './errors.ts';
import { excerpt, Fault } from './fault.ts';

/** What programs log with; libraries never see it. */
export type Log = Logger;

/** The levels by rising importance. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** How a log is made. */
export interface LogOptions {
  /** Any of {@link logLevels} in any case, or Python's names for them (`WARNING`, `CRITICAL`). */
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** The program, as field `name` of every line. */
  readonly name: string;
  /** Where lines go; standard output where absent. */
  readonly destination?: { write(line: string): unknown };
}

/**
 * Makes the log of a program.
 *
 * @throws Fault `log-level-unknown`
 *
 * @example
 * const log = createLog({ level: 'INFO', format: 'json', name: 'hub' });
 * log.error({ err: fault }, 'could not refresh the snapshot');
 */
export function createLog({ level, format, name, destination }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    name,
    level: parseLogLevel(level),
    // `error` as well, because that is what people write; both come out the same.
    serializers: { err: serializeError, error: serializeError },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: hideSecrets },
  };
  if (format === 'json') return shielded(destination === undefined ? pino(options) : pino(options, destination));
  // As a stream of this process, not a worker: lines written right before the exit are not lost.
  const colorize = destination === undefined && process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const out = pretty({
    colorize,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    sync: true,
    ...into(destination),
  });
  return shielded(pino(options, out));
}

/**
 * The level meant by a name in any case; Python's `WARNING` and `CRITICAL` are `warn` and `fatal`.
 *
 * @throws Fault `log-level-unknown`
 */
export function parseLogLevel(name: string): LogLevel {
  const wanted = name.trim().toLowerCase();
  const level = pythonNames.get(wanted) ?? logLevels.find((known) => known === wanted);
  if (level !== undefined) return level;
  throw new Fault<RuntimeFaultCode>({
    code: 'log-level-unknown',
    message: `There is no log level "${excerpt(name)}".`,
    hint: `Use one of ${logLevels.join(', ')}.`,
    values: { level: excerpt(name) },
  });
}

/**
 * An error as data. A fault has its code, hint and values but no stack: it is not a bug. Anything else keeps its stack.
 * Causes follow, at most eight deep. Credentials in URLs are hidden.
 */
export function serializeError(error: unknown): unknown {
  return serializeCause(error, 8);
}

const pythonNames = new Map<string, LogLevel>([
  ['warning', 'warn'],
  ['critical', 'fatal'],
]);

const secretNames = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'x-spoke-key',
  'cookie',
  'set-cookie',
  'apikey',
  'api_key',
  'password',
  'passwd',
  'secret',
  'secretkey',
  'secret_key',
  'clientsecret',
  'client_secret',
  'token',
  'accesstoken',
  'access_token',
  'idtoken',
  'id_token',
  'refreshtoken',
  'refresh_token',
  'privatekey',
  'private_key',
]);

/** Deep enough for headers of a request inside the context of an error; cheap enough for every line. */
const deepestField = 6;

// The log library's own redaction costs 30 µs a line with this many names (1 µs without, 2 µs like this), knows exact
// spellings only, and stops at the depth its paths are written for. Fields are copied only where something is hidden.
function hideSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return hideWithin(fields, deepestField);
}

// The fields of a child never pass the formatter above; children inherit this method from their parent.
function shielded(log: Log): Log {
  const { child } = log;
  log.child = function shieldedChild(this: Log, ...[bindings, options]: Parameters<Log['child']>) {
    return child.call(this, hideSecrets(bindings), options);
  } as Log['child'];
  return log;
}

function hideWithin(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  let safe = fields;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    const shown = isSecretName(key) && value !== undefined && value !== '' ? mask : hideValue(value, depth);
    if (shown === value) continue;
    if (safe === fields) safe = { ...fields };
    safe[key] = shown;
  }
  return safe;
}

function hideValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  if (value instanceof Error) return serializeError(value);
  if (Array.isArray(value)) return hideInList(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of a class are left to their serializer.
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain ? hideWithin(value as Record<string, unknown>, depth - 1) : value;
}

// Most lists hold text or numbers and need no copy.
function hideInList(list: readonly unknown[], depth: number): readonly unknown[] {
  return list.some((item) => typeof item === 'object') ? list.map((item) => hideValue(item, depth - 1)) : list;
}

function isSecretName(key: string): boolean {
  return secretNames.has(key) || secretNames.has(key.toLowerCase());
}

function serializeCause(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? maskUrls(error) : error;
  const cause = error.cause === undefined || depth === 0 ? {} : { cause: serializeCause(error.cause, depth - 1) };
  const message = maskUrls(error.message);
  if (error instanceof Fault) {
    return {
      type: 'Fault',
      code: error.code,
      message,
      hint: error.hint,
      values: hideValue(error.values, deepestField),
      ...cause,
    };
  }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const others =
    error instanceof AggregateError && depth > 0
      ? { errors: error.errors.slice(0, 8).map((item) => serializeCause(item, depth - 1)) }
      : {};
  return { type: error.name, ...code, message, stack: maskUrls(error.stack ?? ''), ...others, ...cause };
}

function into(destination: LogOptions['destination']): { destination?: NodeJS.WritableStream } {
  if (destination === undefined) return {};
  const stream = new Writable({
    write(chunk, _encoding, done) {
      destination.write(String(chunk));
      done();
    },
  });
  return { destination: stream };
}
