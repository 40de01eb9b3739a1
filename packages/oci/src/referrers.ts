/**
 * Lists of what refers to a manifest, where a store does not keep them itself: an index under a tag made of the subject's
 * digest (distribution-spec "Referrers Tag Schema"). The tag can hold anything, so it is judged before it is believed.
 */
import { isFault } from '@pratique/runtime/fault';
import { parseDigest } from './digest.ts';
import { ociIndex } from './media-types.ts';
import { parseManifest } from './manifest.ts';
import type { Descriptor, ImageIndex } from './manifest.ts';
import type { Look, ReferrerList, StoredManifest } from './store.ts';

/**
 * The tag under which referrers of `digest` are listed: `sha256-<hex>`. Cut as distribution-spec says, for a tag has 128 characters.
 *
 * @throws Fault `digest-invalid`
 */
export function fallbackTag(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/** What the fallback tag holds. */
export type FallbackContent =
  | { readonly kind: 'absent' }
  | { readonly kind: 'list'; readonly index: ImageIndex; readonly stored: StoredManifest }
  /** The image itself: `cosign copy` puts it there, and GitLab reads the tag as the digest. */
  | { readonly kind: 'subject'; readonly stored: StoredManifest }
  | { readonly kind: 'foreign'; readonly stored: StoredManifest; readonly what: string };

/** Judges what was found under the fallback tag of `subject`. Never throws for content: what cannot be read is `foreign`. */
export function judgeFallback(stored: StoredManifest | undefined, subject: string): FallbackContent {
  if (stored === undefined) return { kind: 'absent' };
  if (stored.descriptor.digest === subject) return { kind: 'subject', stored };
  const { mediaType } = stored.descriptor;
  if (mediaType !== ociIndex) return { kind: 'foreign', stored, what: mediaType };
  try {
    const index = parseManifest(stored.bytes, { mediaType, what: 'the list of referrers' });
    if (index.kind === 'index') return { kind: 'list', index, stored };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { kind: 'foreign', stored, what: error.message };
  }
  return { kind: 'foreign', stored, what: mediaType };
}

/** One list out of what the store keeps and what the fallback tag says; a descriptor in both counts once, as the store has it. */
export function joinReferrers(
  listed: readonly Descriptor[],
  fallback: FallbackContent,
  looked: readonly Look[],
): ReferrerList {
  const second = fallback.kind === 'list' ? fallback.index.manifests : [];
  const known = new Set(listed.map((descriptor) => descriptor.digest));
  const added = second.filter((descriptor) => !known.has(descriptor.digest) && known.add(descriptor.digest));
  return { descriptors: [...listed, ...added], source: sourceOf(listed.length, second.length), looked };
}

/** What a look at the fallback tag was, in words. */
export function fallbackLook(location: string, content: FallbackContent): Look {
  switch (content.kind) {
    case 'absent':
      return { location, status: 404 };
    case 'list':
      return { location, status: 200 };
    case 'subject':
      return { location, status: 200, note: 'the tag holds the image itself, not a list of referrers' };
    case 'foreign':
      return { location, status: 200, note: `the tag holds something that is no list of referrers: ${content.what}` };
  }
}

function sourceOf(listed: number, fallback: number): ReferrerList['source'] {
  if (listed > 0) return fallback > 0 ? 'both' : 'listed';
  return fallback > 0 ? 'fallback-tag' : 'nowhere';
}
