/**
 * A fault is what could not be done: the database is away, a setting is wrong, a file is not what
 * it claims to be. Expected outcomes (a verdict, an empty list) are returned, never thrown.
 */

/** What every fault must be able to say. `C` is the closed union of codes of the throwing package. */
export interface FaultDetails<C extends string> {
  /** Stable, kebab-case; documented in docs/errors.md. */
  readonly code: C;
  /** One sentence with the values that matter, safe to show: no secrets. */
  readonly message: string;
  /** The next step for the person who reads it. */
  readonly hint: string;
  /** The values of the message, for machines and logs. Never secrets. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class that programs of this product throw on purpose. Anything else that reaches
 * the top is a bug and is reported as one.
 *
 * @example
 * throw new Fault({
 *   code: 'stackrox-unavailable',
 *   message: 'The StackRox database at central-db:5432 refused the connection.',
 *   hint: 'Check the service and the NetworkPolicy named central-db.',
 *   values: { host: 'central-db', port: 5432 },
 * });
 */
export class Fault<C extends string = string> extends Error {
  override readonly name = 'Fault';
  readonly code: C;
  readonly hint: string;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(details: FaultDetails<C>) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.hint = details.hint;
    this.values = details.values ?? {};
  }
}

/** Whether `error` is a fault, and, where `code` is given, exactly that one. */
export function isFault<C extends string>(error: unknown, code?: C): error is Fault<C> {
  return error instanceof Fault && (code === undefined || error.code === code);
}

// oxlint-disable-next-line no-control-regex -- naming the control characters is the purpose
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A foreign value cut to a length that is safe in a message or a log line, control characters made visible. */
export function excerpt(value: string, length = 80): string {
  const visible = value.replace(invisible, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return visible.length <= length ? visible : `${visible.slice(0, length)}…`;
}
