import type { CentralAddress, CentralMode } from '@pratique/stackrox';
import type { ReaderEvent } from './reader.ts';
import type { Snapshot } from './snapshot.ts';
import type { SourceState } from './store.ts';

/** What the findings thread needs; plain data, because it crosses into the thread. */
export interface FindingsSettings {
  readonly source: string;
  readonly appDatabase: { readonly address: CentralAddress };
  readonly central: { readonly address: CentralAddress; readonly maxConnections: number; readonly statementTimeoutMs: number };
  /** Whether this process stands for election as the reader. */
  readonly reads: boolean;
  readonly intervalSeconds: number;
  readonly maxShrinkPercent: number;
  readonly force?: CentralMode | undefined;
}

/** What the findings thread tells: a state (with a snapshot, if it is a new version), reader events, and troubles of loading. */
export type FromFindings =
  | { readonly type: 'loaded'; readonly state: SourceState | null; readonly snapshot: Snapshot | null }
  | { readonly type: 'reader'; readonly event: ReaderEvent }
  | { readonly type: 'load-failed'; readonly error: string };
