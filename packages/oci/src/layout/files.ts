/**
 * Files of a layout, touched with care: a layout may come from a stranger, so no symbolic link is followed inside of it, nothing but
 * plain files is opened, and every write appears whole or not at all.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { readBounded } from '@pratique/runtime/limit';
import { contentTooLarge } from '../digest.ts';
import { ociFault } from '../errors.ts';

/** Bytes read at once: large enough for fast hashing, small enough for many copies side by side. */
const pieceBytes = 256 * 1024;

/** Prefix of what is being written; whatever is left of it after a crash may be deleted. */
const unfinished = '.unfinished-';

/**
 * Opens a plain file for reading, or gives undefined where there is none.
 *
 * @throws Fault `layout-invalid` for links and what is no file, `layout-unavailable`
 */
export async function openFile(path: string): Promise<{ file: FileHandle; size: number } | undefined> {
  // Without waiting: opening a named pipe would otherwise hang until somebody writes to it.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileFault(path, 'read', error);
  });
  if (file === undefined) return undefined;
  const facts = await file.stat();
  if (facts.isFile()) return { file, size: facts.size };
  await file.close();
  throw notAFile(path);
}

/** Reads a plain file whole, never more than `limit` bytes; undefined where there is none. */
export async function readFile(path: string, limit: number): Promise<Buffer | undefined> {
  const opened = await openFile(path);
  if (opened === undefined) return undefined;
  try {
    if (opened.size > limit) throw contentTooLarge('A file', { from: path, limit });
    return await readBounded(pieces(opened.file, path), { bytes: limit, what: path });
  } finally {
    await opened.file.close();
  }
}

/** The pieces of an open file. The caller closes it. */
export async function* pieces(file: FileHandle, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(pieceBytes);
    const { bytesRead } = await file.read(buffer, 0, pieceBytes).catch((error: unknown) => {
      throw fileFault(path, 'read', error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Writes a file by writing another one beside it and renaming it, so that a crash leaves the old state.
 *
 * @param folder Where the unfinished file lies, on the same file system as `path`.
 * @throws Fault `layout-unavailable`; what `source` throws passes unchanged, and nothing is written then
 */
export async function writeFile(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
): Promise<void> {
  const temporary = join(folder, `${unfinished}${randomUUID()}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(temporary, flags, 0o644).catch((error: unknown) => {
    throw fileFault(temporary, 'write', error);
  });
  try {
    try {
      for await (const piece of source) await writeAll(file, piece, path);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw isFault(error) || codeOf(error) === undefined ? error : fileFault(path, 'write', error);
  }
}

/** Makes a folder unless it is there. A link in its place is refused: it would lead writes elsewhere. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileFault(path, 'write', error);
  }
}

/** Whether a real folder is there; a link or a file in its place is a fault. */
export async function hasFolder(path: string): Promise<boolean> {
  const facts = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileFault(path, 'read', error);
  });
  if (facts === undefined) return false;
  if (facts.isDirectory()) return true;
  throw notAFile(path);
}

/** Deletes a file; whether there was one. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw fileFault(path, 'delete', error);
  }
}

/** The fault for what the file system refused. */
export function fileFault(path: string, act: 'read' | 'write' | 'delete', error: unknown): Error {
  const code = codeOf(error) ?? 'unknown reason';
  if (code === 'ELOOP' || code === 'EMLINK') return notAFile(path);
  return ociFault({
    code: 'layout-unavailable',
    message: `${excerpt(path, 300)} could not be ${act === 'write' ? 'written' : act === 'read' ? 'read' : 'deleted'} (${code}).`,
    hint: hints[code] ?? 'Check that the folder exists and that this user may use it.',
    values: { path: excerpt(path, 300), reason: code },
    cause: error,
  });
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full; free space and try again.',
  EDQUOT: 'The quota of this user is used up; free space and try again.',
  EROFS: 'The file system is mounted read-only.',
  EACCES: 'Check owner and mode of the folder.',
};

async function writeAll(file: FileHandle, piece: Uint8Array, path: string): Promise<void> {
  for (let at = 0; at < piece.byteLength;) {
    const { bytesWritten } = await file.write(piece, at).catch((error: unknown) => {
      throw fileFault(path, 'write', error);
    });
    at += bytesWritten;
  }
}

function notAFile(path: string): Error {
  return ociFault({
    code: 'layout-invalid',
    message: `${excerpt(path, 300)} is a link or something else that has no place in an image layout.`,
    hint: 'Do not use this layout unless you know who made it; make a new one with a tool you trust.',
    values: { path: excerpt(path, 300) },
  });
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
