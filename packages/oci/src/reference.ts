/** Names of images as people type them. Grammar: distribution-spec "Pulling manifests", and what docker and cosign accept. */

/** A parsed, normalised image reference. */
export interface Reference {
  /** Host with port as the registry is known in signatures: `index.docker.io`, `registry.example.com:5000`. */
  readonly registry: string;
  /** Path without host: `library/alpine`. */
  readonly repository: string;
  /** Absent when only a digest was given; `latest` when neither was given. */
  readonly tag?: string;
  /** `sha256:…` or `sha512:…`; wins over the tag. */
  readonly digest?: string;
}
