/**
 * What was found beside an image, before anybody judged it. Reading (`attachment/`) makes it, judging (`verify/`) only
 * looks at it, so a verdict can be replayed from kept evidence without a registry.
 */
import type { Fault } from '@pratique/runtime/fault';

/** Stored bytes, or why there are none: a candidate without them is invalid, not the whole look-up. */
export type StoredBytes =
  | { readonly state: 'read'; readonly bytes: Uint8Array }
  | { readonly state: 'missing' }
  | { readonly state: 'corrupt'; readonly detail: string };

/** What a candidate claims to be by the place it was found; the signed content decides in the end. */
export type CandidateKind = 'signature' | 'attestation';

/** A layer of a `.sig` or `.att` manifest, or of such a manifest found as a referrer. */
export interface LayerCandidate {
  readonly format: 'legacy';
  readonly kind: CandidateKind;
  /** Where it was found, as a person can look it up: `registry.example.com/app:sha256-….sig layer 2`. */
  readonly location: string;
  /** Of the payload blob. Two candidates may share it (same payload, different signer). */
  readonly digest: string;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly payload: StoredBytes;
}

/** A sigstore bundle stored as a referrer of the image. */
export interface BundleCandidate {
  readonly format: 'bundle';
  readonly location: string;
  /** Of the manifest that carries the bundle. */
  readonly digest: string;
  /** Hints only: what counts is what is signed. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly bundle: StoredBytes;
}

/** One signature to be checked. */
export type Candidate = LayerCandidate | BundleCandidate;

/** A place that was looked at. */
export interface SourceReport {
  readonly kind: 'signature-tag' | 'attestation-tag' | 'referrers' | 'fallback-tag';
  /** The tag or list that was asked for. */
  readonly location: string;
  /** `absent` only where the store said so; anything else that went wrong is `failed`. */
  readonly state: 'read' | 'absent' | 'failed';
  readonly candidates: number;
  /** Why it failed. */
  readonly fault?: Fault;
}

/** Everything that was found for one digest, and where was looked. */
export interface Evidence {
  /** Of the exact manifest or index, `sha256:…`. */
  readonly digest: string;
  readonly sources: readonly SourceReport[];
  readonly candidates: readonly Candidate[];
}
