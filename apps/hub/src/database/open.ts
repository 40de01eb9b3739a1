import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { CentralAddress } from '@pratique/stackrox/address';
import type { AppDatabasePlace } from './faults.ts';
import { appDatabaseFault } from './faults.ts';
import type { AppDatabase } from './schema.ts';
import { appTlsOptions } from './tls.ts';

/** Longest a request may wait for a free connection, in milliseconds; then 503 rather than a growing queue. */
const acquireTimeoutMs = 5_000;
/** Longest statement, in milliseconds. Requests touch a few small rows; only migrations lift it for themselves. */
const statementTimeoutMs = 15_000;
/** Connections are renewed now and then, so that a failed-over or rescaled server is found. Seconds. */
const connectionLifetimeSeconds = 30 * 60;

/** What opening needs. */
export interface OpenAppDatabase {
  readonly address: CentralAddress;
  /** Which settings named the address; for messages. */
  readonly from?: AppDatabasePlace['from'];
  readonly poolMax: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Told when an idle connection breaks; without a listener the process would die of it. */
  readonly onIdleError: (error: Error) => void;
}

/** The open application database. */
export interface AppDatabaseHandle extends AsyncDisposable {
  readonly db: Kysely<AppDatabase>;
  readonly pool: Pool;
  /** Where it is, for messages; no password. */
  readonly place: AppDatabasePlace;
  /** One round trip, for `/ready`. Throws `app-db-*` faults. */
  ping(): Promise<void>;
  /** Lets running statements end and closes all connections; may be called again. */
  stop(): Promise<void>;
}

/**
 * Opens the pool. Nothing is connected yet: an unreachable database shows at the first statement, and `/health` can
 * answer before.
 *
 * @throws Fault `app-db-unavailable` when the CA file of the address cannot be read
 */
export function openAppDatabase(options: OpenAppDatabase): AppDatabaseHandle {
  const { address } = options;
  const place: AppDatabasePlace = {
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    from: options.from ?? 'APP_DB_HOST, APP_DB_PORT, APP_DB_USER, APP_DB_PASSWORD, APP_DB_NAME',
  };
  const pool = new Pool(poolSettings(options));
  pool.on('error', options.onIdleError);
  const db = new Kysely<AppDatabase>({ dialect: new PostgresDialect({ pool }) });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= db.destroy());
  return {
    db,
    pool,
    place,
    stop,
    [Symbol.asyncDispose]: stop,
    async ping() {
      try {
        await pool.query('SELECT 1');
      } catch (error) {
        throw appDatabaseFault(error, place) ?? error;
      }
    },
  };
}

function poolSettings({ address, poolMax, applicationName }: OpenAppDatabase): ConstructorParameters<typeof Pool>[0] {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    // A function keeps pg from looking for PGPASSWORD or a password file when none is configured.
    password: () => address.password,
    database: address.database,
    ssl: appTlsOptions(address),
    max: poolMax,
    application_name: applicationName,
    connectionTimeoutMillis: acquireTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
    maxLifetimeSeconds: connectionLifetimeSeconds,
    keepAlive: true,
    // Timestamps are compared and printed in UTC wherever the server stands.
    options: '-c timezone=UTC',
  };
}
