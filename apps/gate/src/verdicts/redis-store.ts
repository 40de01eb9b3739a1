/**
 * Answers on a cache server that speaks Redis (Redis, Valkey). It may be slow, away or refuse us: then it costs a tenth of a
 * second once and nothing for the next ten, and every look-up is a miss (CAC-5). No request ever waits for a connection.
 */
import { createClient } from '@redis/client';
import { longestValue } from './verdict-store.ts';
import type { StoreEvent, VerdictStore } from './verdict-store.ts';

/** How the server is reached (CAC-9). */
export interface RedisStoreOptions {
  readonly host: string;
  /** @default 6379 */
  readonly port?: number;
  readonly password?: string;
  /** Authority of the server's certificate in PEM; without it those of the system. */
  readonly ca?: string;
  /** The name in the certificate where that is not the host. */
  readonly serverName?: string;
  /** Longest wait for connecting and for one answer. @default 100 */
  readonly timeoutMs?: number;
  /** Rest after a failure. @default 10000 */
  readonly pauseMs?: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  readonly onEvent?: (event: StoreEvent) => void;
  /** Told once per outage with its cause, and with undefined when the server answers again. */
  readonly onState?: (fault: Error | undefined) => void;
}

type Client = ReturnType<typeof openClient>;

/** Makes a store on a cache server; it connects in the background and reconnects by itself. */
export function createRedisStore(options: RedisStoreOptions): VerdictStore {
  return new RedisStore(options);
}

class RedisStore implements VerdictStore {
  readonly #options: RedisStoreOptions;
  #client: Client | undefined;
  #connecting = false;
  #restUntil = Number.NEGATIVE_INFINITY;
  #away = false;
  #closed = false;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#connect();
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.#ask((client) => client.get(key));
    if (value === failed) return undefined;
    this.#options.onEvent?.({ store: 'redis', result: value === null ? 'miss' : 'hit' });
    return typeof value === 'string' && value.length <= 2 * longestValue ? value : undefined;
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    const milliseconds = Math.max(1, Math.floor(ttlSeconds * 1000));
    await this.#ask((client) => client.set(key, value, { expiration: { type: 'PX', value: milliseconds } }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #ask<T>(ask: (client: Client) => Promise<T>): Promise<T | typeof failed> {
    const client = this.#client;
    if (client === undefined) {
      this.#connect();
      this.#options.onEvent?.({ store: 'redis', result: 'error' });
      return failed;
    }
    try {
      return await within(this.#options.timeoutMs ?? 100, ask(client));
    } catch (error) {
      this.#rest(client, error);
      this.#options.onEvent?.({ store: 'redis', result: 'error' });
      return failed;
    }
  }

  /** Begins to connect unless it does already or rests after a failure; never waited for. */
  #connect(): void {
    if (this.#connecting || this.#closed || this.#options.clock() < this.#restUntil) return;
    this.#connecting = true;
    const client = openClient(this.#options);
    client.on('error', (error: unknown) => this.#rest(client, error));
    // TLS and the login take a few round trips; still nobody waits, so more than for one answer is granted.
    within(10 * (this.#options.timeoutMs ?? 100), client.connect())
      .then(() => this.#connected(client))
      .catch((error: unknown) => this.#rest(client, error))
      .finally(() => {
        this.#connecting = false;
      });
  }

  #connected(client: Client): void {
    if (this.#closed) return client.destroy();
    this.#client = client;
    if (this.#away) this.#options.onState?.(undefined);
    this.#away = false;
  }

  #rest(client: Client, error: unknown): void {
    if (this.#client === client) this.#client = undefined;
    if (client.isOpen) client.destroy();
    if (this.#closed) return;
    this.#restUntil = this.#options.clock() + (this.#options.pauseMs ?? 10_000);
    if (!this.#away) this.#options.onState?.(error instanceof Error ? error : new Error(String(error)));
    this.#away = true;
  }
}

const failed = Symbol('the cache server gave no answer');

function openClient(options: RedisStoreOptions) {
  const { host, port = 6379, password, ca, serverName = host, timeoutMs = 100 } = options;
  return createClient({
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: 10_000,
    ...(password === undefined || password === '' ? {} : { password }),
    socket: {
      host,
      port,
      tls: true,
      servername: serverName,
      minVersion: 'TLSv1.2',
      connectTimeout: 10 * timeoutMs,
      reconnectStrategy: false,
      ...(ca === undefined ? {} : { ca }),
    },
  });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the cache server gave no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
