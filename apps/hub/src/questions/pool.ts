import { Worker } from 'node:worker_threads';
import type { Snapshot } from '../findings/snapshot.ts';
import type { Workflow } from '../visibility/workflow.ts';
import type { FromThread, ToThread } from './messages.ts';
import type { Question } from './question.ts';

/** The threads that answer questions, so that the thread that serves HTTP never waits for one. */
export interface QuestionPool {
  /** Hands every thread the next version; questions asked from now on see it. */
  useSnapshot(snapshot: Snapshot): void;
  /** Moves the age of the data without a new version. */
  useDataAsOf(dataAsOf: number): void;
  useWorkflow(workflow: Workflow): void;
  /** The answer as JSON in bytes. `lane` keeps questions that profit from the same caches on one thread. */
  ask(question: Question, lane: Lane): Promise<Uint8Array<ArrayBuffer>>;
  stop(): Promise<void>;
}

/** `fleet` is for those who see everything: their questions are the heavy ones and get a thread of their own. */
export type Lane = { readonly kind: 'fleet' } | { readonly kind: 'team'; readonly key: string };

export interface PoolOptions {
  /** At least 1; the first thread answers for the fleet. */
  readonly threads: number;
  /** Told when a thread died; its questions failed and another took its place. */
  readonly onThreadDeath: (error: unknown) => void;
}

interface Seat {
  worker: Worker;
  readonly waiting: Map<number, { resolve: (json: Uint8Array<ArrayBuffer>) => void; reject: (error: unknown) => void }>;
}

/** Starts the threads. They can be asked once a snapshot was handed over. */
export function startQuestionPool({ threads, onThreadDeath }: PoolOptions): QuestionPool {
  const seats: Seat[] = [];
  let stopped = false;
  let nextId = 1;
  /** What a replacement must be told first. */
  const latest: { snapshot?: ToThread; workflow?: ToThread; asOf?: ToThread } = {};

  function seatWorker(seat: Seat): void {
    const worker = new Worker(new URL('./thread.ts', import.meta.url));
    seat.worker = worker;
    worker.on('message', (message: FromThread) => settle(seat, message));
    worker.on('error', (error) => replace(seat, worker, error));
    worker.on('exit', (code) => replace(seat, worker, new Error(`a question thread ended with code ${code}`)));
    for (const message of [latest.workflow, latest.snapshot, latest.asOf]) {
      if (message !== undefined) {
        worker.postMessage(message);
      }
    }
  }

  function replace(seat: Seat, worker: Worker, error: unknown): void {
    if (stopped || seat.worker !== worker) {
      return;
    }
    onThreadDeath(error);
    seat.waiting.forEach(({ reject }) => reject(error));
    seat.waiting.clear();
    seatWorker(seat);
  }

  function settle(seat: Seat, message: FromThread): void {
    const waiting = seat.waiting.get(message.id);
    seat.waiting.delete(message.id);
    if (message.type === 'answer') {
      waiting?.resolve(message.json);
    } else {
      waiting?.reject(message.error);
    }
  }

  function tell(message: ToThread): void {
    seats.forEach((seat) => seat.worker.postMessage(message));
  }

  for (let index = 0; index < threads; index += 1) {
    const seat = { waiting: new Map() } as unknown as Seat;
    seats.push(seat);
    seatWorker(seat);
  }
  return {
    useSnapshot(snapshot) {
      latest.snapshot = { type: 'snapshot', snapshot };
      delete latest.asOf;
      tell(latest.snapshot);
    },
    useDataAsOf(dataAsOf) {
      latest.asOf = { type: 'as-of', dataAsOf };
      tell(latest.asOf);
    },
    useWorkflow(workflow) {
      latest.workflow = { type: 'workflow', workflow };
      tell(latest.workflow);
    },
    ask(question, lane) {
      const seat = seats[seatOf(lane, threads)]!;
      const id = nextId;
      nextId += 1;
      return new Promise((resolve, reject) => {
        seat.waiting.set(id, { resolve, reject });
        const message: ToThread = { type: 'ask', id, question };
        seat.worker.postMessage(message);
      });
    },
    async stop() {
      stopped = true;
      await Promise.all(seats.map((seat) => seat.worker.terminate()));
    },
  };
}

function seatOf(lane: Lane, threads: number): number {
  if (lane.kind === 'fleet' || threads === 1) {
    return 0;
  }
  let hash = 0;
  for (let at = 0; at < lane.key.length; at += 1) {
    hash = (Math.imul(hash, 31) + lane.key.charCodeAt(at)) >>> 0;
  }
  return 1 + (hash % (threads - 1));
}
