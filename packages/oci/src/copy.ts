/**
 * Copying an image from any store to any other with all that belongs to it: other platforms, signatures and attestations under
 * their tags, and referrers with their own referrers. What was there is counted against what arrived, so nothing is lost in silence.
 */
import { addReferrer } from './add-referrer.ts';
import type { AddReferrerOptions } from './add-referrer.ts';
import { inParallel, Transfer } from './copy/transfer.ts';
import type { CopyProgress, TransferCounts } from './copy/transfer.ts';
import { parseDigest } from './digest.ts';
import { ociFault } from './errors.ts';
import { indexDepth } from './limits.ts';
import type { Descriptor, Manifest, Platform } from './manifest.ts';
import { referrerDescriptor } from './manifest.ts';
import { isIndexType } from './media-types.ts';
import { selectPlatform } from './platform.ts';
import { isTag } from './reference.ts';
import { fallbackTag } from './referrers.ts';
import type { ContentStore, StoredManifest } from './store.ts';

export type { CopyProgress } from './copy/transfer.ts';

/** Kinds of attachments that live under tags made of a digest. */
export type AttachmentKind = 'sig' | 'att' | 'sbom';

/** What is copied, and how. */
export interface CopyOptions extends Omit<AddReferrerOptions, 'attempts'> {
  readonly from: ContentStore;
  readonly to: ContentStore;
  /** Tag or digest at the source. */
  readonly source: string;
  /** Tag at the destination; without it the image is stored by its digest only. */
  readonly tag?: string;
  /** Only the image for this platform, out of an index. */
  readonly platform?: Platform;
  /** Whether the image itself is copied; default yes. Without it only what belongs to it. */
  readonly image?: boolean;
  /** Attachments by tag that are copied along, also those of the single platforms; default all kinds. */
  readonly attachments?: readonly AttachmentKind[];
  /** Put before the tags of attachments, at both ends. */
  readonly attachmentTagPrefix?: string;
  /** Whether referrers are copied; default yes. */
  readonly referrers?: boolean;
  /** Overwrite attachments that exist and are different. */
  readonly force?: boolean;
  /** Blobs at once; default 3. More is seldom faster, and each holds some MiB of pieces on their way. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** What arrived. */
export interface CopyReport extends Readonly<TransferCounts> {
  /** The image, or the one of the chosen platform. */
  readonly root: Descriptor;
  /** Tags of attachments that are now at the destination. */
  readonly attachments: readonly string[];
  /** Digests of referrers that are now found at the destination, over all levels. */
  readonly referrers: readonly string[];
  /** Entries of referrer lists that were no referrers of what they were listed for. */
  readonly strangers: readonly string[];
  /** Lists under fallback tags that had to be written. */
  readonly fallbackLists: number;
}

const defaultConcurrency = 3;
const allKinds: readonly AttachmentKind[] = ['sig', 'att', 'sbom'];

/**
 * Copies an image.
 *
 * @throws Fault `image-not-found`, `platform-not-found`, `content-missing`, `copy-would-overwrite`, `copy-incomplete`, and what the
 *   stores throw
 *
 * @example
 * const report = await copyImage({ from, to, source: 'v1', tag: 'v1', random: Math.random, sleep });
 */
export async function copyImage(options: CopyOptions): Promise<CopyReport> {
  const transfer = new Transfer({ ...options, concurrency: options.concurrency ?? defaultConcurrency });
  const root = await findRoot(transfer, options);
  const run = new Run(transfer, options);
  // Looked at before anything is written: a copy that stops half-way is worse than one that does not begin.
  const subjects = await subjectsOf(transfer, root);
  const tags = await run.findAttachments(subjects);
  if (options.image !== false) await transfer.move(root.stored, options.tag);
  for (const attachment of tags) await run.copyAttachment(attachment);
  if (options.referrers !== false) for (const subject of subjects) await run.copyReferrers(subject, 0);
  await run.checkComplete();
  return { root: root.stored.descriptor, ...transfer.counts, ...run.report() };
}

interface Root {
  readonly stored: StoredManifest;
  readonly manifest: Manifest;
}

async function findRoot(transfer: Transfer, { from, source, platform }: CopyOptions): Promise<Root> {
  const found = await transfer.read(source);
  if (found === undefined) throw notFound(from, source);
  if (platform === undefined || found.manifest.kind !== 'index') return found;
  const chosen = selectPlatform(found.manifest, platform, `${from.name}:${source}`);
  const root = await transfer.read(chosen.digest);
  if (root === undefined) throw notFound(from, chosen.digest);
  return root;
}

/** The digests that may have attachments: the root and, for an index, everything it lists at any depth. */
async function subjectsOf(transfer: Transfer, root: Root): Promise<readonly string[]> {
  const found = new Set([root.stored.descriptor.digest]);
  await addSubjects(transfer, root, found);
  return [...found];
}

/** Each is looked into once, however often indexes name it. */
async function addSubjects(transfer: Transfer, { manifest }: Root, found: Set<string>, depth = 0): Promise<void> {
  if (manifest.kind !== 'index' || depth >= indexDepth) return;
  for (const { digest, mediaType } of manifest.manifests) {
    if (found.has(digest)) continue;
    found.add(digest);
    const nested = isIndexType(mediaType) ? await transfer.read(digest) : undefined;
    if (nested !== undefined) await addSubjects(transfer, nested, found, depth + 1);
  }
}

interface Attachment {
  readonly tag: string;
  readonly stored: StoredManifest;
}

/** One copy with what it has found so far. */
class Run {
  readonly #transfer: Transfer;
  readonly #options: CopyOptions;
  readonly #attachments = new Map<string, string>();
  /** Subject by digest of its referrer. */
  readonly #referrers = new Map<string, string>();
  readonly #strangers = new Set<string>();
  readonly #lists = new Set<string>();

  constructor(transfer: Transfer, options: CopyOptions) {
    this.#transfer = transfer;
    this.#options = options;
  }

  report(): Pick<CopyReport, 'attachments' | 'referrers' | 'strangers' | 'fallbackLists'> {
    return {
      attachments: [...this.#attachments.keys()],
      referrers: [...this.#referrers.keys()],
      strangers: [...this.#strangers],
      fallbackLists: this.#lists.size,
    };
  }

  async findAttachments(subjects: readonly string[]): Promise<readonly Attachment[]> {
    const { from, to, attachments = allKinds, force, attachmentTagPrefix = '' } = this.#options;
    const found: Attachment[] = [];
    const wanted = subjects.flatMap((digest) =>
      attachments.map((kind) => `${attachmentTagPrefix}${attachmentTag(digest, kind)}`),
    );
    await inParallel(wanted.filter(isTag), defaultConcurrency, async (tag) => {
      const stored = await from.manifest(tag, this.#options);
      if (stored === undefined) return;
      const there = force === true ? undefined : await to.resolve(tag, this.#options);
      if (there !== undefined && there.digest !== stored.descriptor.digest) throw wouldOverwrite(to, tag);
      found.push({ tag, stored });
    });
    return found.sort((one, other) => (one.tag < other.tag ? -1 : 1));
  }

  async copyAttachment({ tag, stored }: Attachment): Promise<void> {
    await this.#transfer.move(stored, tag);
    const { digest, size } = stored.descriptor;
    this.#attachments.set(tag, digest);
    this.#options.onProgress?.({ kind: 'attachment', digest, size, result: 'written' });
  }

  /** Copies what refers to `subject`, and what refers to that. */
  async copyReferrers(subject: string, depth: number): Promise<void> {
    const { from, to } = this.#options;
    // Nothing is copied onto itself, and a list in both places is read whole: the kept one may lack old entries.
    const list = await from.referrers(subject, { signal: this.#options.signal, fallbackWhen: () => true });
    if (depth > indexDepth && list.descriptors.length > 0) throw tooDeep(from, subject);
    for (const { digest } of list.descriptors) {
      if (this.#referrers.has(digest)) continue;
      const found = await this.#transfer.read(digest);
      if (found === undefined) throw listedButMissing(from, { subject, digest });
      // Anyone can write the fallback tag: only what itself names the subject belongs to it.
      if (found.manifest.subject?.digest !== subject) {
        this.#strangers.add(digest);
        continue;
      }
      const written = await this.#transfer.move(found.stored);
      if (!written.subjectListed)
        await this.#list(to, subject, referrerDescriptor(found.manifest, found.stored.descriptor));
      this.#referrers.set(digest, subject);
      this.#options.onProgress?.({ kind: 'referrer', digest, size: found.stored.descriptor.size, result: 'written' });
      await this.copyReferrers(digest, depth + 1);
    }
  }

  /** Asks the destination whether everything is found there. */
  async checkComplete(): Promise<void> {
    const { to, signal } = this.#options;
    const lost: string[] = [];
    for (const [tag, digest] of this.#attachments)
      if ((await to.resolve(tag, this.#options))?.digest !== digest) lost.push(tag);
    for (const subject of new Set(this.#referrers.values())) {
      const list = await to.referrers(subject, { signal, fallbackWhen: () => true });
      const there = new Set(list.descriptors.map((descriptor) => descriptor.digest));
      for (const [digest, of] of this.#referrers) if (of === subject && !there.has(digest)) lost.push(digest);
    }
    if (lost.length > 0) throw incomplete(to, lost);
  }

  async #list(to: ContentStore, subject: string, descriptor: Descriptor): Promise<void> {
    const added = await addReferrer(to, subject, descriptor, this.#options);
    if (added.writes > 0) this.#lists.add(fallbackTag(subject));
  }
}

/**
 * The tag under which an attachment of a digest lives: `sha256-<hex>.sig`.
 *
 * @throws Fault `digest-invalid`
 */
export function attachmentTag(digest: string, kind: AttachmentKind): string {
  const { algorithm, hex } = parseDigest(digest);
  return `${algorithm}-${hex}.${kind}`;
}

function notFound(from: ContentStore, source: string): Error {
  return ociFault({
    code: 'image-not-found',
    message: `${from.name} has no image ${source}.`,
    hint: 'Check name and tag, and that this account may see it.',
    values: { store: from.name, source },
  });
}

function wouldOverwrite(to: ContentStore, tag: string): Error {
  return ociFault({
    code: 'copy-would-overwrite',
    message: `The tag ${tag} in ${to.name} already exists and is different. Use -f to overwrite.`,
    hint: 'It may hold signatures that the source does not have; look at both before you force it.',
    values: { store: to.name, tag },
  });
}

function listedButMissing(from: ContentStore, values: { subject: string; digest: string }): Error {
  return ociFault({
    code: 'content-missing',
    message: `${from.name} lists ${values.digest} as a referrer of ${values.subject} but does not have it.`,
    hint: 'Remove the entry from the list at the source, or copy without referrers.',
    values: { store: from.name, ...values },
  });
}

function incomplete(to: ContentStore, lost: readonly string[]): Error {
  return ociFault({
    code: 'copy-incomplete',
    message: `${lost.length} of what belongs to the image did not arrive in ${to.name}: ${lost.slice(0, 5).join(', ')}.`,
    hint: 'Run the copy again; if it stays so, the destination drops what it is sent.',
    values: { store: to.name, lost },
  });
}

function tooDeep(from: ContentStore, subject: string): Error {
  return ociFault({
    code: 'copy-incomplete',
    message: `What refers to ${subject} in ${from.name} stands more than ${indexDepth} levels above the image, and was not copied.`,
    hint: 'Nobody signs signatures of signatures that often; look who wrote it, and copy without referrers if it is not needed.',
    values: { store: from.name, subject },
  });
}
