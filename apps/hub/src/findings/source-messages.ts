import type { MessagePort } from 'node:worker_threads';
import type { CentralAddress, CentralMode } from '@pratique/stackrox';
import type { ReaderEvent } from './reader.ts';
import type { SourceState } from './store.ts';

/** What the findings thread needs; plain data, because it crosses into the thread. */
export interface FindingsSettings {
  readonly source: string;
  readonly appDatabase: { readonly address: CentralAddress };
  readonly central: {
    readonly address: CentralAddress;
    readonly maxConnections: number;
    readonly statementTimeoutMs: number;
  };
  /** Whether this process stands for election as the reader. */
  readonly reads: boolean;
  readonly intervalSeconds: number;
  readonly maxShrinkPercent: number;
  readonly force?: CentralMode | undefined;
}

/** What the findings thread is told: to give snapshots to a port (a question thread listens at the other end), or to stop. */
export type ToFindings = { readonly type: 'give'; readonly port: MessagePort } | { readonly type: 'stop' };

/** What the findings thread tells: a state, reader events, and troubles of loading. */
export type FromFindings =
  | { readonly type: 'loaded'; readonly state: SourceState | null }
  | { readonly type: 'reader'; readonly event: ReaderEvent }
  | { readonly type: 'load-failed'; readonly error: string };
