/** Blobs: content by digest, once on the disk, and a link in every repository that has it. */
import { open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Digest, RepositoryName } from '../names.ts';
import { exists, mark, onDisk, publish, remove, unlessAbsent } from './files.ts';
import type { Layout } from './folder.ts';
import type { Gate } from './turns.ts';

/** A blob that is there and open for reading; whoever gets it closes it. */
export interface OpenBlob {
  readonly size: number;
  readonly file: FileHandle;
}

/** The blobs of all repositories. */
export class Blobs {
  readonly #layout: Layout;
  readonly #gate: Gate;

  constructor(layout: Layout, gate: Gate) {
    this.#layout = layout;
    this.#gate = gate;
  }

  /** Bytes of the blob, or undefined where the repository has none of this digest. */
  async size(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    if (!(await exists(this.#layout.blobLink(repository, digest)))) return undefined;
    const path = this.#layout.contentOf(digest);
    return (await unlessAbsent(path, () => stat(path)))?.size;
  }

  async has(repository: RepositoryName, digest: Digest): Promise<boolean> {
    return (await this.size(repository, digest)) !== undefined;
  }

  async open(repository: RepositoryName, digest: Digest): Promise<OpenBlob | undefined> {
    if (!(await exists(this.#layout.blobLink(repository, digest)))) return undefined;
    const path = this.#layout.contentOf(digest);
    return unlessAbsent(path, async () => {
      const file = await open(path, 'r');
      return { file, size: (await file.stat()).size };
    });
  }

  /** Takes a complete, synced file whose digest was checked into the repository. The file is gone afterwards. */
  async adopt(repository: RepositoryName, digest: Digest, draft: string): Promise<void> {
    const path = this.#layout.contentOf(digest);
    await this.#gate.shared(async () => {
      // The content first: a link without content would promise what is not there.
      await onDisk(path, async () =>
        (await exists(path)) ? rm(draft, { force: true }) : publish(draft, path, this.#layout),
      );
      await mark(this.#layout.blobLink(repository, digest), this.#layout);
    });
  }

  /** Gives a repository a blob that another one has; whether that one has it. */
  async mount(repository: RepositoryName, digest: Digest, from: RepositoryName): Promise<boolean> {
    return this.#gate.shared(async () => {
      if (!(await this.has(from, digest))) return false;
      await mark(this.#layout.blobLink(repository, digest), this.#layout);
      return true;
    });
  }

  /** Takes the blob out of the repository; the content stays until garbage is collected. Whether there was one. */
  async remove(repository: RepositoryName, digest: Digest): Promise<boolean> {
    return this.#gate.shared(() => remove(this.#layout.blobLink(repository, digest), this.#layout));
  }
}
