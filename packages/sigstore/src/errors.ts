import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose, one code per cause a person can act on. */
export type SigstoreFaultCode =
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
  /** A sigstore bundle is not what the format says. */
  | 'bundle-invalid'
  /** A sigstore bundle is of a version that is not read here. */
  | 'bundle-version-unsupported'
  /** A DSSE envelope is not what the format says. */
  | 'envelope-invalid'
  /** An in-toto statement is not what the format says. */
  | 'statement-invalid'
  /** There is no image of that name or digest where it was looked for. */
  | 'image-not-found'
  /** A signature was written and vanished again each time, because others write the same tag. */
  | 'signature-lost'
  /** The tag that lists referrers holds something that is no such list and is not replaced. */
  | 'fallback-tag-occupied'
  /** What was written is not what is read back, or its signature does not verify. */
  | 'signature-readback-failed'
  /** The image has nothing of the kind that was asked for. */
  | 'nothing-attached'
  /** A folder holds no saved image, or several where one is needed. */
  | 'saved-image-unclear'
  /** The type of a predicate is neither a known word nor a URI. */
  | 'predicate-type-invalid'
  /** A predicate lacks a member that its type requires, or is not what its type says. */
  | 'predicate-invalid'
  /** An identity or issuer to be matched is empty or no RE2 pattern. */
  | 'identity-rule-invalid'
  /** A policy asks for nothing that could be checked, or for things that exclude each other. */
  | 'policy-invalid'
  /** A trusted root is not what the format says. */
  | 'trusted-root-invalid'
  /** A PEM text that should hold trusted keys or certificates holds none. */
  | 'trust-pem-invalid'
  /** The policy needs an authority, log or timestamp service that the trust material does not name. */
  | 'trust-material-missing'
  /** The address of a service is not one. */
  | 'service-address-invalid'
  /** A service did not answer, or only with errors of its own, after all attempts. */
  | 'service-unreachable'
  /** A service said no. */
  | 'service-refused'
  /** A service answered something that its interface does not know, too much, or something about another signature. */
  | 'service-answer-invalid'
  /** The certificate that was issued is for another key. */
  | 'certificate-key-mismatch'
  /** A transparency log says that an equal entry exists and does not hand it out. */
  | 'log-conflict'
  /** A transparency log keeps no signatures of this algorithm. */
  | 'log-proposal-unsupported'
  /** The provider asked for offers no identity token. */
  | 'identity-token-missing'
  /** An identity token cannot be read or does not say who somebody is. */
  | 'identity-token-invalid'
  /** An identity token has expired. */
  | 'identity-token-expired'
  /** Logging in with a browser did not lead to a token. */
  | 'login-failed'
  /** A signing configuration is not what the format says. */
  | 'signing-config-invalid'
  /** A signing configuration names no service that can be used now. */
  | 'signing-config-unusable'
  /** The description of a service for a new trusted root or signing configuration cannot be used. */
  | 'service-description-invalid'
  /** The repository of trust material did not answer and nothing kept can stand in for it. */
  | 'trust-repository-unreachable'
  /** The repository served metadata or files that its keys did not sign, or older ones than before. */
  | 'trust-repository-invalid'
  /** Metadata of the repository, or what was kept of it, has expired. */
  | 'trust-repository-expired'
  /** The repository does not vouch for a file of that name. */
  | 'trust-target-missing'
  /** No first root is known for a repository. */
  | 'trust-not-initialized'
  /** A root given for a repository is broken or not the one that was announced. */
  | 'trust-root-invalid'
  /** The folder for trust material cannot be written, or another program holds it. */
  | 'trust-cache-unusable';

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
