/** What names a manifest as its subject. One small file per referrer: a cache that the manifests can always rebuild. */
import { join } from 'node:path';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';
import { readDigest } from '../names.ts';
import type { Digest, RepositoryName } from '../names.ts';
import { exists, mark, namesIn, readSmall, remove, writeWhole } from './files.ts';
import type { Layout } from './folder.ts';
import { readReferrer } from './manifest-format.ts';
import type { ManifestFacts, ReferrerDescriptor } from './manifest-format.ts';

/** One page of a list of referrers. */
export interface ReferrerPage {
  readonly descriptors: readonly ReferrerDescriptor[];
  /** Where the next page begins, after this digest; undefined on the last page. */
  readonly after: string | undefined;
}

/** What is asked of a list. */
export interface ReferrerQuestion {
  readonly repository: RepositoryName;
  readonly subject: Digest;
  readonly artifactType: string | undefined;
  /** Only what comes after this digest. */
  readonly after: string | undefined;
  readonly most: number;
}

/** The referrers of all repositories. */
export class Referrers {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Whether every manifest with a subject has its entry; where not, the lists must be rebuilt. */
  isComplete(repository: RepositoryName): Promise<boolean> {
    return exists(this.#completeMark(repository));
  }

  /** Says that the lists are complete. */
  async markComplete(repository: RepositoryName): Promise<void> {
    if (!(await this.isComplete(repository))) await mark(this.#completeMark(repository), this.#layout);
  }

  async add(repository: RepositoryName, digest: Digest, size: number, facts: ManifestFacts): Promise<void> {
    const { subject, mediaType, artifactType, annotations } = facts;
    if (subject === undefined) return;
    const entry: ReferrerDescriptor = {
      mediaType,
      digest,
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const path = this.#layout.referrer(repository, subject, digest);
    await writeWhole(path, JSON.stringify(entry), this.#layout);
  }

  async drop(repository: RepositoryName, subject: Digest, digest: Digest): Promise<void> {
    await remove(this.#layout.referrer(repository, subject, digest), this.#layout);
  }

  /** A page in the order of digests, no larger than a client reads. */
  async page(question: ReferrerQuestion): Promise<ReferrerPage> {
    const { repository, subject, artifactType, after, most } = question;
    const folder = this.#layout.referrersOf(repository, subject);
    const descriptors: ReferrerDescriptor[] = [];
    let bytes = 0;
    for (const name of await namesIn(folder)) {
      const digest = name.replace('-', ':');
      if (after !== undefined && digest <= after) continue;
      const entry = await this.#entry(repository, readDigest(digest), join(folder, name));
      if (entry === undefined || (artifactType !== undefined && entry.artifactType !== artifactType)) continue;
      bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
      const full = descriptors.length >= most || (descriptors.length > 0 && bytes > fixedLimits.referrersBytes);
      if (full) return { descriptors, after: descriptors.at(-1)?.digest };
      descriptors.push(entry);
    }
    return { descriptors, after: undefined };
  }

  #completeMark(repository: RepositoryName): string {
    return join(this.#layout.referrers(repository), 'complete');
  }

  /** An entry is written before its manifest and removed after it: one without manifest is left from a crash. */
  async #entry(
    repository: RepositoryName,
    digest: Digest | undefined,
    path: string,
  ): Promise<ReferrerDescriptor | undefined> {
    const bytes = digest === undefined ? undefined : await readSmall(path);
    if (digest === undefined || bytes === undefined) return undefined;
    if (!(await exists(this.#layout.manifestLink(repository, digest)))) return undefined;
    const entry = readReferrer(bytes);
    // Entries are written whole: leaving out one that a broken disk has changed would make a signed image unsigned.
    if (entry?.digest !== digest) throw unreadable(digest);
    return entry;
  }
}

function unreadable(digest: Digest) {
  return registryFault({
    code: 'storage-failed',
    message: `The kept entry of the referrer ${digest} cannot be read.`,
    hint: 'Check the disk. Remove the folder _referrers of the repository while the registry is stopped; its next start makes the lists anew.',
    values: { digest },
  });
}
