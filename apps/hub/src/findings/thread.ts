/** The thread that reads a source (when elected) and loads published versions. Started by `source.ts`. */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { PoolClient } from 'pg';
import { isFault } from '@pratique/runtime/fault';
import { openCentral } from '@pratique/stackrox';
import { openAppDatabase, type AppDatabaseHandle } from '../database/open.ts';
import { collectGarbage } from './collect-garbage.ts';
import { SnapshotLoader } from './loader.ts';
import { startReader, type LockConnection, type Reader } from './reader.ts';
import { wholeView } from '../visibility/aggregate.ts';
import type { PublishedVersion } from '../questions/messages.ts';
import type { FindingsSettings, FromFindings, ToFindings } from './source-messages.ts';
import { findingsChannel } from './store.ts';

const settings = workerData as FindingsSettings;
/** How often to look for a new version even if no notification came: those can be lost with a connection. */
const lookSeconds = 5;

function tell(message: FromFindings): void {
  parentPort?.postMessage(message);
}

async function main(): Promise<void> {
  const appDatabase = openAppDatabase({
    ...settings.appDatabase,
    poolMax: 3,
    applicationName: 'pratique-reader',
    onIdleError: () => undefined,
  });
  const central = openCentral({
    ...settings.central,
    applicationName: 'pratique-reader',
    onIdleError: () => undefined,
  });
  const reader = settings.reads ? read(appDatabase, central) : null;
  const stopping = new AbortController();
  const loading = keepLoading(appDatabase, stopping.signal);
  parentPort?.on('message', (message: ToFindings) => {
    if (message.type === 'give') {
      giveTo(message.port);
      return;
    }
    stopping.abort();
    void stop(reader, loading)
      .then(() => Promise.allSettled([central.stop(), appDatabase.stop()]))
      .finally(() => process.exit(0));
  });
}

/** Who listens for snapshots, and the one to give to whoever comes later. */
const listeners = new Set<MessagePort>();
let newest: PublishedVersion | null = null;

function giveTo(port: MessagePort): void {
  listeners.add(port);
  port.once('close', () => listeners.delete(port));
  if (newest !== null) {
    port.postMessage(newest);
  }
}

async function stop(reader: Reader | null, loading: Promise<void>): Promise<void> {
  await reader?.stop();
  await loading;
}

function read(appDatabase: AppDatabaseHandle, central: ReturnType<typeof openCentral>): Reader {
  return startReader({
    central,
    source: settings.source,
    connect: () => lockConnection(appDatabase),
    intervalSeconds: settings.intervalSeconds,
    standbySeconds: Math.min(lookSeconds, settings.intervalSeconds),
    maxShrinkPercent: settings.maxShrinkPercent,
    force: settings.force,
    now: () => new Date(),
    report: (event) =>
      tell({ type: 'reader', event: event.kind === 'failed' ? { ...event, error: errorText(event.error) } : event }),
  });
}

/** Errors lose their class between threads: faults were told as problems already, of defects the stack is worth keeping. */
function errorText(error: unknown): string | null {
  return isFault(error) ? null : error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Publishing a large first version takes longer than a page may; the lock lives as long as this connection. */
async function lockConnection(appDatabase: AppDatabaseHandle): Promise<LockConnection> {
  const client = await appDatabase.pool.connect();
  const onError = () => undefined;
  client.on('error', onError);
  await client.query('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0');
  return {
    client,
    close() {
      client.off('error', onError);
      // Destroyed, not returned: the advisory lock must end with it.
      client.release(true);
      return Promise.resolve();
    },
  };
}

async function keepLoading(appDatabase: AppDatabaseHandle, signal: AbortSignal): Promise<void> {
  const loader = new SnapshotLoader(settings.source);
  while (!signal.aborted) {
    try {
      await loadWhileConnected(appDatabase, loader, signal);
    } catch (error) {
      tell({ type: 'load-failed', error: errorText(error) ?? (error as Error).message });
      await delay(1000, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function loadWhileConnected(
  appDatabase: AppDatabaseHandle,
  loader: SnapshotLoader,
  signal: AbortSignal,
): Promise<void> {
  const client = await appDatabase.pool.connect();
  const bell = new Bell();
  let broken: Error | null = null;
  const stop = () => bell.ring();
  client.on('notification', () => bell.ring());
  client.on('error', (error) => {
    broken = error;
    bell.ring();
  });
  signal.addEventListener('abort', stop);
  try {
    await client.query(`listen ${findingsChannel}`);
    while (!signal.aborted && broken === null) {
      await loadOnce(loader, client);
      await bell.heard(lookSeconds * 1000);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    client.release(true);
  }
  if (broken !== null) {
    throw broken as Error;
  }
}

/** A function of its own, so that no waiting closure keeps a version alive that has been replaced. */
async function loadOnce(loader: SnapshotLoader, client: PoolClient): Promise<void> {
  const { state, snapshot } = await loader.load(client);
  tell({ type: 'loaded', state });
  if (snapshot !== null) {
    newest = { snapshot, whole: wholeView(snapshot) };
    for (const port of listeners) {
      port.postMessage(newest);
    }
    setImmediate(collectGarbage);
  }
}

/** Something to wait for, with a patience. */
class Bell {
  #wake: (() => void) | null = null;
  #rung = false;

  /** Ends the waiting; if nobody waits, the next waiting ends at once. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when the bell rings, or after `ms`. */
  async heard(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = null;
    this.#rung = false;
  }
}

void main();
