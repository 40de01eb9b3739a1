/**
 * One repository of content, wherever it is kept. A registry, an OCI layout on disk and a memory all implement it and
 * pass the same suite, so that copying, signing and scanning are written once.
 */
import type { Descriptor } from './manifest.ts';

/** The exact bytes of a manifest or index; its digest is over these. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  /** Whether a tag or a digest was asked for is not kept: the digest is always in the descriptor. */
}

/** What refers to a manifest (signatures, attestations, SBOMs), distribution-spec "Listing Referrers". */
export interface ReferrerList {
  readonly descriptors: readonly Descriptor[];
  /**
   * Where the list was found: kept by the store (`listed`), in the index under the fallback tag (`fallback-tag`), in both,
   * or nowhere. A list that could not be read is a fault, never empty.
   */
  readonly source: 'listed' | 'fallback-tag' | 'both' | 'nowhere';
  /** What was asked and answered, for reports: `GET …/referrers/sha256:… 404`. */
  readonly looked: readonly Look[];
}

/** One place where referrers were looked for. Stores without HTTP answer with the status a registry would have. */
export interface Look {
  readonly location: string;
  readonly status: number;
  /** What a person should know about the answer: the fallback tag holds the image itself. */
  readonly note?: string;
}

/** Options of every call that may wait. */
export interface Waiting {
  readonly signal?: AbortSignal;
}

/** What is wanted of a list of referrers. */
export interface ReferrerQuery extends Waiting {
  /**
   * Whether the fallback tag is looked at too, although the store keeps a list: registries that learned to keep lists later do not
   * move old ones over. Without it: when the list is empty. A reader that finds nothing of its kind in `listed` should say yes.
   */
  readonly fallbackWhen?: (listed: readonly Descriptor[]) => boolean;
}

/** A manifest to be written. */
export interface ManifestWrite {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Stored under this tag as well; without it only by digest. */
  readonly tag?: string;
  /** The tag is written only while it still points at this digest (`null`: while absent), where the store can promise that. */
  readonly expected?: string | null;
}

/** What a store says after a manifest was written. */
export interface ManifestWritten {
  readonly descriptor: Descriptor;
  /** The store has added it to the referrers of its subject by itself, so no fallback index is needed. */
  readonly subjectListed: boolean;
  /** The store promises that `expected` was still true when it wrote; others may have been overwritten unseen. */
  readonly promised?: boolean;
}

/** A blob to be written; `open` may be called again when an upload has to be repeated. */
export interface BlobWrite {
  readonly digest: string;
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Another repository of the same registry that has it; a registry may then skip the upload. */
  readonly mountFrom?: string;
}

/** See the top of this file. All digests are `algorithm:hex`. */
export interface ContentStore {
  /** What the store calls itself in messages: `registry.example.com/team/app`, `layout /srv/images`. */
  readonly name: string;
  /** The descriptor behind a tag or digest, or undefined where the store says there is none. */
  resolve(tagOrDigest: string, waiting?: Waiting): Promise<Descriptor | undefined>;
  /** The manifest behind a tag or digest with its bytes checked against the digest, or undefined where there is none. */
  manifest(tagOrDigest: string, waiting?: Waiting): Promise<StoredManifest | undefined>;
  putManifest(write: ManifestWrite, waiting?: Waiting): Promise<ManifestWritten>;
  deleteManifest(tagOrDigest: string, waiting?: Waiting): Promise<'deleted' | 'absent'>;
  hasBlob(digest: string, waiting?: Waiting): Promise<boolean>;
  /**
   * The bytes of a blob, checked against size and digest while they pass; the last piece is handed out only when they agree.
   * Undefined where the store says there is none.
   */
  blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    waiting?: Waiting,
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Writes a blob unless it is there. */
  putBlob(write: BlobWrite, waiting?: Waiting): Promise<'written' | 'present' | 'mounted'>;
  /**
   * Everything that is said to name `digest` as its subject, unfiltered. Fallback tags are written by anyone: open each manifest and
   * check its subject before you believe it, and do not rely on the artifact type in the descriptor.
   */
  referrers(digest: string, query?: ReferrerQuery): Promise<ReferrerList>;
  /** All tags in alphabetical order. */
  tags(waiting?: Waiting): Promise<readonly string[]>;
}
