/**
 * What was found of an image before anybody judged it: kept, a verdict can be reached again without a registry. Faults in it mean
 * "could not look", which is never the same as "not there".
 */
import type { StoredManifest } from '@pratique/oci';
import type { Evidence, PublicKey, TrustMaterial } from '@pratique/sigstore';
import type { Fault } from '@pratique/runtime/fault';
import type { Obtained } from '../validators/validator.ts';

/** The image itself. */
export type FoundImage =
  | { readonly state: 'found'; readonly manifest: StoredManifest }
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly fault: Fault };

/** Everything that was read of one image. */
export interface CosignEvidence {
  readonly image: FoundImage;
  /** What is attached to it: signatures, and attestations where a rule demands any. Absent where there is no image. */
  readonly attached?: Evidence;
  /** What the tag points at now, where the image string has a digest as well and the rule compares the two. */
  readonly tag?: Obtained<string | undefined>;
  /** The images behind an index, where they were looked at. */
  readonly platforms?: readonly PlatformEvidence[];
  /** A transparency log that had to be asked and did not answer. */
  readonly logFault?: Fault;
}

/** One image behind an index. */
export interface PlatformEvidence {
  /** `linux/arm64`, or `no platform`. */
  readonly platform: string;
  readonly digest: string;
  readonly manifest: FoundImage;
  readonly attached: Evidence;
  readonly logFault?: Fault;
}

/** Keys by the name of their trust root; only of those trust roots that are keys. */
export type RootKeys = ReadonlyMap<string, Obtained<PublicKey>>;

/** What is believed, and which part of it could not be had. */
export interface CosignBelief {
  readonly material: TrustMaterial;
  /** Why parts are missing: matters only to a rule that needs one (COS-9). */
  readonly lacking: readonly Fault[];
}

/** Bounds of what is read for one image (VAL-3). */
export interface CosignLimits {
  /** Layers under a signature or attestation tag. */
  readonly layers: number;
  /** Bundles beside an image. */
  readonly referrers: number;
  /** One bundle or attestation in bytes, where a rule demands attestations. */
  readonly attachmentBytes: number;
  /** All of them together. */
  readonly totalBytes: number;
  /** One payload or bundle, where only signatures count. */
  readonly signatureBytes: number;
  /** All of them together. */
  readonly totalSignatureBytes: number;
  /** Images behind an index that are verified one by one (COS-11). */
  readonly platforms: number;
  /** Signatures that a transparency log is asked about. */
  readonly logQuestions: number;
}

/** Many times what signed images have, and little enough for many reviews at once. */
export const cosignLimits: CosignLimits = {
  layers: 100,
  referrers: 50,
  attachmentBytes: 16 * 1024 * 1024,
  totalBytes: 32 * 1024 * 1024,
  signatureBytes: 1024 * 1024,
  totalSignatureBytes: 4 * 1024 * 1024,
  platforms: 32,
  logQuestions: 8,
};
