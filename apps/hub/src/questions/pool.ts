import type { MessagePort } from 'node:worker_threads';
import type { Workflow } from '../visibility/workflow.ts';
import type { ToThread } from './messages.ts';
import type { Question } from './question.ts';
import { Seat } from './seat.ts';

/** The threads that answer questions, so that the thread that serves HTTP never waits for one. */
export interface QuestionPool {
  /** Connects every thread, now and whenever one is replaced, with who gives out snapshots: `give` gets the other end. */
  connect(give: (port: MessagePort) => void): void;
  /** The version that every thread answers from, or a newer one; 0 while one has none yet. */
  readonly version: number;
  /** Moves the age of the data without a new version. */
  useDataAsOf(dataAsOf: number): void;
  useWorkflow(workflow: Workflow): void;
  /**
   * The answer as JSON in bytes. `lane` keeps questions that profit from the same caches on one thread.
   * @throws Fault `overloaded` while a thread that died is being replaced
   */
  ask(question: Question, lane: Lane): Promise<Uint8Array<ArrayBuffer>>;
  stop(): Promise<void>;
}

/** `fleet` is for those who see everything: their questions are the heavy ones and get a thread of their own. */
export type Lane = { readonly kind: 'fleet' } | { readonly kind: 'team'; readonly key: string };

export interface PoolOptions {
  /** At least 1; the first thread answers for the fleet. */
  readonly threads: number;
  /** Told when a thread died; what it was asked failed, and another takes its place. */
  readonly onThreadDeath: (error: unknown) => void;
}

/** Starts the threads. They can be asked once `version` is not 0. */
export function startQuestionPool({ threads, onThreadDeath }: PoolOptions): QuestionPool {
  const latest: { workflow?: ToThread; snapshot?: ToThread; asOf?: ToThread } = {};
  const introduction = () => [latest.workflow, latest.snapshot, latest.asOf].filter((message) => message !== undefined);
  const seats = Array.from({ length: threads }, () => new Seat({ introduction, onDeath: onThreadDeath }));
  const tell = (message: ToThread) => seats.forEach((seat) => seat.tell(message));
  return {
    connect: (give) => seats.forEach((seat) => seat.connect(give)),
    get version() {
      return Math.min(...seats.map((seat) => seat.version));
    },
    useDataAsOf(dataAsOf) {
      latest.asOf = { type: 'as-of', dataAsOf };
      tell(latest.asOf);
    },
    useWorkflow(workflow) {
      latest.workflow = { type: 'workflow', workflow };
      tell(latest.workflow);
    },
    ask: (question, lane) => seats[seatOf(lane, threads)]!.ask(question),
    async stop() {
      await Promise.all(seats.map((seat) => seat.stop()));
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
