/** The folder of a registry: where things lie in it, and that one process at a time has it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { excerpt, Fault } from '@pratique/runtime/fault';
import { registryFault } from '../errors.ts';
import { partsOf } from '../names.ts';
import type { Digest, RepositoryName, Tag } from '../names.ts';
import { isAbsent, makeFolder } from './files.ts';
import type { Disk } from './files.ts';

/** What the file `format` holds; another number means another arrangement of files. */
const format = 'pratique-registry 1\n';

/** Where things lie. Names and digests have passed their grammar, so no path leaves the folder. */
export class Layout implements Disk {
  readonly root: string;
  readonly durable: boolean;
  readonly temporary: string;
  readonly uploads: string;
  readonly content: string;
  readonly repositories: string;

  constructor(root: string, durable: boolean) {
    this.root = root;
    this.durable = durable;
    this.temporary = join(root, 'temporary');
    this.uploads = join(root, 'uploads');
    this.content = join(root, 'blobs');
    this.repositories = join(root, 'repositories');
  }

  /** The bytes of a blob or manifest, once for all repositories. */
  contentOf(digest: Digest): string {
    const { algorithm, hex } = partsOf(digest);
    return join(this.content, algorithm, hex.slice(0, 2), hex);
  }

  /** No part of a name begins with `_`, so these never meet a repository below this one. */
  repository(name: RepositoryName): string {
    return join(this.repositories, name);
  }

  blobs(name: RepositoryName): string {
    return join(this.repository(name), '_blobs');
  }

  manifests(name: RepositoryName): string {
    return join(this.repository(name), '_manifests');
  }

  tags(name: RepositoryName): string {
    return join(this.repository(name), '_tags');
  }

  referrers(name: RepositoryName): string {
    return join(this.repository(name), '_referrers');
  }

  /** Says that the blob belongs to the repository. */
  blobLink(name: RepositoryName, digest: Digest): string {
    const { algorithm, hex } = partsOf(digest);
    return join(this.blobs(name), algorithm, hex);
  }

  /** Says that the manifest belongs to the repository, and its media type. */
  manifestLink(name: RepositoryName, digest: Digest): string {
    const { algorithm, hex } = partsOf(digest);
    return join(this.manifests(name), algorithm, hex);
  }

  tag(name: RepositoryName, tag: Tag): string {
    return join(this.tags(name), tag);
  }

  /** The folder of everything that names this digest as its subject. */
  referrersOf(name: RepositoryName, subject: Digest): string {
    const { algorithm, hex } = partsOf(subject);
    return join(this.referrers(name), algorithm, hex);
  }

  referrer(name: RepositoryName, subject: Digest, digest: Digest): string {
    return join(this.referrersOf(name, subject), digest.replace(':', '-'));
  }
}

/** A folder that this process alone may change. */
export interface HeldFolder {
  readonly layout: Layout;
  release(): void;
}

/**
 * Takes the folder, makes what is missing, and removes what a process that died left half-written.
 *
 * @throws Fault `storage-folder-in-use`, `storage-folder-unusable`
 */
export async function holdFolder(path: string, durable: boolean): Promise<HeldFolder> {
  const layout = new Layout(path, durable);
  let lock: DatabaseSync | undefined;
  try {
    await mkdir(path, { recursive: true });
    lock = takeLock(join(path, 'lock'));
    await checkFormat(path);
    for (const left of [layout.temporary, layout.uploads]) await rm(left, { recursive: true, force: true });
    const folders = [layout.temporary, layout.uploads, layout.content, layout.repositories];
    for (const folder of folders) await makeFolder(folder, layout);
  } catch (error) {
    lock?.close();
    throw error instanceof Fault ? error : unusable(path, error);
  }
  const held = lock;
  return { layout, release: () => held.close() };
}

/** The folder as it is, without taking it: for a registry that only reads, also from a read-only mount. */
export async function lookAtFolder(path: string): Promise<HeldFolder> {
  const found = await readFile(join(path, 'format'), 'utf8').catch((error: unknown) => {
    throw unusable(path, error);
  });
  if (found !== format) throw otherFormat(path, found);
  return { layout: new Layout(path, false), release: () => undefined };
}

/**
 * An empty SQLite file in an open exclusive transaction. The kernel keeps such a lock and drops it with the process,
 * however that ends; a file with a process number would outlive a kill and, in a container, name somebody else.
 */
function takeLock(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database.close();
    const busy = cause instanceof Error && 'errcode' in cause && cause.errcode === 5;
    if (!busy) throw cause;
    throw registryFault({
      code: 'storage-folder-in-use',
      message: `Another process serves or cleans the folder of ${excerpt(path, 300)}.`,
      hint: 'Stop that process, or give this one a folder of its own. Nothing needs to be deleted: the lock ends with its process.',
      values: { lock: excerpt(path, 300) },
      cause,
    });
  }
}

/** Before anything is removed: a folder that is not ours, somebody's home for instance, is left as it is. */
async function checkFormat(path: string): Promise<void> {
  const file = join(path, 'format');
  const found = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (found === format) return;
  // Empty: a first start that died between making and filling it.
  if (found !== undefined && found !== '') throw otherFormat(path, found);
  const foreign = (await readdir(path)).filter((name) => !ownFiles.has(name));
  if (foreign.length > 0) throw notOurs(path, foreign);
  await writeFile(file, format, { flush: true });
}

/** What a start makes before the folder is known to be ours. SQLite may leave the last beside its file. */
const ownFiles = new Set(['format', 'lock', 'lock-journal', 'lost+found']);

function notOurs(path: string, foreign: readonly string[]): Fault {
  const shown = foreign.slice(0, 3).map((name) => excerpt(name, 40));
  return registryFault({
    code: 'storage-folder-unusable',
    message: `The folder ${excerpt(path, 300)} holds other things (${shown.join(', ')}) and no registry.`,
    hint: 'Name an empty folder, one that does not exist yet, or one a registry was started with before.',
    values: { path: excerpt(path, 300), foreign: shown },
  });
}

function otherFormat(path: string, found: string): Fault {
  return registryFault({
    code: 'storage-folder-unusable',
    message: `The folder ${excerpt(path, 300)} is arranged as "${excerpt(found.trim())}", this registry reads "${format.trim()}".`,
    hint: 'Use the version of pratique that wrote it, or give this one an empty folder and copy the images over.',
    values: { path: excerpt(path, 300), found: excerpt(found.trim()) },
  });
}

function unusable(path: string, cause: unknown): Fault {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  return registryFault({
    code: 'storage-folder-unusable',
    message: `The folder ${excerpt(path, 300)} cannot be used (${reason}).`,
    hint: 'Name a folder this user may read and write; for a read-only mount that holds a registry, use --read-only.',
    values: { path: excerpt(path, 300), reason },
    cause,
  });
}
