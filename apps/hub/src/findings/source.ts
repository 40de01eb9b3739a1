import { Worker, type MessagePort } from 'node:worker_threads';
import type { ReaderEvent } from './reader.ts';
import type { FindingsSettings, FromFindings, ToFindings } from './source-messages.ts';
import type { SourceState } from './store.ts';

/** The findings of a source as this process knows them. */
export interface FindingsSource {
  /** As last read from the application database; null before the first look. */
  readonly state: SourceState | null;
  /** Version of the snapshot that questions see; 0 before the first. */
  readonly loadedVersion: number;
  stop(): Promise<void>;
}

/** What the owner of a source is told. */
export interface SourceListener {
  /** The thread began, for the first time or again: whoever wants snapshots connects. */
  onStarted(give: (port: MessagePort) => void): void;
  onState(state: SourceState | null): void;
  onReaderEvent(event: ReaderEvent): void;
  onTrouble(what: string, detail: string): void;
}

const stopGraceMs = 5_000;
/** Where the thread's program is: beside this file in a checkout, under a name of its own in a bundle. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './findings-thread.mjs', import.meta.url);

/** Starts the findings thread and keeps it alive. `answeredVersion`: what the question threads answer from. */
export function startFindingsSource(
  settings: FindingsSettings,
  listener: SourceListener,
  answeredVersion: () => number,
): FindingsSource {
  let state: SourceState | null = null;
  let stopped = false;
  let worker = launch();

  function launch(): Worker {
    const started = new Worker(threadFile, { workerData: settings });
    started.on('message', receive);
    started.on('error', (error) =>
      listener.onTrouble(
        'the findings thread failed',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      ),
    );
    started.on('exit', () => {
      if (!stopped) {
        listener.onTrouble('the findings thread ended', 'it is started again');
        setTimeout(() => {
          if (!stopped) {
            worker = launch();
          }
        }, 1000);
      }
    });
    listener.onStarted((port) => {
      const message: ToFindings = { type: 'give', port };
      started.postMessage(message, [port]);
    });
    return started;
  }

  function receive(message: FromFindings): void {
    switch (message.type) {
      case 'loaded':
        ({ state } = message);
        listener.onState(state);
        break;
      case 'reader':
        listener.onReaderEvent(message.event);
        break;
      case 'load-failed':
        listener.onTrouble('a version could not be loaded', message.error);
        break;
    }
  }

  return {
    get state() {
      return state;
    },
    get loadedVersion() {
      return answeredVersion();
    },
    async stop() {
      stopped = true;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      const message: ToFindings = { type: 'stop' };
      worker.postMessage(message);
      const insist = setTimeout(() => void worker.terminate(), stopGraceMs);
      await ended;
      clearTimeout(insist);
    },
  };
}
