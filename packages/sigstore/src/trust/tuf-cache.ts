/**
 * The folder that keeps trust material between runs, laid out as cosign 3 has it, so that both can use one: per mirror a
 * folder with the latest metadata and `targets/`, beside it a file that says when it was refreshed, and `remote.json` with
 * the mirror that `initialize` chose.
 */
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as waitFor } from 'node:timers/promises';
import { Fault } from '@pratique/runtime/fault';
import { readFileBounded } from '@pratique/runtime/limit';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { parseStrictJson } from '../json/strict-json.ts';

/** Files of the four roles, the one that makes the others count last. */
export const metadataFiles = ['root.json', 'targets.json', 'snapshot.json', 'timestamp.json'] as const;

/** The folder of one mirror. */
export interface MirrorFolder {
  /** The whole cache. */
  readonly cache: string;
  readonly mirror: string;
  /** Folder of the mirror. */
  readonly path: string;
}

// Metadata is limited to 5 MB by the update client; a trusted root takes 10 KiB.
const fileLimit = 16 * 1024 * 1024;
const lockName = '.lock';
const workPrefix = '.refresh-';
// A refresh is stopped after 90 seconds; whoever held a lock for longer is gone.
const lockLifetime = 120_000;
const lockAttempts = 150;
const lockPause = 100;

/** Where a mirror's files are. */
export function mirrorFolder(cache: string, mirror: string): MirrorFolder {
  const name = mirror
    .replace(/^https?:\/\//u, '')
    .replaceAll(/[/:]/gu, '-')
    .replaceAll(/[^A-Za-z0-9._-]/gu, '_')
    .toLowerCase();
  return { cache, mirror, path: join(cache, name.replace(/^\.+/u, '_')) };
}

/** A file of the mirror's folder; undefined when it is not there. */
export async function readKept(folder: MirrorFolder, name: string): Promise<Buffer | undefined> {
  try {
    return await readFileBounded(join(folder.path, name), { bytes: fileLimit, what: `the kept ${name}` });
  } catch (error) {
    if (error instanceof Fault && codeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

const remembered = Type.Object({ mirror: Type.String({ minLength: 1, maxLength: 2048 }) });

/** The mirror that `initialize` chose, or undefined. */
export async function rememberedMirror(cache: string): Promise<string | undefined> {
  const text = await readFile(join(cache, 'remote.json')).catch(() => undefined);
  const parsed = text === undefined ? undefined : parseStrictJson(text);
  return parsed?.ok === true && Value.Check(remembered, parsed.value) ? parsed.value.mirror : undefined;
}

/** Writes down the mirror that was chosen. Call it while holding the lock. */
export async function rememberMirror({ cache, mirror }: MirrorFolder): Promise<void> {
  await replaceFile(cache, 'remote.json', Buffer.from(JSON.stringify({ mirror })));
}

const refreshNote = Type.Object({ lastTimestamp: Type.String({ maxLength: 64 }) });

/** When the mirror was asked last, or undefined. */
export async function lastRefresh(folder: MirrorFolder): Promise<Date | undefined> {
  const text = await readFile(`${folder.path}.json`).catch(() => undefined);
  const parsed = text === undefined ? undefined : parseStrictJson(text);
  if (parsed?.ok !== true || !Value.Check(refreshNote, parsed.value)) return undefined;
  const at = new Date(parsed.value.lastTimestamp);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const absenceNote = Type.Object({ at: Type.String({ maxLength: 64 }) });

/** When the mirror was asked last and did not answer, or undefined. */
export async function lastAbsence(folder: MirrorFolder): Promise<Date | undefined> {
  const text = await readFile(`${folder.path}.away.json`).catch(() => undefined);
  const parsed = text === undefined ? undefined : parseStrictJson(text);
  if (parsed?.ok !== true || !Value.Check(absenceNote, parsed.value)) return undefined;
  const at = new Date(parsed.value.at);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Writes down that the mirror did not answer; a folder that cannot be written to just means asking again the next time. */
export async function noteAbsence(folder: MirrorFolder, now: Date): Promise<void> {
  try {
    await mkdir(folder.cache, { recursive: true, mode: 0o700 });
    await replaceFile(folder.cache, `${basename(folder.path)}.away.json`, Buffer.from(JSON.stringify({ at: now })));
  } catch {
    return;
  }
}

/** Work on a copy of what is kept; see {@link withWorkFolder}. */
export interface CacheChange<T> {
  readonly folder: MirrorFolder;
  readonly now: () => Date;
  /** Begins with these files instead of what is kept. */
  readonly startWith?: Readonly<Record<string, Uint8Array>>;
  change(work: string): Promise<T>;
  /** Done after the change took effect, while the lock is held. */
  afterwards?(): Promise<void>;
}

/**
 * Lets `change` work on a copy and puts the result in place file by file, each at once, the timestamp last. Whatever
 * happens before that, including the end of the process, leaves the old state.
 *
 * @throws Fault `trust-cache-unusable`; what `change` throws
 */
export async function withWorkFolder<T>(request: CacheChange<T>): Promise<T> {
  const { folder, now } = request;
  const release = await lock(folder, now);
  try {
    await dropLeftovers(folder);
    const work = await mkdtemp(join(folder.cache, workPrefix));
    try {
      await fill(work, request);
      const result = await request.change(work);
      await putInPlace(work, folder);
      await replaceFile(folder.cache, noteName(folder), noteOf(now()));
      await request.afterwards?.();
      return result;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } catch (error) {
    throw asCacheFault(folder, error);
  } finally {
    await release();
  }
}

/** Whoever holds the lock is alone, so copies of others are those of programs that were killed. */
async function dropLeftovers({ cache }: MirrorFolder): Promise<void> {
  const left = (await readdir(cache)).filter((name) => name.startsWith(workPrefix));
  await Promise.all(left.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

async function fill(work: string, { folder, startWith }: CacheChange<unknown>): Promise<void> {
  await mkdir(join(work, 'targets'));
  if (startWith !== undefined) {
    await Promise.all(Object.entries(startWith).map(([name, content]) => writeFile(join(work, name), content)));
    return;
  }
  const targets = await readdir(join(folder.path, 'targets')).catch(() => []);
  const names = [...metadataFiles, ...targets.map((name) => join('targets', name))];
  await Promise.all(names.map((name) => copyFile(join(folder.path, name), join(work, name)).catch(ignoreAbsent)));
}

async function putInPlace(work: string, { path }: MirrorFolder): Promise<void> {
  await mkdir(join(path, 'targets'), { recursive: true });
  const targets = await readdir(join(work, 'targets'));
  for (const name of [...targets.map((one) => join('targets', one)), ...metadataFiles]) {
    await rename(join(work, name), join(path, name)).catch(ignoreAbsent);
  }
}

function noteName(folder: MirrorFolder): string {
  return `${folder.path.slice(folder.cache.length).replace(/^[/\\]/u, '')}.json`;
}

function noteOf(at: Date): Buffer {
  return Buffer.from(JSON.stringify({ lastTimestamp: at.toISOString() }));
}

async function replaceFile(folder: string, name: string, content: Uint8Array): Promise<void> {
  const beside = join(folder, `.${name}.new`);
  await writeFile(beside, content);
  await rename(beside, join(folder, name));
}

async function lock(folder: MirrorFolder, now: () => Date): Promise<() => Promise<void>> {
  const path = join(folder.cache, lockName);
  try {
    await mkdir(folder.cache, { recursive: true });
    for (let attempt = 0; attempt < lockAttempts; attempt += 1) {
      const taken = await open(path, 'wx').catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      if (taken !== undefined) {
        await taken.close();
        return () => rm(path, { force: true });
      }
      await dropOld(path, now());
      await waitFor(lockPause);
    }
  } catch (error) {
    throw asCacheFault(folder, error);
  }
  throw cacheFault(folder, `another program has held ${path} for ${(lockAttempts * lockPause) / 1000} seconds`);
}

async function dropOld(path: string, now: Date): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && now.getTime() - found.mtimeMs > lockLifetime) await rm(path, { force: true });
}

/** What the file system said becomes a fault; everything else passes. */
function asCacheFault(folder: MirrorFolder, error: unknown): unknown {
  const isFileTrouble = error instanceof Error && 'syscall' in error && !(error instanceof Fault);
  return isFileTrouble ? cacheFault(folder, `${codeOf(error)} at ${folder.cache}`, error) : error;
}

function cacheFault({ cache }: MirrorFolder, detail: string, cause?: unknown): Error {
  return sigstoreFault({
    code: 'trust-cache-unusable',
    message: `The folder for trust material cannot be used: ${detail}.`,
    hint: 'Point TUF_ROOT to a folder that this user may write, or pass --trusted-root with a file.',
    values: { cache, detail },
    cause,
  });
}

function ignoreAbsent(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
