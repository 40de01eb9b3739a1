/** Noticing that files changed. Asked rather than told: mounted folders are exchanged by links, which watches lose. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What is watched. */
export interface WatchedFiles {
  /** Files, there or not. */
  readonly files: readonly string[];
  /** A folder of folders of files (mounted Secrets), there or not. */
  readonly folders: readonly string[];
  readonly everyMs: number;
  /** Awaited before the next look. Called when what changed has stayed the same for one more look: nothing half-written is read. */
  readonly onChange: () => Promise<void>;
}

const maxFiles = 2_000;

/** Starts watching; what is there now is not a change. */
export async function watchFiles(watched: WatchedFiles): Promise<{ stop(): void }> {
  let handled = await stampOf(watched);
  let seen = handled;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  async function look(): Promise<void> {
    const now = await stampOf(watched);
    const isSettled = now === seen;
    seen = now;
    if (isSettled && now !== handled && !isStopped) {
      handled = now;
      await watched.onChange();
    }
  }
  const next = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => void look().finally(next), watched.everyMs);
    timer.unref();
  };
  next();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function stampOf({ files, folders }: WatchedFiles): Promise<string> {
  const inside = await Promise.all(folders.map(filesBelow));
  const all = [...files, ...inside.flat()].slice(0, maxFiles);
  const stamps = all.map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return `${file} ${found === undefined ? 'absent' : `${found.ino}/${found.mtimeNs}/${found.size}`}`;
  });
  return (await Promise.all(stamps)).join('\n');
}

/** `..data` and its like are left out: the names beside them lead there. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const names = await namesIn(folder);
  const lists = names.map(async (name) => (await namesIn(join(folder, name))).map((file) => join(folder, name, file)));
  return (await Promise.all(lists)).flat();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith('..')).sort();
}
