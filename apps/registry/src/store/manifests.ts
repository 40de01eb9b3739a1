/** Manifests and the tags that point at them. The bytes lie among the blobs; a repository keeps a link to each. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { excerpt } from '@pratique/runtime/fault';
import { registryFault } from '../errors.ts';
import { compareNames, partsOf, readDigest, readTag } from '../names.ts';
import type { Digest, ManifestName, RepositoryName, Tag } from '../names.ts';
import type { Blobs } from './blobs.ts';
import { exists, namesIn, readSmall, remove, writeWhole } from './files.ts';
import type { Layout } from './folder.ts';
import { readLink, readManifest } from './manifest-format.ts';
import type { ManifestFacts, ManifestLink, Reference } from './manifest-format.ts';
import type { Referrers } from './referrers.ts';
import type { Gate, Turns } from './turns.ts';

/** A manifest that is there. */
export interface FoundManifest extends ManifestLink {
  readonly digest: Digest;
}

/** What the writer believes is there: told the digest before the change (undefined: nothing), it agrees or throws. */
export type Condition = (current: Digest | undefined) => void;

/** A manifest to be kept. */
export interface ManifestPut {
  readonly repository: RepositoryName;
  readonly name: ManifestName;
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  readonly condition: Condition;
}

/** What {@link Manifests} works with. */
export interface ManifestParts {
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly referrers: Referrers;
  readonly gate: Gate;
  readonly turns: Turns;
}

/** The manifests and tags of all repositories. */
export class Manifests {
  readonly #parts: ManifestParts;

  constructor(parts: ManifestParts) {
    this.#parts = parts;
  }

  async find(repository: RepositoryName, name: ManifestName): Promise<FoundManifest | undefined> {
    const digest = name.kind === 'digest' ? name.digest : await this.#tagged(repository, name.tag);
    if (digest === undefined) return undefined;
    const link = await this.#link(repository, digest);
    return link === undefined ? undefined : { ...link, digest };
  }

  async bytes({ digest }: FoundManifest): Promise<Buffer | undefined> {
    return readSmall(this.#parts.layout.contentOf(digest));
  }

  /** The facts of a manifest that is kept; a kept one that cannot be read is a broken disk, never an empty manifest. */
  async facts(found: FoundManifest): Promise<ManifestFacts> {
    const bytes = await this.bytes(found);
    try {
      return readManifest(bytes ?? Buffer.alloc(0), found.mediaType);
    } catch (cause) {
      throw unreadable(found.digest, cause);
    }
  }

  /**
   * Keeps a manifest: its content, its entry among the referrers, its link, its tag, in this order, so that a crash
   * between two leaves something nobody can see.
   *
   * @throws Fault `manifest-refused`, `content-digest-invalid`, `manifest-blob-unknown`, what the condition throws
   */
  async put(put: ManifestPut): Promise<{ readonly digest: Digest; readonly subject: Digest | undefined }> {
    const facts = readManifest(put.bytes, put.contentType);
    const digest = digestFor(put);
    const { layout, referrers, gate, turns } = this.#parts;
    const { repository, name, bytes } = put;
    await gate.shared(() =>
      turns.take(repository, async () => {
        put.condition((await this.find(repository, name))?.digest);
        await this.#requireAll(repository, facts.references);
        const content = layout.contentOf(digest);
        if (!(await exists(content))) await writeWhole(content, bytes, layout);
        await referrers.markComplete(repository);
        await referrers.add(repository, digest, bytes.byteLength, facts);
        const link: ManifestLink = { mediaType: facts.mediaType, size: bytes.byteLength };
        await writeWhole(layout.manifestLink(repository, digest), JSON.stringify(link), layout);
        if (name.kind === 'tag') await writeWhole(layout.tag(repository, name.tag), digest, layout);
      }),
    );
    return { digest, subject: facts.subject };
  }

  /**
   * Removes a tag, or a manifest with every tag that points at it. Whether there was one.
   *
   * @throws what the condition throws
   */
  async remove(repository: RepositoryName, name: ManifestName, condition: Condition): Promise<boolean> {
    const { layout, gate, turns } = this.#parts;
    return gate.shared(() =>
      turns.take(repository, async () => {
        const found = await this.find(repository, name);
        if (found === undefined) return false;
        condition(found.digest);
        if (name.kind === 'tag') return remove(layout.tag(repository, name.tag), layout);
        await this.#removeWhole(repository, found);
        return true;
      }),
    );
  }

  /** All tags in the order of lists. */
  async tags(repository: RepositoryName): Promise<readonly Tag[]> {
    const names = await namesIn(this.#parts.layout.tags(repository));
    return names.flatMap((name) => readTag(name) ?? []).sort(compareNames);
  }

  /** Every manifest of the repository. */
  async *all(repository: RepositoryName): AsyncGenerator<FoundManifest> {
    const folder = this.#parts.layout.manifests(repository);
    for (const algorithm of await namesIn(folder)) {
      for (const hex of await namesIn(join(folder, algorithm))) {
        const digest = readDigest(`${algorithm}:${hex}`);
        const found = digest === undefined ? undefined : await this.find(repository, { kind: 'digest', digest });
        if (found !== undefined) yield found;
      }
    }
  }

  // Tags first and the entry among referrers last: after a crash there is a manifest without tags, never a tag without manifest.
  async #removeWhole(repository: RepositoryName, found: FoundManifest): Promise<void> {
    const { layout, referrers } = this.#parts;
    for (const tag of await this.tags(repository)) {
      if ((await this.#tagged(repository, tag)) === found.digest) await remove(layout.tag(repository, tag), layout);
    }
    // One that cannot be read must still be removable; its entry is then ignored, for it has no manifest.
    const facts = await this.facts(found).catch(() => undefined);
    await remove(layout.manifestLink(repository, found.digest), layout);
    if (facts?.subject !== undefined) await referrers.drop(repository, facts.subject, found.digest);
  }

  async #tagged(repository: RepositoryName, tag: Tag): Promise<Digest | undefined> {
    return readDigest((await readSmall(this.#parts.layout.tag(repository, tag)))?.toString('latin1') ?? '');
  }

  async #link(repository: RepositoryName, digest: Digest): Promise<ManifestLink | undefined> {
    const bytes = await readSmall(this.#parts.layout.manifestLink(repository, digest));
    if (bytes === undefined) return undefined;
    const link = readLink(bytes);
    // Links are written whole: one that cannot be read is a broken disk, and "not there" would let its blobs be removed.
    if (link === undefined) throw unreadable(digest, undefined);
    return link;
  }

  async #requireAll(repository: RepositoryName, references: readonly Reference[]): Promise<void> {
    const missing = new Set<Digest>();
    for (const reference of references) {
      if (!(await this.#has(repository, reference))) missing.add(reference.digest);
    }
    if (missing.size === 0) return;
    throw registryFault({
      code: 'manifest-blob-unknown',
      message: `The manifest names ${missing.size} blobs or manifests that are not in this repository.`,
      hint: 'Upload (or mount) them into this repository first, then send the manifest again.',
      values: { digests: [...missing].slice(0, 20) },
    });
  }

  async #has(repository: RepositoryName, { kind, digest }: Reference): Promise<boolean> {
    if (kind !== 'manifest' && (await this.#parts.blobs.has(repository, digest))) return true;
    return kind !== 'blob' && (await this.#link(repository, digest)) !== undefined;
  }
}

/** The digest a manifest is kept under: the one asked for if it is right, else sha256. */
function digestFor({ name, bytes }: ManifestPut): Digest {
  const algorithm = name.kind === 'digest' ? partsOf(name.digest).algorithm : 'sha256';
  const found = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
  if (name.kind === 'tag' || found === name.digest) return found;
  throw registryFault({
    code: 'content-digest-invalid',
    message: `The manifest is not what ${excerpt(name.digest)} names.`,
    hint: 'The digest is over the exact bytes sent; send them as they were signed or pulled.',
    values: { found, wanted: name.digest },
  });
}

function unreadable(digest: Digest, cause: unknown) {
  return registryFault({
    code: 'storage-failed',
    message: `The kept manifest ${digest} cannot be read.`,
    hint: 'Its file is missing or broken: push the image again after the disk was checked.',
    values: { digest },
    cause,
  });
}
