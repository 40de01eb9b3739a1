/** All that a registry keeps: one folder, held by one process. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryLimits } from '../limits.ts';
import { compareNames, repositoryName } from '../names.ts';
import type { RepositoryName } from '../names.ts';
import { Blobs } from './blobs.ts';
import { namesIn, unlessAbsent } from './files.ts';
import { holdFolder, lookAtFolder } from './folder.ts';
import type { HeldFolder, Layout } from './folder.ts';
import { collect } from './garbage.ts';
import type { GarbageReport } from './garbage.ts';
import { Manifests } from './manifests.ts';
import { Referrers } from './referrers.ts';
import { Gate, Turns } from './turns.ts';
import { Uploads } from './uploads.ts';

/** How a store is opened. */
export interface StoreOptions {
  readonly folder: string;
  readonly readOnly: boolean;
  readonly durable: boolean;
  readonly limits: Pick<RegistryLimits, 'maxBlobBytes' | 'maxOpenUploads' | 'uploadIdleMs'>;
  readonly clock: () => number;
}

/** An open store. */
export interface Store {
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly referrers: Referrers;
  /** Names of all repositories in the order of lists. */
  repositories(): Promise<readonly RepositoryName[]>;
  hasRepository(name: RepositoryName): Promise<boolean>;
  /** See `collect`; `before` in milliseconds since 1970. */
  collectGarbage(options: { readonly before: number; readonly dryRun: boolean }): Promise<GarbageReport>;
  close(): void;
}

/**
 * Opens a folder as a store and rebuilds lists of referrers that are missing.
 *
 * @throws Fault `storage-folder-in-use`, `storage-folder-unusable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const held = options.readOnly
    ? await lookAtFolder(options.folder)
    : await holdFolder(options.folder, options.durable);
  try {
    const store = assemble(held, options);
    if (!options.readOnly) await rebuildReferrers(store);
    return store;
  } catch (error) {
    held.release();
    throw error;
  }
}

function assemble({ layout, release }: HeldFolder, { limits, clock }: StoreOptions): Store {
  const gate = new Gate();
  const blobs = new Blobs(layout, gate);
  const referrers = new Referrers(layout);
  const manifests = new Manifests({ layout, blobs, referrers, gate, turns: new Turns() });
  const repositories = () => findRepositories(layout);
  return {
    blobs,
    referrers,
    manifests,
    uploads: new Uploads({ layout, blobs, limits, clock }),
    repositories,
    hasRepository: (name) => isRepository(layout.repository(name)),
    collectGarbage: ({ before, dryRun }) =>
      gate.exclusive(async () => collect({ layout, manifests, repositories: await repositories(), before, dryRun })),
    close: release,
  };
}

/** Entries are written before their manifest is linked, so a list marked complete stays so; one that lost its mark is made anew. */
async function rebuildReferrers({ manifests, referrers, repositories }: Store): Promise<void> {
  for (const repository of await repositories()) {
    if (await referrers.isComplete(repository)) continue;
    for await (const found of manifests.all(repository)) {
      await referrers.add(repository, found.digest, found.size, await manifests.facts(found));
    }
    await referrers.markComplete(repository);
  }
}

async function findRepositories(layout: Layout): Promise<readonly RepositoryName[]> {
  const found: RepositoryName[] = [];
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const inside = await namesIn(join(layout.repositories, path));
    if (path !== '' && inside.some((name) => name.startsWith('_'))) found.push(repositoryName(path));
    for (const name of inside) {
      if (name.startsWith('_') || !(await isFolder(join(layout.repositories, path, name)))) continue;
      pending.push(path === '' ? name : `${path}/${name}`);
    }
  }
  return found.sort(compareNames);
}

async function isRepository(path: string): Promise<boolean> {
  return (await namesIn(path)).some((name) => name.startsWith('_'));
}

async function isFolder(path: string): Promise<boolean> {
  return (await unlessAbsent(path, () => stat(path)))?.isDirectory() ?? false;
}
