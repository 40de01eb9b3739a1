/**
 * Adding to the list of referrers under the fallback tag, for stores that keep no list. The tag is read, changed and written
 * by everyone at once and most registries promise nothing, so each writer looks again whether its entry is still there.
 */
import { isFault } from '@pratique/runtime/fault';
import { ociFault } from './errors.ts';
import type { OciFaultCode } from './errors.ts';
import { manifestToBytes } from './manifest.ts';
import type { Descriptor } from './manifest.ts';
import { ociIndex } from './media-types.ts';
import { fallbackTag, judgeFallback } from './referrers.ts';
import type { FallbackContent } from './referrers.ts';
import type { ContentStore, Waiting } from './store.ts';

/** What adding needs from outside. */
export interface AddReferrerOptions extends Waiting {
  /** Between 0 and 1; spreads writers that collide. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How often the list is merged and written before giving up; default 10. */
  readonly attempts?: number;
}

/** What was done to the list. */
export interface ReferrerAdded {
  readonly tag: string;
  /** How often it was written; 0 when the entry was there already. */
  readonly writes: number;
  /** The tag held the image itself, which `cosign copy` puts there, and was replaced by the list. */
  readonly replacedSubject: boolean;
}

const attempts = 10;
/** Pause before looking again, in milliseconds: longer than others take between reading and writing, and not in step. */
const pause = { least: 50, most: 500 };

function pauseOf({ random }: AddReferrerOptions): number {
  return pause.least + random() * (pause.most - pause.least);
}

/**
 * Adds `descriptor` to the list of referrers of `subject` under its fallback tag. Foreign entries and unknown members stay;
 * entries are kept sorted by digest. Call it where {@link ManifestWritten.subjectListed} is false.
 *
 * @throws Fault `fallback-tag-occupied`, `referrer-not-listed`, and what the store throws
 */
export async function addReferrer(
  store: ContentStore,
  subject: string,
  descriptor: Descriptor,
  options: AddReferrerOptions,
): Promise<ReferrerAdded> {
  const tag = fallbackTag(subject);
  const most = options.attempts ?? attempts;
  let [writes, replacedSubject] = [0, false];
  for (let round = 0; round <= most; round += 1) {
    const content = judgeFallback(await store.manifest(tag, options), subject);
    if (content.kind === 'foreign') throw occupied(store, tag, content.what);
    if (lists(content, descriptor)) return { tag, writes, replacedSubject };
    if (round === most) break;
    replacedSubject ||= content.kind === 'subject';
    const outcome = await writeList(store, { tag, content, descriptor, waiting: options });
    if (outcome !== 'lost') writes += 1;
    if (outcome === 'promised') return { tag, writes, replacedSubject };
    // Whoever read before this write may still write after it: only a look after a while tells.
    await options.sleep(pauseOf(options), options.signal);
  }
  throw notListed(store, tag, descriptor);
}

/**
 * Takes entries out of the list under the fallback tag, for whoever deletes referrers. The same loop as {@link addReferrer}.
 *
 * @returns How many entries were taken out; 0 where there is no list.
 * @throws Fault `referrer-not-listed`, and what the store throws
 */
export async function removeReferrers(
  store: ContentStore,
  subject: string,
  digests: readonly string[],
  options: AddReferrerOptions,
): Promise<number> {
  const tag = fallbackTag(subject);
  const gone = new Set(digests);
  for (let round = 0; round < (options.attempts ?? attempts); round += 1) {
    const content = judgeFallback(await store.manifest(tag, options), subject);
    if (content.kind !== 'list') return 0;
    const kept = rawEntries(content).filter((entry) => !gone.has(String(entry.digest)));
    const removed = content.index.manifests.length - kept.length;
    if (removed === 0) return 0;
    const bytes = manifestToBytes({ ...content.index.document, manifests: kept });
    const expected = content.stored.descriptor.digest;
    if ((await writeTag(store, { bytes, tag, expected }, options)) !== 'lost') return removed;
    await options.sleep(pauseOf(options), options.signal);
  }
  throw ociFault({
    code: 'referrer-not-listed',
    message: `The list of referrers ${tag} in ${store.name} changed each time it was to be written.`,
    hint: 'Others write it at the same time; run the command again.',
    values: { store: store.name, tag },
  });
}

interface ListChange {
  readonly tag: string;
  readonly content: Exclude<FallbackContent, { kind: 'foreign' }>;
  readonly descriptor: Descriptor;
  readonly waiting: Waiting;
}

/** What became of a write: `lost` where somebody else was faster, `promised` where the store saw to it that nobody was. */
type WriteOutcome = 'promised' | 'written' | 'lost';

async function writeList(store: ContentStore, change: ListChange): Promise<WriteOutcome> {
  const { content, tag } = change;
  const before = content.kind === 'list' ? content.index.document : { schemaVersion: 2, mediaType: ociIndex };
  const entries = [...rawEntries(content), entryOf(change.descriptor)].sort(byDigest);
  const bytes = manifestToBytes({ ...before, manifests: entries });
  const expected = content.kind === 'absent' ? null : content.stored.descriptor.digest;
  return writeTag(store, { bytes, tag, expected }, change.waiting);
}

async function writeTag(
  store: ContentStore,
  write: { readonly bytes: Uint8Array; readonly tag: string; readonly expected: string | null },
  waiting: Waiting,
): Promise<WriteOutcome> {
  try {
    const written = await store.putManifest({ ...write, mediaType: ociIndex }, waiting);
    return written.promised === true ? 'promised' : 'written';
  } catch (error) {
    if (isFault<OciFaultCode>(error, 'tag-changed')) return 'lost';
    throw error;
  }
}

/** The entries as they were written, with members nobody here knows. */
function rawEntries(content: FallbackContent): readonly Record<string, unknown>[] {
  if (content.kind !== 'list') return [];
  const { manifests } = content.index.document;
  return Array.isArray(manifests) ? (manifests as Record<string, unknown>[]) : [];
}

function lists(content: FallbackContent, descriptor: Descriptor): boolean {
  return content.kind === 'list' && content.index.manifests.some((entry) => entry.digest === descriptor.digest);
}

function entryOf(descriptor: Descriptor): Record<string, unknown> {
  const { mediaType, digest, size, artifactType, annotations } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function byDigest(one: Record<string, unknown>, other: Record<string, unknown>): number {
  const [left, right] = [String(one.digest), String(other.digest)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function occupied(store: ContentStore, tag: string, what: string): Error {
  return ociFault({
    code: 'fallback-tag-occupied',
    message: `The tag ${tag} in ${store.name}, where referrers are listed, holds something else: ${what}.`,
    hint: 'Look at what the tag holds; delete or move it if nobody needs it, then run the command again.',
    values: { store: store.name, tag, what },
  });
}

function notListed(store: ContentStore, tag: string, descriptor: Descriptor): Error {
  return ociFault({
    code: 'referrer-not-listed',
    message: `${descriptor.digest} is stored in ${store.name} but kept disappearing from the list ${tag}.`,
    hint: 'Many writers change the list at the same time; run the command again, it adds only what is missing.',
    values: { store: store.name, tag, digest: descriptor.digest },
  });
}
