import type { MessagePort } from 'node:worker_threads';
import type { Workflow } from '../visibility/workflow.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import type { ScopeView } from '../visibility/aggregate.ts';
import type { Question } from './question.ts';

/** A version as the thread that loads it hands it out, all of it in shared memory. */
export interface PublishedVersion {
  readonly snapshot: Snapshot;
  /** What is known of everything that runs, by CVE. */
  readonly whole: ScopeView;
}

/** What the main thread tells a question thread. Messages keep their order, so a question sees what was told before it. */
export type ToThread =
  /** Where snapshots come from: straight from the thread that loads them, so that the main thread holds none. */
  | { readonly type: 'snapshots'; readonly port: MessagePort }
  | { readonly type: 'as-of'; readonly dataAsOf: number }
  | { readonly type: 'workflow'; readonly workflow: Workflow }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

/** What comes back: the version now answered from; an answer as JSON text in bytes; or why there is none. */
export type FromThread =
  | { readonly type: 'version'; readonly version: number }
  | { readonly type: 'answer'; readonly id: number; readonly json: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly id: number; readonly error: unknown };
