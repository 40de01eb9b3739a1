/** Collecting garbage in the folder of a registry that is not running. */
import { resolve } from 'node:path';
import { defaultLimits } from './limits.ts';
import { openStore } from './store/store.ts';
import type { GarbageReport } from './store/garbage.ts';

/**
 * Removes blobs nothing refers to from a folder no registry is running on.
 *
 * @param graceMs blobs younger than this stay, in milliseconds
 * @param now milliseconds since 1970
 * @throws Fault `storage-folder-in-use` while a registry runs there, `storage-folder-unusable`, `storage-failed`
 */
export async function collectGarbage(options: {
  readonly folder: string;
  readonly graceMs: number;
  readonly dryRun: boolean;
  readonly now: number;
}): Promise<GarbageReport> {
  const { graceMs, dryRun, now } = options;
  const store = await openStore({
    folder: resolve(options.folder),
    readOnly: false,
    durable: true,
    limits: defaultLimits,
    clock: () => now,
  });
  try {
    return await store.collectGarbage({ before: now - graceMs, dryRun });
  } finally {
    store.close();
  }
}
