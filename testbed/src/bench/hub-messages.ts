/** What the bench tells a hub in a process of its own. */
export type ToHub = { readonly type: 'watch-loop' | 'loop' | 'memory' | 'stop' };

/** What the hub tells the bench. Times in milliseconds, memory in bytes. */
export type FromHub =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'poll'; readonly milliseconds: number; readonly imagesRead: number; readonly version: number }
  /** Event-loop delay of the main thread since `watch-loop`. */
  | { readonly type: 'loop'; readonly p99: number; readonly max: number }
  | { readonly type: 'memory'; readonly rss: number }
  | { readonly type: 'trouble'; readonly line: string };
