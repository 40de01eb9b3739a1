/** What lies beside an image, as it was read; nothing of it is judged yet. */
import type { Descriptor } from '@pratique/oci';
import type { Fault } from '@pratique/runtime/fault';

/** Artifact type of the manifests that carry signatures. */
export const signatureType = 'application/vnd.cncf.notary.signature';

/** A manifest that says it carries a signature of the image, with its envelope. */
export interface StoredSignature {
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  readonly content:
    | { readonly state: 'read'; readonly mediaType: string; readonly bytes: Uint8Array }
    /** It is there and cannot be a signature. */
    | { readonly state: 'bad'; readonly because: string }
    /** It could not be looked at. */
    | { readonly state: 'failed'; readonly fault: Fault };
}

/** The image and its signatures. */
export interface NotationEvidence {
  /** `registry/repository`. */
  readonly repository: string;
  readonly image: Descriptor;
  /** In the order of the list; at most ten. */
  readonly signatures: readonly StoredSignature[];
  /** More than ten were listed. */
  readonly isCut: boolean;
  /** Places that were looked at: `GET …/referrers/sha256:… 200`. */
  readonly looked: readonly string[];
}
