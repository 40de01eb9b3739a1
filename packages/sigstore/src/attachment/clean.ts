/** Removing signatures and attestations from an image: first listed, so that a person can agree, then deleted. */
import { fallbackTag, judgeFallback, removeReferrers } from '@pratique/oci';
import type { ContentStore, Waiting } from '@pratique/oci';
import type { Candidate } from '../evidence.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import type { AttachmentKind } from '../simple-signing/tags.ts';
import { claimOf } from './claimed-predicate.ts';
import { collectEvidence } from './collect.ts';
import type { Contention } from './contention.ts';

/** What `--type` of `clean` can be. */
export type CleanType = AttachmentKind | 'referrer' | 'all';

/** One thing that would go. */
export interface Removal {
  readonly kind: AttachmentKind | 'bundle';
  readonly location: string;
  /** Of its manifest. */
  readonly digest: string;
  /** Absent for bundles, which have none. */
  readonly tag?: string;
  readonly predicateType?: string;
}

/** Whose attachments go. */
export interface CleanRequest extends Waiting {
  /** The repository that holds the attachments. */
  readonly store: ContentStore;
  /** Of the image. */
  readonly digest: string;
  readonly type: CleanType;
  readonly tagPrefix?: string;
}

/**
 * What would go. Referrers that are neither signatures nor attestations are never in it.
 *
 * @throws Fault of the store, also of a source that could not be read: what is not known cannot be agreed to
 */
export async function listRemovals(request: CleanRequest): Promise<readonly Removal[]> {
  const tagged = await Promise.all(taggedKinds(request.type).map((kind) => taggedRemoval(request, kind)));
  return [...tagged.flat(), ...(await bundleRemovals(request))];
}

/** What is gone. */
export interface Cleaned {
  readonly removed: readonly Removal[];
  /** Somebody else was faster. */
  readonly absent: readonly Removal[];
}

/** What was agreed to. */
export interface RemoveRequest extends Contention {
  readonly store: ContentStore;
  readonly digest: string;
  readonly removals: readonly Removal[];
}

/**
 * Deletes what was listed: tags by tag (a registry that refuses that loses the manifest), bundles by digest and from the
 * list under the fallback tag, whose foreign entries stay.
 *
 * @throws Fault of the store (`registry-unsupported` where deleting is switched off); what was deleted before stays deleted
 */
export async function removeAttachments(request: RemoveRequest): Promise<Cleaned> {
  const { store, digest, removals } = request;
  const bundles = removals.filter(({ kind }) => kind === 'bundle');
  if (bundles.length > 0) await unlist(request, bundles);
  const cleaned = { removed: [] as Removal[], absent: [] as Removal[] };
  for (const removal of removals) {
    const outcome = await store.deleteManifest(removal.tag ?? removal.digest, request);
    cleaned[outcome === 'deleted' ? 'removed' : 'absent'].push(removal);
  }
  if (bundles.length > 0) await dropEmptyList(store, digest, request);
  return cleaned;
}

async function unlist(request: RemoveRequest, bundles: readonly Removal[]): Promise<void> {
  const digests = bundles.map(({ digest }) => digest);
  await removeReferrers(request.store, request.digest, digests, request);
}

/** An empty list is no use, and its tag may be in the way of a copy. */
async function dropEmptyList(store: ContentStore, digest: string, waiting: Waiting): Promise<void> {
  const tag = fallbackTag(digest);
  const content = judgeFallback(await store.manifest(tag, waiting), digest);
  if (content.kind === 'list' && content.index.manifests.length === 0) await store.deleteManifest(tag, waiting);
}

function taggedKinds(type: CleanType): readonly AttachmentKind[] {
  if (type === 'all') return ['signature', 'attestation', 'sbom'];
  return type === 'referrer' ? [] : [type];
}

async function taggedRemoval(request: CleanRequest, kind: AttachmentKind): Promise<readonly Removal[]> {
  const { store, digest, tagPrefix } = request;
  const tag = attachmentTag(digest, kind, tagPrefix);
  const found = await store.resolve(tag, request);
  return found === undefined ? [] : [{ kind, location: `${store.name}:${tag}`, digest: found.digest, tag }];
}

async function bundleRemovals(request: CleanRequest): Promise<readonly Removal[]> {
  const { store, digest, type } = request;
  if (type === 'sbom') return [];
  const { candidates, sources } = await collectEvidence({
    ...waitingOf(request),
    store,
    digest,
    sources: ['referrers'],
  });
  const failed = sources.find(({ fault }) => fault !== undefined);
  if (failed?.fault !== undefined) throw failed.fault;
  const removals = candidates.filter((candidate) => isMeant(candidate, type)).map(removalOf);
  return [...new Map(removals.map((removal) => [removal.digest, removal])).values()];
}

/** What cannot be read goes only where everything goes. */
function isMeant(candidate: Candidate, type: CleanType): boolean {
  return type === 'all' || type === 'referrer' || claimOf(candidate).kind === type;
}

function removalOf(candidate: Candidate): Removal {
  const claim = claimOf(candidate);
  const predicateType = claim.kind === 'unknown' ? undefined : claim.predicateType;
  // A layer found as a referrer is located by its manifest: `…@sha256:… layer 1`.
  const location = candidate.location.replace(/ layer \d+$/, '');
  return {
    kind: 'bundle',
    location,
    digest: candidate.format === 'bundle' ? candidate.digest : location.slice(location.lastIndexOf('@') + 1),
    ...(predicateType === undefined ? {} : { predicateType }),
  };
}

function waitingOf({ signal }: Waiting): Waiting {
  return signal === undefined ? {} : { signal };
}
