/** Who refers to whom in a layout: it keeps no list, so the manifests among its blobs are looked through, each once. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import { checkBytes, contentTooLarge, isDigest } from '../digest.ts';
import { layoutFiles, manifestBytes } from '../limits.ts';
import { parseManifest, referrerDescriptor } from '../manifest.ts';
import type { Descriptor } from '../manifest.ts';
import { fileFault, hasFolder, openFile, readFile } from './files.ts';

/** What a blob turned out to be: a referrer, or nothing of interest. */
type Found = { readonly subject: string; readonly descriptor: Descriptor } | 'other';

/** Remembers what each blob is; blobs never change under their digest. */
export class Subjects {
  readonly #blobs: string;
  readonly #known = new Map<string, Found>();

  /** @param blobs The folder `blobs` of the layout. */
  constructor(blobs: string) {
    this.#blobs = blobs;
  }

  /** What names `digest` as its subject, sorted by digest. */
  async naming(digest: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const algorithm of ['sha256', 'sha512'])
      for await (const name of filesIn(join(this.#blobs, algorithm))) {
        signal?.throwIfAborted();
        const known = await this.#look(`${algorithm}:${name}`, join(this.#blobs, algorithm, name));
        if (known !== 'other' && known.subject === digest) found.push(known.descriptor);
      }
    return found.sort((one, other) => (one.digest < other.digest ? -1 : 1));
  }

  /** Forgets a blob that was deleted. */
  forget(digest: string): void {
    this.#known.delete(digest);
  }

  async #look(digest: string, path: string): Promise<Found> {
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const found = isDigest(digest) && (await beginsLikeJson(path)) ? await read(digest, path) : 'other';
    this.#known.set(digest, found);
    return found;
  }
}

async function read(digest: string, path: string): Promise<Found> {
  const bytes = await readFile(path, manifestBytes);
  if (bytes === undefined) return 'other';
  try {
    const manifest = parseManifest(bytes, { what: path });
    if (manifest.subject === undefined) return 'other';
    checkBytes(bytes, { digest }, path);
    return {
      subject: manifest.subject.digest,
      descriptor: referrerDescriptor(manifest, { digest, size: bytes.byteLength }),
    };
  } catch (error) {
    // JSON that is no manifest is a configuration or an attestation; a referrer with wrong bytes must not pass silently.
    if (isFault(error) && error.code !== 'content-mismatch') return 'other';
    throw error;
  }
}

/** One byte tells layers from JSON, so that layers are not read. */
async function beginsLikeJson(path: string): Promise<boolean> {
  const opened = await openFile(path);
  if (opened === undefined) return false;
  try {
    if (opened.size < 2 || opened.size > manifestBytes) return false;
    const { buffer } = await opened.file.read(Buffer.alloc(1), 0, 1, 0);
    return ' \t\r\n{'.includes(String.fromCharCode(buffer[0] ?? 0));
  } finally {
    await opened.file.close();
  }
}

async function* filesIn(folder: string): AsyncGenerator<string, void, undefined> {
  if (!(await hasFolder(folder))) return;
  let count = 0;
  try {
    for await (const entry of await opendir(folder)) {
      count += 1;
      if (count > layoutFiles) throw contentTooLarge('The list of files', { from: folder, limit: layoutFiles });
      if (!entry.name.startsWith('.')) yield entry.name;
    }
  } catch (error) {
    throw isFault(error) ? error : fileFault(folder, 'read', error);
  }
}
