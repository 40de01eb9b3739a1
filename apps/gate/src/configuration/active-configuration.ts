/**
 * The configuration in force (CFG-2, CFG-3): a new one that is right takes over as a whole between two requests, a wrong one
 * changes nothing but what is said about it.
 */
import { watchFiles } from './watch-files.ts';
import type { WatchedFiles } from './watch-files.ts';

/** What is kept in force. */
export interface Loading<T> {
  /** Loads what the files say now; throws a fault that names every mistake. */
  readonly load: () => Promise<T>;
  /** Lets go of a configuration some time after it was replaced; requests that began with it may still run. */
  readonly retire: (old: T) => void;
  readonly watched: Omit<WatchedFiles, 'onChange'>;
  readonly now: () => Date;
  /** Told of every reload. */
  readonly onReload: (result: ReloadResult<T>) => void;
}

export type ReloadResult<T> =
  | { readonly result: 'success'; readonly value: T }
  | { readonly result: 'error'; readonly error: unknown };

/** A configuration that follows its files. */
export interface ActiveConfiguration<T> {
  /** What is in force now. */
  current(): T;
  facts(): ConfigurationFacts;
  /** Loads at once, as if the files had changed. */
  reload(): Promise<void>;
  stop(): void;
}

/** What readiness and doctor show. */
export interface ConfigurationFacts {
  readonly loadedAt: Date;
  /** Why the files as they are now are not in force; undefined while they are. */
  readonly problem: string | undefined;
}

/**
 * Loads and follows.
 *
 * @throws what loading throws the first time
 */
export async function followConfiguration<T>(loading: Loading<T>): Promise<ActiveConfiguration<T>> {
  let current = await loading.load();
  let facts: ConfigurationFacts = { loadedAt: loading.now(), problem: undefined };
  async function reload(): Promise<void> {
    try {
      const old = current;
      current = await loading.load();
      facts = { loadedAt: loading.now(), problem: undefined };
      loading.retire(old);
      loading.onReload({ result: 'success', value: current });
    } catch (error) {
      facts = { ...facts, problem: error instanceof Error ? error.message : String(error) };
      loading.onReload({ result: 'error', error });
    }
  }
  const watch = await watchFiles({ ...loading.watched, onChange: reload });
  return { current: () => current, facts: () => facts, reload, stop: () => watch.stop() };
}
