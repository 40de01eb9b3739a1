/** Blobs on their way in. An upload is a file and a running hash; it does not outlive the process, clients begin again. */
import { createHash, randomUUID } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import { registryFault } from '../errors.ts';
import type { RegistryLimits } from '../limits.ts';
import { partsOf } from '../names.ts';
import type { Digest, RepositoryName } from '../names.ts';
import type { Blobs } from './blobs.ts';
import { onDisk, withFile } from './files.ts';
import type { Layout } from './folder.ts';

/** An open upload as requests see it. */
export interface Upload {
  readonly id: string;
  readonly repository: RepositoryName;
  /** Bytes that have arrived and are kept. */
  readonly size: number;
}

interface Session {
  readonly id: string;
  readonly repository: RepositoryName;
  readonly path: string;
  size: number;
  hash: Hash;
  busy: boolean;
  touched: number;
}

/** What {@link Uploads} works with. */
export interface UploadParts {
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly limits: Pick<RegistryLimits, 'maxBlobBytes' | 'maxOpenUploads' | 'uploadIdleMs'>;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
}

/** All open uploads. */
export class Uploads {
  readonly #parts: UploadParts;
  readonly #sessions = new Map<string, Session>();

  constructor(parts: UploadParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** @throws Fault `too-many-requests` */
  async begin(repository: RepositoryName): Promise<Upload> {
    await this.sweep();
    const { layout, limits, clock } = this.#parts;
    if (this.#sessions.size >= limits.maxOpenUploads) throw tooMany(limits.maxOpenUploads);
    const id = randomUUID();
    const path = join(layout.uploads, id);
    const session = { id, repository, path, size: 0, hash: createHash('sha256'), busy: true, touched: clock() };
    this.#sessions.set(id, session);
    try {
      await onDisk(path, () => withFile(path, 'wx', async () => undefined));
    } catch (error) {
      await this.#drop(session);
      throw error;
    }
    session.busy = false;
    return session;
  }

  /** @throws Fault `blob-upload-unknown`, also where it belongs to another repository */
  find(repository: RepositoryName, id: string): Upload {
    return this.#session(repository, id);
  }

  /**
   * Adds bytes; all of them or, when anything fails, none.
   *
   * @param length how many bytes must come, where that was announced
   * @throws Fault `blob-too-large`, `content-size-invalid`, `blob-upload-invalid` (another request writes it), `storage-full` (the upload is then gone)
   */
  async append({ repository, id }: Upload, source: AsyncIterable<Uint8Array>, length?: number): Promise<Upload> {
    const session = this.#claim(repository, id);
    const before = { size: session.size, hash: session.hash.copy() };
    try {
      await onDisk(session.path, () => withFile(session.path, 'r+', (file) => this.#take(session, file, source)));
      const taken = session.size - before.size;
      if (length !== undefined && taken !== length) throw wrongLength(taken, length);
      return session;
    } catch (error) {
      Object.assign(session, before);
      if (isFault(error, 'storage-full')) await this.#drop(session);
      else await onDisk(session.path, () => truncate(session.path, before.size));
      throw error;
    } finally {
      this.#release(session);
    }
  }

  /**
   * Ends the upload: the bytes become a blob of the repository if they have this digest, and are gone if not.
   *
   * @throws Fault `content-digest-invalid`
   */
  async finish({ repository, id }: Upload, digest: Digest): Promise<void> {
    const session = this.#claim(repository, id);
    try {
      const found = await digestOf(session, digest);
      if (found !== digest) throw wrongDigest(found, digest);
      await this.#sync(session);
      await this.#parts.blobs.adopt(repository, digest, session.path);
    } finally {
      await this.#drop(session);
    }
  }

  /** @throws Fault `blob-upload-unknown`, `blob-upload-invalid` */
  async cancel({ repository, id }: Upload): Promise<void> {
    await this.#drop(this.#claim(repository, id));
  }

  /** Removes uploads nobody has touched for too long; how many. */
  async sweep(): Promise<number> {
    const { limits, clock } = this.#parts;
    const old = [...this.#sessions.values()].filter(
      (session) => !session.busy && clock() - session.touched > limits.uploadIdleMs,
    );
    for (const session of old) await this.#drop(session);
    return old.length;
  }

  async #take(session: Session, file: FileHandle, source: AsyncIterable<Uint8Array>): Promise<void> {
    const { maxBlobBytes } = this.#parts.limits;
    for await (const piece of source) {
      if (session.size + piece.byteLength > maxBlobBytes) throw tooLarge(maxBlobBytes);
      // A write may take less than it was given, on a disk that is filling up for instance.
      for (let done = 0; done < piece.byteLength;) {
        done += (await file.write(piece, done, piece.byteLength - done, session.size + done)).bytesWritten;
      }
      session.hash.update(piece);
      session.size += piece.byteLength;
      session.touched = this.#parts.clock();
    }
  }

  async #sync({ path }: Session): Promise<void> {
    if (this.#parts.layout.durable) await onDisk(path, () => withFile(path, 'r+', (file) => file.sync()));
  }

  #session(repository: RepositoryName, id: string): Session {
    const session = this.#sessions.get(id);
    if (session?.repository === repository) return session;
    throw registryFault({
      code: 'blob-upload-unknown',
      message: 'There is no such upload.',
      hint: 'Uploads end when they are finished, cancelled, left alone, or when the registry restarts; begin again with POST.',
    });
  }

  #claim(repository: RepositoryName, id: string): Session {
    const session = this.#session(repository, id);
    if (session.busy) {
      throw registryFault({
        code: 'blob-upload-invalid',
        message: 'Another request is writing this upload.',
        hint: 'Send the parts one after the other.',
      });
    }
    session.busy = true;
    return session;
  }

  #release(session: Session): void {
    session.busy = false;
    session.touched = this.#parts.clock();
  }

  async #drop(session: Session): Promise<void> {
    this.#sessions.delete(session.id);
    // What cannot be removed now is removed at the next start.
    await rm(session.path, { force: true }).catch(() => undefined);
  }
}

/** The running hash is sha256; for another algorithm the file is read again. */
async function digestOf(session: Session, wanted: Digest): Promise<string> {
  const { algorithm } = partsOf(wanted);
  if (algorithm === 'sha256') return `sha256:${session.hash.copy().digest('hex')}`;
  const hash = createHash(algorithm);
  await onDisk(session.path, async () => {
    for await (const piece of createReadStream(session.path)) hash.update(piece as Uint8Array);
  });
  return `${algorithm}:${hash.digest('hex')}`;
}

function wrongDigest(found: string, wanted: string) {
  return registryFault({
    code: 'content-digest-invalid',
    message: 'The digest is not that of the content.',
    hint: 'Something changed the content on its way; begin the upload again.',
    values: { found, wanted },
  });
}

function wrongLength(taken: number, announced: number) {
  return registryFault({
    code: 'content-size-invalid',
    message: `${taken} bytes came, ${announced} were announced.`,
    hint: 'Content-Range is first-last, both counted from 0 and both included; it must agree with the body.',
    values: { taken, announced },
  });
}

function tooLarge(limit: number) {
  return registryFault({
    code: 'blob-too-large',
    message: `The blob is larger than the ${sizeInWords(limit)} this registry takes.`,
    hint: 'Set PRATIQUE_REGISTRY_MAX_BLOB_BYTES higher if it really is that large.',
    values: { limitBytes: limit },
  });
}

function tooMany(limit: number) {
  return registryFault({
    code: 'too-many-requests',
    message: `${limit} uploads are open already.`,
    hint: 'Finish or cancel some, wait until left ones are removed, or set PRATIQUE_REGISTRY_MAX_UPLOADS higher.',
    values: { limit },
  });
}
