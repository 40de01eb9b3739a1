/** Removing what nothing refers to. Runs while nothing is written, so that nothing is judged half-way. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDigest } from '../names.ts';
import type { Digest, RepositoryName } from '../names.ts';
import { namesIn, unlessAbsent } from './files.ts';
import type { Layout } from './folder.ts';
import type { Manifests } from './manifests.ts';

/** What {@link collect} works with. */
export interface GarbageOptions {
  readonly layout: Layout;
  readonly manifests: Manifests;
  readonly repositories: readonly RepositoryName[];
  /** Younger files stay, in milliseconds since 1970: a client may just be about to send the manifest that needs them. */
  readonly before: number;
  /** Only count. */
  readonly dryRun: boolean;
}

/** What was (or would be) removed. */
export interface GarbageReport {
  /** Blobs taken out of a repository because no manifest there names them. */
  readonly blobs: number;
  /** Files of content no repository has any more. */
  readonly files: number;
  /** Bytes those files hold. */
  readonly bytes: number;
}

/**
 * Marks what the manifests of each repository name, takes the other blobs out, then removes content without any link.
 * Manifests stay, tagged or not: signatures refer to digests, not to tags.
 *
 * @throws Fault `storage-failed` when a manifest cannot be read: what it names is then unknown, so nothing is removed
 */
export async function collect(options: GarbageOptions): Promise<GarbageReport> {
  const marked = new Map<RepositoryName, ReadonlySet<Digest>>();
  for (const repository of options.repositories) marked.set(repository, await namedBy(repository, options));
  const kept = new Set<Digest>();
  let blobs = 0;
  for (const [repository, named] of marked) {
    for await (const found of options.manifests.all(repository)) kept.add(found.digest);
    blobs += await sweepRepository(repository, { named, kept, options });
  }
  return { blobs, ...(await sweepContent(kept, options)) };
}

async function namedBy(repository: RepositoryName, { manifests }: GarbageOptions): Promise<ReadonlySet<Digest>> {
  const named = new Set<Digest>();
  for await (const found of manifests.all(repository)) {
    for (const { digest } of (await manifests.facts(found)).references) named.add(digest);
  }
  return named;
}

interface Sweep {
  readonly named: ReadonlySet<Digest>;
  readonly kept: Set<Digest>;
  readonly options: GarbageOptions;
}

async function sweepRepository(repository: RepositoryName, { named, kept, options }: Sweep): Promise<number> {
  let removed = 0;
  const folder = options.layout.blobs(repository);
  for await (const { digest, path } of digestsIn(folder)) {
    const isOld = ((await unlessAbsent(path, () => stat(path)))?.mtimeMs ?? 0) < options.before;
    if (named.has(digest) || !isOld) {
      kept.add(digest);
      continue;
    }
    removed += 1;
    if (!options.dryRun) await unlessAbsent(path, () => rm(path));
  }
  return removed;
}

async function sweepContent(kept: ReadonlySet<Digest>, { layout, before, dryRun }: GarbageOptions) {
  let [files, bytes] = [0, 0];
  for (const algorithm of await namesIn(layout.content)) {
    for (const shard of await namesIn(join(layout.content, algorithm))) {
      for (const hex of await namesIn(join(layout.content, algorithm, shard))) {
        const digest = readDigest(`${algorithm}:${hex}`);
        const path = join(layout.content, algorithm, shard, hex);
        const found = await unlessAbsent(path, () => stat(path));
        if (digest === undefined || kept.has(digest) || found === undefined || found.mtimeMs >= before) continue;
        files += 1;
        bytes += found.size;
        if (!dryRun) await unlessAbsent(path, () => rm(path));
      }
    }
  }
  return { files, bytes };
}

async function* digestsIn(folder: string): AsyncGenerator<{ readonly digest: Digest; readonly path: string }> {
  for (const algorithm of await namesIn(folder)) {
    for (const hex of await namesIn(join(folder, algorithm))) {
      const digest = readDigest(`${algorithm}:${hex}`);
      if (digest !== undefined) yield { digest, path: join(folder, algorithm, hex) };
    }
  }
}
