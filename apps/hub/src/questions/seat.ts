import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { hubFault } from '../errors.ts';
import type { FromThread, ToThread } from './messages.ts';
import type { Question } from './question.ts';

/** Where a thread's program is: beside this file in a checkout, under a name of its own in a bundle. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './questions-thread.mjs', import.meta.url);

/** Waits between attempts to replace a thread that dies at once, in milliseconds: a thread that cannot start must not become a busy loop. */
const firstPauseMs = 250;
const longestPauseMs = 30_000;

/** Room for what a question needs and drops; the engine's own choice of 48 MB stays resident once used. */
const maxYoungGenerationSizeMb = 16;

/** What a seat needs. */
export interface SeatOptions {
  /** What a new thread must be told before it can answer, in order. */
  readonly introduction: () => readonly ToThread[];
  /** Told when the thread died. */
  readonly onDeath: (error: unknown) => void;
}

interface Waiting {
  readonly resolve: (json: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (error: unknown) => void;
}

/** A place with one question thread in it, or, for a moment after it died, none. */
export class Seat {
  readonly #options: SeatOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #give: ((port: MessagePort) => void) | null = null;
  #version = 0;
  #pauseMs = firstPauseMs;
  #stopped = false;
  #nextId = 1;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.#launch();
  }

  /** The version the thread answers from; 0 while it has none. */
  get version(): number {
    return this.#version;
  }

  /** Has the thread hear of snapshots from whoever gets the other end of the channel; its successors, too. */
  connect(give: (port: MessagePort) => void): void {
    this.#give = give;
    this.#openChannel();
  }

  /** Passes a message on; a thread that comes later hears it from the introduction. */
  tell(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  /** @throws Fault `overloaded` while the thread is being replaced, and for what a dying thread leaves unanswered */
  ask(question: Question): Promise<Uint8Array<ArrayBuffer>> {
    const worker = this.#worker;
    if (worker === null) {
      return Promise.reject(interrupted());
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message: ToThread = { type: 'ask', id, question };
      worker.postMessage(message);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker?.terminate();
    this.#abandon();
  }

  #launch(): void {
    const worker = new Worker(threadFile, { resourceLimits: { maxYoungGenerationSizeMb } });
    this.#worker = worker;
    worker.on('message', (message: FromThread) => this.#settle(message));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', (code) => this.#lose(worker, new Error(`a question thread ended with code ${code}`)));
    this.#options.introduction().forEach((message) => worker.postMessage(message));
    this.#openChannel();
  }

  #openChannel(): void {
    if (this.#worker === null || this.#give === null) {
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const message: ToThread = { type: 'snapshots', port: port1 };
    this.#worker.postMessage(message, [port1]);
    this.#give(port2);
  }

  #settle(message: FromThread): void {
    this.#pauseMs = firstPauseMs;
    if (message.type === 'version') {
      this.#version = message.version;
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') {
      waiting?.resolve(message.json);
    } else {
      waiting?.reject(message.error);
    }
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#stopped || this.#worker !== worker) {
      return;
    }
    this.#worker = null;
    this.#version = 0;
    this.#options.onDeath(error);
    this.#abandon();
    setTimeout(() => {
      if (!this.#stopped) {
        this.#launch();
      }
    }, this.#pauseMs).unref();
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }

  #abandon(): void {
    this.#waiting.forEach(({ reject }) => reject(interrupted()));
    this.#waiting.clear();
  }
}

function interrupted() {
  return hubFault({
    code: 'overloaded',
    message: 'The part of the hub that answers this question is being replaced.',
    hint: 'Ask again in a moment; if it stays so, the log of the hub names the reason.',
  });
}
