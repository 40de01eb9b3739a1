/** An image string of a workload in its one form (IMG-1 to IMG-7). Reading it is in `parse-image.ts`. */

/** See {@link CanonicalImage.name}. */
export interface CanonicalImage {
  /** As it stands in the workload. */
  readonly text: string;
  /** Host with port; Docker Hub as `index.docker.io`. */
  readonly registry: string;
  /** Path without host, `library/web`. */
  readonly repository: string;
  /** `latest` when neither tag nor digest was given; absent when only a digest was. */
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
  /** `registry/repository[:tag][@digest]`. */
  readonly name: string;
}
