/** Every limit of the registry, with the reason for its number. Sizes in bytes, times in milliseconds. */

/** Limits a start may change. */
export interface RegistryLimits {
  /** One blob. Layers of real images reach some GiB; a disk that fills is worse than an upload refused. */
  readonly maxBlobBytes: number;
  /** Uploads open at the same time, over all clients. A client pushes about five layers at once. */
  readonly maxOpenUploads: number;
  /** An upload nobody has touched for this long is removed. */
  readonly uploadIdleMs: number;
  /** One request from its first to its last byte: a layer of 1 GiB over 3 Mbit/s takes about 50 minutes. */
  readonly requestMs: number;
  /** No byte in either direction for this long ends the connection. */
  readonly idleMs: number;
  /** Uploads and downloads that are running when the registry is told to stop get this long. */
  readonly stopMs: number;
  /** How often mounted certificates and users are looked at for a change. */
  readonly reloadMs: number;
  /** Connections at the same time. */
  readonly maxConnections: number;
}

/** What a start uses unless told otherwise. */
export const defaultLimits: RegistryLimits = {
  maxBlobBytes: 10 * 1024 ** 3,
  maxOpenUploads: 100,
  uploadIdleMs: 60 * 60_000,
  requestMs: 60 * 60_000,
  idleMs: 60_000,
  stopMs: 8_000,
  reloadMs: 5_000,
  maxConnections: 1_000,
};

/** Limits that are fixed, because clients rely on them or nobody needs others. */
export const fixedLimits = {
  /** distribution-spec: a registry should take manifests of 4 MiB; nobody makes larger ones. */
  manifestBytes: 4 * 1024 ** 2,
  /** A referrers list is an index and clients read it with the limit of manifests; some room for the frame. */
  referrersBytes: 4 * 1024 ** 2 - 65_536,
  referrersPage: 1_000,
  /** Blobs and manifests one manifest may name: each costs a look at the disk. */
  descriptors: 10_000,
  /** Entries of one page of tags or repositories. */
  page: 1_000,
  /** Bytes of a request target. Names have 255 characters, uploads a digest and a few words. */
  targetBytes: 4_096,
  headerBytes: 16 * 1024,
  headers: 100,
  /** Time for all headers of a request: nobody types them by hand. */
  headersMs: 10_000,
  /** A manifest is one small body; slower is a connection that is kept busy. */
  manifestMs: 30_000,
  keepAliveMs: 30_000,
  /** How long a body nobody reads may keep arriving after it was refused, so that the client can read the answer. */
  lingerMs: 2_000,
  /** distribution-spec: clients may limit host and name to 255 characters together. */
  nameLength: 255,
  usersFileBytes: 1024 ** 2,
  pemBytes: 256 * 1024,
} as const;
