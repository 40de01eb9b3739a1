/** Manifests and indexes, image-spec 1.1. Bytes are what is signed, so they are kept beside what was read from them. */

/** What points at content: image-spec "OCI Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** The machine an image is for: image-spec "Image Index". */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}
