import { excerpt, isFault } from '@pratique/runtime/fault';
import type { HubFault, HubFaultCode } from '../errors.ts';
import { hubFault } from '../errors.ts';

/** Where the application database is and how that was configured; never the password. */
export interface AppDatabasePlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Which settings named it: the URL wins over the split fields. */
  readonly from: 'APP_DB_URL' | 'APP_DB_HOST, APP_DB_PORT, APP_DB_USER, APP_DB_PASSWORD, APP_DB_NAME';
}

interface Cause {
  readonly code: HubFaultCode;
  readonly what: string;
  readonly hint: string;
}

const unavailable = (what: string, hint: string): Cause => ({ code: 'app-db-unavailable', what, hint });

/** SQLSTATE (PostgreSQL documentation, appendix A) and libuv error names. */
const causes: Readonly<Record<string, Cause>> = {
  '28P01': {
    code: 'app-db-auth-failed',
    what: 'refused the user or its password',
    hint: 'Compare user and password with the secret they come from, also after a rotation.',
  },
  '28000': {
    code: 'app-db-auth-failed',
    what: 'does not let this user in from here',
    hint: 'The role does not exist, may not log in, or pg_hba.conf has no line for it.',
  },
  '3D000': {
    code: 'app-db-missing',
    what: 'has no such database',
    hint: 'Create the database, or correct APP_DB_NAME or the end of APP_DB_URL.',
  },
  '53300': unavailable(
    'has no connection left',
    'Lower APP_DB_POOL_MAX or the number of replicas, or raise max_connections.',
  ),
  '57P01': unavailable('is stopping', 'It is tried again by itself; look at the database pod if it stays so.'),
  '57P02': unavailable('crashed and restarts', 'It is tried again by itself; look at the log of the database.'),
  '57P03': unavailable('is starting', 'It is tried again by itself.'),
  '57014': {
    code: 'app-db-timeout',
    what: 'did not finish a statement in time',
    hint: 'Look what else loads the database; then try again.',
  },
  '55P03': {
    code: 'app-db-timeout',
    what: 'holds a lock on a table that is needed',
    hint: 'Another replica may be migrating; then try again.',
  },
  ECONNREFUSED: unavailable('refused the connection', 'Check that host and port are right and that the database runs.'),
  ENOTFOUND: unavailable('cannot be found: the name does not resolve', 'Check APP_DB_HOST or the host in APP_DB_URL.'),
  EAI_AGAIN: unavailable('cannot be found at the moment', 'Check DNS of the pod; it is tried again by itself.'),
  ETIMEDOUT: unavailable('does not answer', 'Check the network path and NetworkPolicies.'),
  EHOSTUNREACH: unavailable('is not reachable over the network', 'Check routes and NetworkPolicies.'),
  ENETUNREACH: unavailable('is not reachable over the network', 'Check routes and NetworkPolicies.'),
  ECONNRESET: unavailable('dropped the connection', 'It is tried again by itself.'),
  EPIPE: unavailable('dropped the connection', 'It is tried again by itself.'),
};

/** What pg and pg-pool say in words only. */
const causesByMessage: readonly (readonly [RegExp, Cause])[] = [
  [
    /timeout exceeded when trying to connect/,
    unavailable(
      'was not asked: all connections of this program are in use',
      'Raise APP_DB_POOL_MAX, or look for slow statements.',
    ),
  ],
  [
    /connection timeout|timeout expired/i,
    unavailable('does not answer', 'Check the network path and NetworkPolicies.'),
  ],
  [
    /password must be|no password supplied/i,
    {
      code: 'app-db-auth-failed',
      what: 'wants a password and none is set',
      hint: 'Set APP_DB_PASSWORD, or the password in APP_DB_URL.',
    },
  ],
  [
    /Query read timeout/,
    {
      code: 'app-db-timeout',
      what: 'did not answer a statement in time',
      hint: 'The network went silent or the server hangs; then try again.',
    },
  ],
  [
    /unsupported startup parameter/,
    unavailable(
      'is reached through a pooler that passes no session settings',
      'Let it ignore "options", "statement_timeout" and "idle_in_transaction_session_timeout", or connect to the server itself; notifications need that too.',
    ),
  ],
  [
    /does not support SSL/,
    unavailable(
      'does not offer TLS',
      'Set sslmode=disable for a server without TLS, or check that this is the right server.',
    ),
  ],
  [
    /Connection terminated|connection error|not queryable|Client was closed|calling end on the pool/i,
    unavailable('dropped the connection', 'It is tried again by itself.'),
  ],
];

/**
 * Translates what the driver threw into a fault, or null when it is not about reaching the database at all (a broken
 * constraint, a defect in a statement). Faults pass unchanged. The driver's own text goes nowhere but into the cause,
 * cut: it may quote values.
 *
 * @param place where the connection went; left out, the message only speaks of "the application database"
 */
export function appDatabaseFault(error: unknown, place?: AppDatabasePlace): HubFault | null {
  if (isFault<HubFaultCode>(error)) return error;
  const { code, message } = inspect(error);
  const cause = causes[code] ?? byClass(code) ?? causesByMessage.find(([pattern]) => pattern.test(message))?.[1];
  if (cause === undefined) return null;
  const where =
    place === undefined
      ? ''
      : ` ${place.database} at ${place.host}:${place.port} (user ${excerpt(place.user)}, from ${place.from})`;
  return hubFault({
    code: cause.code,
    message: `The application database${where} ${cause.what}.`,
    hint: `${cause.hint} Test the APP_DB settings first; the StackRox settings have no part in this.`,
    values: { ...(place === undefined ? {} : { ...place }), ...(code === '' ? {} : { reason: code }) },
    cause: new Error(excerpt(message, 300)),
  });
}

function byClass(code: string): Cause | undefined {
  if (/^08\w{3}$/.test(code)) return unavailable('dropped the connection', 'It is tried again by itself.');
  if (/^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|ERR_OSSL)/.test(code)) {
    return unavailable(
      'shows a certificate that is not accepted',
      'Point sslrootcert at the right CA file, or correct the host name.',
    );
  }
  return undefined;
}

function inspect(error: unknown): { readonly code: string; readonly message: string } {
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (typeof first !== 'object' || first === null) return { code: '', message: String(first) };
  const { code, message } = first as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' };
}
