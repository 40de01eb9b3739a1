import { isFault } from '@pratique/runtime/fault';
import { Pool, Query, types } from 'pg';
import type { PoolClient, PoolConfig } from 'pg';
import type { CentralAddress } from './address.ts';
import { ClosingClient } from './client.ts';
import { toStackroxFault } from './driver-faults.ts';
import { limits } from './limits.ts';
import { sessionOptions } from './session.ts';
import { tlsOptions } from './tls-options.ts';

/** One SELECT. Without a `name` it is planned each time. */
export interface ReadStatement {
  /** Prepared under this name once per connection; for hot point reads. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Rows as arrays in column order instead of objects. */
  readonly rowMode?: 'array';
}

/** Something that statements can be asked of. */
export interface Reading {
  /** All rows of one statement. @throws faults of this package only */
  read<Row extends object>(statement: ReadStatement): Promise<Row[]>;
  /**
   * Calls `onRow` with each row as an array, without keeping the rows. A throw in `onRow` ends the reading.
   */
  each(statement: ReadStatement, onRow: (row: readonly unknown[]) => void): Promise<void>;
}

/** How a group of statements sees the database. */
export interface SnapshotOptions {
  /** For statements that take hundreds of images at once; see {@link openCentral}. */
  readonly bulk: boolean;
}

/** A small pool of read-only connections to Central's database. */
export interface Central extends Reading {
  /** Runs `work` in one read-only transaction in which all statements see the same moment. Keep it short. */
  snapshot<Result>(options: SnapshotOptions, work: (reading: Reading) => Promise<Result>): Promise<Result>;
  /**
   * Waits for what is running, then closes. Further reads fail with `stackrox-stopped`. May be called
   * twice.
   */
  stop(): Promise<void>;
  /** Connections that are working at this moment. */
  readonly inUse: number;
}

/** What {@link openCentral} needs to know. */
export interface CentralOptions {
  readonly address: CentralAddress;
  /** Central shares about ten spare connections among all its clients: 2 to 4 over all replicas. */
  readonly maxConnections: number;
  /** 10 s suits pages, 60 s a background reader. */
  readonly statementTimeoutMs: number;
  /** Shown in pg_stat_activity and in Central's slow-query log. */
  readonly applicationName: string;
  /** For the queue of the pool and for the server to answer; 10 s unless told. */
  readonly connectTimeoutMs?: number;
  /** Told when a connection breaks while nobody uses it. The pool replaces it by itself. */
  readonly onIdleError?: (error: unknown) => void;
}

/**
 * Opens the pool; connects only when the first statement comes. Each session is read-only, in UTC, with
 * timeouts for statements, locks and idle transactions, so that this client never stands in the way of
 * Central's own work. A bulk snapshot additionally switches sequential scans off: for a few hundred of some
 * thousand images the planner would otherwise scan the whole table once per batch.
 *
 * @throws fault `stackrox-tls` when the CA file cannot be read
 */
export function openCentral(options: CentralOptions): Central {
  return new PooledCentral(options);
}

class PooledCentral implements Central {
  readonly #pool: Pool;
  readonly #address: CentralAddress;
  readonly #patienceMs: number;
  #stopped: Promise<void> | undefined;

  constructor(options: CentralOptions) {
    this.#address = options.address;
    this.#patienceMs = options.statementTimeoutMs + limits.silentNetworkGraceMs;
    this.#pool = new Pool(poolConfig(options));
    // Without a listener a dropped idle connection would end the process.
    this.#pool.on('error', (error) => options.onIdleError?.(this.#fault(error)));
  }

  get inUse(): number {
    return this.#pool.totalCount - this.#pool.idleCount;
  }

  async read<Row extends object>(statement: ReadStatement): Promise<Row[]> {
    try {
      return await this.#withClient((client) => this.#within(client).read<Row>(statement));
    } catch (error) {
      // 0A000 "cached plan must not change result type": Central altered the table under a prepared
      // statement. The connection that held it is gone, a fresh one plans it anew.
      if (statement.name === undefined || !isFault(error) || error.values['reason'] !== '0A000') throw error;
      return this.read<Row>({ ...statement, name: undefined });
    }
  }

  each(statement: ReadStatement, onRow: (row: readonly unknown[]) => void): Promise<void> {
    return this.#withClient((client) => this.#within(client).each(statement, onRow));
  }

  snapshot<Result>(options: SnapshotOptions, work: (reading: Reading) => Promise<Result>): Promise<Result> {
    return this.#withClient(async (client) => {
      const reading = this.#within(client);
      await reading.read({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      if (options.bulk) await reading.read({ text: 'SET LOCAL enable_seqscan = off; SET LOCAL jit = off' });
      const result = await work(reading);
      await reading.read({ text: 'COMMIT' });
      return result;
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#pool.end();
    return this.#stopped;
  }

  /**
   * Statements on one lent connection. Only what the driver throws becomes a fault; a mistake in a callback
   * stays what it is.
   */
  #within(client: PoolClient): Reading {
    return {
      read: async <Row extends object>(statement: ReadStatement) => {
        try {
          const config = { ...toQueryConfig(statement), query_timeout: this.#patienceMs };
          const result: { rows: object[] } = await client.query(config);
          return result.rows as Row[];
        } catch (error) {
          throw this.#fault(error);
        }
      },
      each: (statement, onRow) =>
        streamRows(client, { statement, onRow, patienceMs: this.#patienceMs, toFault: (error) => this.#fault(error) }),
    };
  }

  /** Lends a connection. After any error it is thrown away: what state it is in is not worth finding out. */
  async #withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#lend();
    // A connection that breaks between two statements of a transaction reports it as an event; the next
    // statement fails anyway.
    const ignore = (): void => {};
    client.on('error', ignore);
    let failed = true;
    try {
      const result = await work(client);
      failed = false;
      return result;
    } finally {
      client.removeListener('error', ignore);
      client.release(failed);
    }
  }

  async #lend(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #fault(error: unknown): Error {
    return toStackroxFault(error, this.#address);
  }
}

function poolConfig(options: CentralOptions): PoolConfig {
  const { address } = options;
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    // An empty password given as text makes pg look into the environment and ~/.pgpass; as a function it
    // does not.
    password: address.password === '' ? () => '' : address.password,
    ssl: tlsOptions(address),
    Client: ClosingClient,
    max: options.maxConnections,
    application_name: options.applicationName,
    options: sessionOptions(options.statementTimeoutMs),
    connectionTimeoutMillis: options.connectTimeoutMs ?? limits.acquireMs,
    maxLifetimeSeconds: limits.connectionLifetimeSeconds,
    keepAlive: true,
    types: { getTypeParser: typeParser },
  };
}

/** Type 1114 is `timestamp` without a zone. Central keeps UTC in it; pg would read the machine's own zone. */
function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === 1114 && format !== 'binary') return parseUtcTimestamp;
  return types.getTypeParser(oid, 'text') as (value: string) => unknown;
}

function parseUtcTimestamp(text: string): Date | null {
  const moment = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(moment) ? null : new Date(moment);
}

function toQueryConfig(statement: ReadStatement): {
  name?: string;
  text: string;
  values?: unknown[];
  rowMode?: string;
} {
  return {
    text: statement.text,
    ...(statement.name === undefined ? {} : { name: statement.name }),
    ...(statement.values === undefined ? {} : { values: [...statement.values] }),
    ...(statement.rowMode === undefined ? {} : { rowMode: statement.rowMode }),
  };
}

interface Streaming {
  readonly statement: ReadStatement;
  readonly onRow: (row: readonly unknown[]) => void;
  readonly patienceMs: number;
  readonly toFault: (error: unknown) => Error;
}

function streamRows(client: PoolClient, streaming: Streaming): Promise<void> {
  const { statement, onRow, patienceMs, toFault } = streaming;
  return new Promise((resolve, reject) => {
    const config = { ...toQueryConfig(statement), rowMode: 'array' };
    const query = new Query<unknown[]>(config);
    // Not pg's own read timeout: that gives the query a callback, and a query with a callback keeps every row.
    const timer = setTimeout(() => settle(toFault(new Error('Query read timeout'))), patienceMs);
    let settled = false;
    query.on('row', (row: unknown[]) => {
      if (settled) return;
      try {
        onRow(row);
      } catch (error) {
        settle(error);
      }
    });
    query.on('error', (error: unknown) => settle(toFault(error)));
    query.on('end', () => settle());
    client.query(query);

    function settle(failure?: unknown): void {
      settled = true;
      clearTimeout(timer);
      if (failure === undefined) resolve();
      else reject(failure);
    }
  });
}
