/** Taking up files that change while the program runs: mounted secrets are replaced under it. */
import { stat } from 'node:fs/promises';

/** What is kept fresh. */
export interface Fresh<T> {
  readonly files: readonly string[];
  readonly load: () => Promise<T>;
  /** Called with what was loaded after a change. */
  readonly onLoaded: (value: T) => void;
  /** What could not be loaded; the old value stays in use. */
  readonly onTrouble: (error: unknown) => void;
  readonly everyMs: number;
}

/**
 * Looks at the files from time to time, since watching misses the swapped links of mounted secrets. Loads before it returns.
 *
 * @returns the first value, and how to stop looking
 * @throws what loading throws the first time
 */
export async function keepFresh<T>(fresh: Fresh<T>): Promise<{ readonly value: T; stop(): void }> {
  let seen = await stampsOf(fresh.files);
  const value = await fresh.load();
  let isLooking = false;
  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    const now = await stampsOf(fresh.files);
    if (now !== seen) {
      seen = now;
      await fresh.load().then(fresh.onLoaded, fresh.onTrouble);
    }
    isLooking = false;
  }
  const timer = setInterval(() => void look(), fresh.everyMs);
  timer.unref();
  return { value, stop: () => clearInterval(timer) };
}

async function stampsOf(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined ? 'absent' : `${found.ino}/${found.mtimeNs}/${found.size}`;
  });
  return (await Promise.all(stamps)).join(' ');
}
