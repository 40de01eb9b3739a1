import { excerpt, isFault } from '@pratique/runtime/fault';
import { stackroxFault } from './errors.ts';
import type { StackroxFault, StackroxFaultCode } from './errors.ts';

/** Where the connection went, for messages. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

interface Cause {
  readonly code: StackroxFaultCode;
  /** Goes after "The StackRox database at host:port". */
  readonly what: (to: Destination) => string;
  readonly hint: string;
}

const away: Cause = {
  code: 'stackrox-unavailable',
  what: () => 'is starting, stopping or dropped the connection',
  hint: 'Central is being restarted, upgraded or restored; it is tried again by itself. If it stays so, look at the central-db pod.',
};

const busy: Cause = {
  code: 'stackrox-busy',
  what: () => 'has no connection left for this client',
  hint: 'Central itself takes up to 90 of 100 connections. Lower STACKROX_DB_POOL_MAX or the number of replicas, or raise the role’s CONNECTION LIMIT.',
};

const refused: Cause = {
  code: 'stackrox-auth-failed',
  what: (to) => `refused the user "${excerpt(to.user)}" or its password`,
  hint: 'Compare user and password with the secret they come from (central-db-password for the user postgres), also after a rotation.',
};

const changed: Cause = {
  code: 'stackrox-schema-unsupported',
  what: () => 'lacks a table or column that was there when its schema was detected',
  hint: 'Central was upgraded or rolled back; detect the schema again.',
};

/** PostgreSQL documentation, appendix A "Error Codes". */
const bySqlState: Readonly<Record<string, Cause>> = {
  '28P01': refused,
  '28000': {
    code: 'stackrox-auth-failed',
    what: (to) => `does not let the user "${excerpt(to.user)}" in from here`,
    hint: 'The role does not exist, may not log in, or pg_hba.conf has no line for it.',
  },
  '3D000': {
    code: 'stackrox-database-missing',
    what: (to) => `has no database "${excerpt(to.database)}"`,
    hint: 'Check STACKROX_DB_NAME (usually central_active). During a restore the database is renamed and comes back by itself.',
  },
  '53300': busy,
  '57P01': away,
  '57P02': away,
  '57P03': away,
  '57P05': away,
  '25P03': {
    code: 'stackrox-timeout',
    what: () => 'ended a transaction that stood idle for too long',
    hint: 'The process was paused or overloaded between two statements; look at its CPU limit.',
  },
  '57014': {
    code: 'stackrox-timeout',
    what: () => 'cancelled a statement that took longer than allowed',
    hint: 'Raise STACKROX_STATEMENT_TIMEOUT_MS, or look what else loads the database.',
  },
  '55P03': {
    code: 'stackrox-timeout',
    what: () => 'holds a lock on a table that is needed',
    hint: 'Central is altering its tables, as it does during an upgrade; it is tried again by itself.',
  },
  '42501': {
    code: 'stackrox-permission-denied',
    what: (to) => `does not let the user "${excerpt(to.user)}" read a table that is needed`,
    hint: 'Grant SELECT on it; after an upgrade of Central, new tables need a new grant.',
  },
  '25006': {
    code: 'stackrox-read-only',
    what: () => 'refused to write, as this connection only reads',
    hint: 'Nothing in this product writes to Central: report this as a defect.',
  },
  '42P01': changed,
  '42703': changed,
  '3F000': changed,
  '42704': {
    code: 'stackrox-query-failed',
    what: () => 'does not know a session setting of this client',
    hint: 'Use PostgreSQL 13 or later; a connection pooler in between must pass the startup parameter "options".',
  },
};

/** Node's system errors (libuv names) while connecting or in the middle of a conversation. */
const byErrno: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: unreachable('refused the connection', 'Check that host and port are right and that the database runs.'),
  ENOTFOUND: unreachable(
    'cannot be found: the name does not resolve',
    'Check STACKROX_DB_HOST; inside a cluster it is central-db.<namespace>.svc.',
  ),
  EAI_AGAIN: unreachable(
    'cannot be found at the moment: the name server did not answer',
    'Check DNS of the pod; it is tried again by itself.',
  ),
  ETIMEDOUT: unreachable(
    'does not answer',
    'A NetworkPolicy named central-db admits only Central: add one for these pods.',
  ),
  EHOSTUNREACH: unreachable('is not reachable over the network', 'Check routes and NetworkPolicies.'),
  ENETUNREACH: unreachable('is not reachable over the network', 'Check routes and NetworkPolicies.'),
  ECONNRESET: away,
  EPIPE: away,
};

function unreachable(what: string, hint: string): Cause {
  return { code: 'stackrox-unavailable', what: () => what, hint };
}

function tls(what: string, hint: string): Cause {
  return { code: 'stackrox-tls', what: () => what, hint };
}

/** What pg and pg-pool say in words only; they have no codes for it. */
const byMessage: readonly (readonly [RegExp, Cause])[] = [
  [
    /timeout exceeded when trying to connect/,
    { ...busy, what: () => 'was not asked: all connections of this program are in use' },
  ],
  [
    /connection timeout|timeout expired/i,
    unreachable('does not answer', 'A NetworkPolicy named central-db admits only Central: add one for these pods.'),
  ],
  [
    /Query read timeout/,
    {
      code: 'stackrox-timeout',
      what: () => 'did not answer a statement in time and did not cancel it either',
      hint: 'The network went silent or the server hangs; the connection was dropped.',
    },
  ],
  [
    /password must be|No password supplied/i,
    {
      code: 'stackrox-auth-failed',
      what: (to) => `wants a password for the user "${excerpt(to.user)}", and none is set`,
      hint: 'Set STACKROX_DB_PASSWORD.',
    },
  ],
  [
    /does not support SSL/,
    tls(
      'does not offer TLS',
      'Central always does: check that this is the right server. For one without TLS set sslmode=disable.',
    ),
  ],
  [/establishing an SSL connection/, away],
  [
    /calling end on the pool/,
    { code: 'stackrox-stopped', what: () => 'is not asked any more: the program is stopping', hint: 'Nothing to do.' },
  ],
  [/Connection terminated|Client has encountered a connection error|not queryable|Client was closed/i, away],
];

const certificate = /^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|ERR_OSSL)/;

/**
 * Translates whatever pg, pg-pool or Node threw into a fault. Faults pass unchanged. The driver's own text
 * is kept only as the cause, cut to a safe length: it may quote values, and its error objects hold the
 * connection settings.
 */
export function toStackroxFault(error: unknown, to: Destination): StackroxFault {
  if (isFault<StackroxFaultCode>(error)) return error;
  const { code, message } = inspect(error);
  const cause = explain(code, message);
  return stackroxFault({
    code: cause.code,
    message: `The StackRox database at ${to.host}:${to.port} ${cause.what(to)}.`,
    hint: cause.hint,
    values: {
      host: to.host,
      port: to.port,
      database: to.database,
      user: to.user,
      ...(code === '' ? {} : { reason: code }),
    },
    cause: new Error(excerpt(message, 300)),
  });
}

function explain(code: string, message: string): Cause {
  // A server that insists on TLS says so in the text of 28000 only.
  if (code === '28000' && /no encryption|SSL off/i.test(message)) {
    return tls(
      'accepts only TLS connections',
      'Set sslmode=require, or verify-ca with the CA of the secret central-db-tls.',
    );
  }
  const known = bySqlState[code] ?? byErrno[code];
  if (known !== undefined) return known;
  if (certificate.test(code)) return certificateCause(code);
  for (const [pattern, cause] of byMessage) {
    if (pattern.test(message)) return cause;
  }
  if (code.startsWith('08')) return away;
  if (code.startsWith('53')) return { ...busy, what: () => 'has run out of memory, disk or another resource' };
  return {
    code: 'stackrox-query-failed',
    what: () => `refused a statement${code === '' ? '' : ` (${excerpt(code)})`}`,
    hint: 'Look into the log of central-db for the reason; if it persists after an upgrade, report it with the version shown on the health page.',
  };
}

function certificateCause(code: string): Cause {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return tls(
      'shows a certificate for another name',
      'Use a host name that the certificate carries (central-db.stackrox.svc), set the server name, or use sslmode=verify-ca.',
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return tls('shows a certificate that is not valid today', 'Renew the secret central-db-tls and check the clock.');
  }
  if (/SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return tls(
      'shows a certificate of an authority that is not trusted here',
      'Point sslrootcert to the file ca.pem of the secret central-db-tls.',
    );
  }
  return tls(
    `could not agree on TLS (${excerpt(code)})`,
    'Check sslmode and the certificate of the secret central-db-tls.',
  );
}

function inspect(error: unknown): { code: string; message: string } {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  // Happy Eyeballs reports one error per address tried; they agree in practice.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = (first ?? error) as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' };
}
