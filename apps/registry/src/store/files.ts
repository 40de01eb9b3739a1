/** Files that are either wholly there or not at all, and disk errors in the words clients know. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '@pratique/runtime/fault';
import { registryFault } from '../errors.ts';

/** How files are written. */
export interface Disk {
  /** Folder for unfinished files on the same file system; emptied at start. */
  readonly temporary: string;
  /** Whether a write has reached the disk before it counts: slower, and what survives a power cut. */
  readonly durable: boolean;
}

/** No space and no quota: the only disk errors that pass by themselves once somebody makes room. */
const fullCodes = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Runs one step on the disk; what the system refuses becomes a fault. Faults and errors that are not the disk's pass unchanged.
 *
 * @throws Fault `storage-full`, `storage-failed`
 */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageFault(error, path);
  }
}

/**
 * The fault for a disk error. Its values have the shape the reference registry answers with, so that tools which read
 * `Enclosed.Err` (the number of the error) understand both.
 */
export function storageFault(error: unknown, path: string): unknown {
  if (error instanceof Fault || !isSystemError(error)) return error;
  const full = fullCodes.has(error.code);
  const enclosed = { Op: error.syscall, Path: error.path ?? path, Err: Math.abs(error.errno) };
  return registryFault({
    code: full ? 'storage-full' : 'storage-failed',
    message: `The storage refused to ${error.syscall}: ${error.code}.`,
    hint: full
      ? 'Make room on the disk of the registry, for instance with pratique registry collect-garbage; nothing half-written was kept.'
      : 'Check the rights and the mount of the folder of the registry, as the user it runs as.',
    values: { DriverName: 'filesystem', Enclosed: enclosed },
    cause: error,
  });
}

/** Whether the error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  // ENOTDIR: a part of the path is a file, so there is nothing below it either.
  return isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** What `work` gives, or undefined where there is no such file. */
export async function unlessAbsent<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storageFault(error, path);
  }
}

/** The content of a small file, or undefined where there is none. */
export function readSmall(path: string): Promise<Buffer | undefined> {
  return unlessAbsent(path, () => readFile(path));
}

/** Whether there is something at the path. */
export async function exists(path: string): Promise<boolean> {
  return (await unlessAbsent(path, () => stat(path))) !== undefined;
}

/** The names in a folder, sorted by bytes; none where there is no folder. */
export async function namesIn(path: string): Promise<readonly string[]> {
  return (await unlessAbsent(path, () => readdir(path)))?.sort() ?? [];
}

/**
 * Writes a file so that readers, and whoever comes after a crash, see the old content or the new one.
 */
export async function writeWhole(target: string, bytes: Uint8Array | string, disk: Disk): Promise<void> {
  const draft = join(disk.temporary, randomUUID());
  await onDisk(target, async () => {
    try {
      await withFile(draft, 'wx', async (file) => {
        await file.writeFile(bytes);
        if (disk.durable) await file.sync();
      });
      await publish(draft, target, disk);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  });
}

/** Moves a finished and synced file to its place and makes the move last. */
export async function publish(draft: string, target: string, disk: Disk): Promise<void> {
  await makeFolder(dirname(target), disk);
  await rename(draft, target);
  await syncFolder(dirname(target), disk);
}

/** Makes an empty file; its being there is what it says. */
export async function mark(path: string, disk: Disk): Promise<void> {
  await onDisk(path, async () => {
    await makeFolder(dirname(path), disk);
    await withFile(path, 'a', async (file) => {
      const now = new Date();
      await file.utimes(now, now);
    });
    await syncFolder(dirname(path), disk);
  });
}

/** Removes a file for good; whether there was one. */
export async function remove(path: string, disk: Disk): Promise<boolean> {
  const removed = await unlessAbsent(path, async () => {
    await rm(path);
    await syncFolder(dirname(path), disk);
    return true;
  });
  return removed ?? false;
}

/** Makes a folder with its parents, each lasting in the one above. */
export async function makeFolder(path: string, disk: Disk): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at), disk);
}

/** Runs `work` on an open file and closes it whatever happens. */
export async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o644);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string, { durable }: Disk): Promise<void> {
  if (durable) await withFile(path, 'r', (folder) => folder.sync());
}

/** What connections fail with: it looks the same, but is the network's, and says nothing about the disk. */
const networkCodes = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN', 'ETIMEDOUT']);

interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !('syscall' in error && 'errno' in error && 'code' in error)) return false;
  return !networkCodes.has(String(error.code));
}
