import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose, one code per cause a person can act on. */
export type SigstoreFaultCode =
  // formats: keys
  /** A private key file is not the encrypted PEM that cosign and this product write. */
  | 'key-file-invalid'
  /** A private key file names a derivation, cost or cipher that is not read, or is no encrypted sigstore key at all. */
  | 'key-file-unsupported'
  /** The password is wrong, or the key file was damaged: the two cannot be told apart. */
  | 'key-password-wrong'
  /** A key is of a kind, size or encoding that images are not signed with. */
  | 'key-unusable'
  /** A key to be imported is protected by a password of another format. */
  | 'key-encrypted'
  /** A key to be imported is already an encrypted sigstore key. */
  | 'key-already-imported'
  /** A public key cannot be read. */
  | 'public-key-invalid'
  /** A reference to a key has no form that is known. */
  | 'key-reference-invalid'
  /** A key that lives elsewhere could not make a signature, or made one that its public key refuses. */
  | 'signing-failed'
  // formats: simple signing
  /** A simple-signing payload is not what the format says. */
  | 'payload-invalid'
  /** The manifest under a signature or attestation tag is no image manifest, or a broken one. */
  | 'signature-manifest-invalid'
  /** A signature manifest, index or list has as many entries as are read or written. */
  | 'too-many-signatures'
  /** An attachment is larger than allowed. */
  | 'attachment-too-large'
  /** An annotation, identity or prefix asked for cannot be written. */
  | 'signature-option-invalid'
  // formats: bundles
  /** A sigstore bundle is not what the format says. */
  | 'bundle-invalid'
  /** A sigstore bundle is of a version that is not read here. */
  | 'bundle-version-unsupported'
  /** A DSSE envelope is not what the format says. */
  | 'envelope-invalid'
  /** An in-toto statement is not what the format says. */
  | 'statement-invalid'
  // formats: attachments
  /** There is no image of that name or digest where it was looked for. */
  | 'image-not-found'
  /** A signature was written and vanished again each time, because others write the same tag. */
  | 'signature-lost'
  /** The tag that lists referrers holds something that is no such list and is not replaced. */
  | 'fallback-tag-occupied'
  /** What was written is not what is read back, or its signature does not verify. */
  | 'signature-readback-failed'
  /** A copy would replace an attachment that differs. */
  | 'attachment-exists'
  /** After a copy the destination does not have everything the source had. */
  | 'copy-incomplete'
  /** The image has nothing of the kind that was asked for. */
  | 'nothing-attached'
  /** A folder or file to be loaded is not what `save` writes. */
  | 'layout-invalid'
  // formats: attestations
  /** The type of a predicate is neither a known word nor a URI. */
  | 'predicate-type-invalid'
  /** A predicate lacks a member that its type requires, or is not what its type says. */
  | 'predicate-invalid';

/** A fault of this package. */
export type SigstoreFault = Fault<SigstoreFaultCode>;

/** What a fault of this package says; see {@link Fault}. */
export interface SigstoreFaultDetails {
  readonly code: SigstoreFaultCode;
  readonly message: string;
  readonly hint: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Builds a fault with the code checked against the closed list. */
export function sigstoreFault(details: SigstoreFaultDetails): SigstoreFault {
  return new Fault<SigstoreFaultCode>(details);
}
