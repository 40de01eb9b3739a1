import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { Kysely } from 'kysely';
import { excerpt, Fault } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { appDatabaseFault } from '../database/faults.ts';
import type { AppDatabase } from '../database/schema.ts';
import { hubFault } from '../errors.ts';
import { openEpss } from './epss.ts';
import { importEpss, importKev } from './import.ts';
import type { ImportOutcome } from './import.ts';
import { maxKevBytes, parseKevCatalog } from './kev.ts';

/** How loading one feed ended; a fault leaves the edition before it in use. */
export type FeedOutcome =
  | ImportOutcome
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'not-configured' };

/** Where the feeds are. */
export interface FeedFiles {
  /** CISA's catalogue, JSON. */
  readonly kev: string | undefined;
  /** FIRST's daily file, CSV, plain or gzip. */
  readonly epss: string | undefined;
}

/**
 * Takes over the feeds from files. A feed that cannot be used is reported, never thrown: the hub works on with what it
 * has.
 */
export async function loadFeeds(
  db: Kysely<AppDatabase>,
  files: FeedFiles,
  now: Date,
): Promise<{ readonly kev: FeedOutcome; readonly epss: FeedOutcome }> {
  return {
    kev: await outcomeOf(files.kev, async (path) => {
      const bytes = await readFileBounded(path, { bytes: maxKevBytes, what: 'the KEV catalogue' });
      return await importKev(db, parseKevCatalog(decodeText(bytes, 'the KEV catalogue')), now);
    }),
    epss: await outcomeOf(
      files.epss,
      async (path) => await importEpss(db, await openEpss(await openFeedFile(path)), now),
    ),
  };
}

async function outcomeOf(
  path: string | undefined,
  load: (path: string) => Promise<ImportOutcome>,
): Promise<FeedOutcome> {
  if (path === undefined) return { kind: 'not-configured' };
  try {
    return await load(path);
  } catch (error) {
    const fault = error instanceof Fault ? error : (appDatabaseFault(error) ?? unreadableFault(path, error));
    if (fault === null) throw error;
    return { kind: 'failed', fault };
  }
}

/** What Node says about broken archives and disks while a file is read; anything else is a defect of ours. */
function unreadableFault(path: string, error: unknown): Fault | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^(?:Z_|E[A-Z]+$)/.test(code)) return null;
  return hubFault({
    code: 'feed-invalid',
    message: `The feed file ${excerpt(path, 200)} cannot be read to its end (${code}).`,
    hint: 'Download it again. What was imported before stays in use.',
    values: { path: excerpt(path, 200), reason: code },
    cause: error,
  });
}

/** The daily file comes packed; people unpack it or not. */
async function openFeedFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw hubFault({
      code: 'feed-invalid',
      message: `The EPSS file ${excerpt(path, 200)} cannot be opened.`,
      hint: 'Check EPSS_FILE and that this user may read it.',
      values: { feed: 'epss', path: excerpt(path, 200) },
      cause,
    });
  });
  const magic = Buffer.alloc(2);
  try {
    await file.read(magic, 0, 2, 0);
  } finally {
    await file.close();
  }
  const bytes = createReadStream(path);
  if (magic.readUInt16BE(0) !== 0x1f8b) return bytes;
  const plain = createGunzip();
  bytes.on('error', (error) => plain.destroy(error));
  return bytes.pipe(plain);
}
