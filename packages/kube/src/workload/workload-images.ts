/** Every place of a workload that names an image (admission 3.3). */

/** One image field. */
export interface WorkloadImage {
  /** JSON pointer to the field (RFC 6901): `/spec/template/spec/containers/0/image`. */
  readonly path: string;
  readonly list: 'containers' | 'initContainers' | 'ephemeralContainers' | 'volumes';
  /** Of the container or volume; empty where it has none. */
  readonly name: string;
  readonly image: string;
}

/** What a workload runs, or why that cannot be said; `problem` keeps Connaisseur's words. */
export type WorkloadReading =
  | { readonly state: 'read'; readonly images: readonly WorkloadImage[] }
  | { readonly state: 'unreadable'; readonly problem: string };
