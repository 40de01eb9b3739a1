/** Writing files that must be whole or not there: keys, signatures, bundles. */
import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { excerpt, type Fault } from '@pratique/runtime/fault';
import { cliFault, type CliFaultCode } from '../errors.ts';

/** A file about to be written. */
export interface FileWrite {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Of the new file from its first moment: 0o600 for what is secret. */
  readonly mode: number;
  /** Whether a file that is there may be replaced. */
  readonly replace: boolean;
}

/** A file that is written beside its place and takes it only when told to. */
export interface PreparedFile {
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** What stands at a path, without following links. */
export async function whatIsAt(path: string): Promise<'nothing' | 'link' | 'something'> {
  try {
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'something';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nothing';
    throw unwritable(path, error);
  }
}

/**
 * Writes all of the files or none: each is complete on disk before the first takes its place.
 *
 * @throws Fault `file-exists`, `symlink-refused`, `file-unwritable`
 */
export async function writeFiles(writes: readonly FileWrite[]): Promise<void> {
  const prepared: PreparedFile[] = [];
  try {
    for (const write of writes) prepared.push(await prepareFile(write));
    for (const file of prepared) await file.commit();
  } finally {
    // Those that took their place have nothing left to discard.
    await Promise.all(prepared.map((file) => file.discard()));
  }
}

/** Writes beside the place of the file; see {@link writeFiles}. */
export async function prepareFile(write: FileWrite): Promise<PreparedFile> {
  const { path, content, mode, replace } = write;
  const present = await whatIsAt(path);
  if (present === 'link') throw symlinkRefused(path);
  if (present === 'something' && !replace) throw fileExists(path);
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard(beside);
    throw unwritable(path, error);
  }
  return { commit: () => commit(beside, path, replace), discard: () => discard(beside) };
}

// A link fails where somebody was quicker; a rename would replace their file without a word.
async function commit(beside: string, path: string, replace: boolean): Promise<void> {
  try {
    if (replace) await rename(beside, path);
    else await link(beside, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw fileExists(path);
    if (!linkless.has(codeOf(error))) throw unwritable(path, error);
    await rename(beside, path).catch((cause: unknown) => Promise.reject(unwritable(path, cause)));
  }
}

/** What file systems without hard links (FAT, some network mounts) answer. */
const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function discard(beside: string): Promise<void> {
  await unlink(beside).catch(() => undefined);
}

/** The permissions of a file that others may read or write, as `0644`; undefined where only its owner may. */
export async function looseMode(path: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const { mode } = await stat(path);
  return (mode & 0o077) === 0 ? undefined : (mode & 0o777).toString(8).padStart(4, '0');
}

function fileExists(path: string): Fault<CliFaultCode> {
  return cliFault({
    code: 'file-exists',
    message: `${excerpt(path, 200)} is there already and was not replaced.`,
    hint: 'Choose another name (--output-key-prefix), or replace it with --force. A replaced private key is gone for good.',
    values: { path: excerpt(path, 200) },
  });
}

function symlinkRefused(path: string): Fault<CliFaultCode> {
  return cliFault({
    code: 'symlink-refused',
    message: `${excerpt(path, 200)} is a symbolic link; keys are not written through links.`,
    hint: 'Somebody may have placed it to see or redirect the key. Remove the link, or write to the real path.',
    values: { path: excerpt(path, 200) },
  });
}

const reasons: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ['permission denied', 'Run it as a user who may write there, or choose another folder.'],
  EPERM: ['operation not permitted', 'Run it as a user who may write there, or choose another folder.'],
  EROFS: ['the file system is mounted read-only', 'Choose another folder, or have it mounted writable.'],
  ENOSPC: ['no space left on device', 'Free space there (df -h shows how much is left), or choose another folder.'],
  EDQUOT: ['the disk quota is used up', 'Free space, ask for more quota, or choose another folder.'],
  ENOENT: ['no such folder', 'Create the folder first.'],
  ENOTDIR: ['a part of the path is no folder', 'Check the path.'],
  EISDIR: ['a folder has that name', 'Choose another name.'],
};

/** A local file that could not be written, with the cause in words. Nothing of it was left behind. */
export function unwritable(path: string, error: unknown): Fault<CliFaultCode> {
  const errno = codeOf(error);
  const [reason, hint] = reasons[errno] ?? [`failed (${errno})`, 'Check the folder and try again.'];
  return cliFault({
    code: 'file-unwritable',
    message: `${excerpt(path, 200)} could not be written: ${reason}.`,
    hint: `Nothing was left half-written. ${hint}`,
    values: { path: excerpt(path, 200), errno },
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
