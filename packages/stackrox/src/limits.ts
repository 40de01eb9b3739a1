/**
 * Every limit of this package in one place, with the reason. Central is shared with RHACS itself, and what
 * its tables hold comes from scanners and clusters: neither may make this process grow or wait without
 * bound.
 */
export const limits = {
  /**
   * Waiting for a connection, in the pool's queue or for the server. The reference system waits 10 s as
   * well.
   */
  acquireMs: 10_000,
  /** A connection is replaced after this long, so that a moved service or a renewed role is noticed. */
  connectionLifetimeSeconds: 1_800,
  /** Waiting for a lock means a migration is altering tables; leave at once rather than stand in its way. */
  lockMs: 1_000,
  /** A forgotten transaction would stop vacuum on tables that Central rewrites all day. */
  idleInTransactionMs: 10_000,
  /** How much longer than the server's statement timeout the client waits: for a network that went silent. */
  silentNetworkGraceMs: 5_000,
  /** Images per batch of findings: 250 x 413 rows (median of a large system) is 100,000 rows, about 40 MB. */
  findingsBatch: 250,
  /** References per statement where only an index is probed. */
  probeBatch: 2_000,
  /** Layers of one image; the image specification knows no limit, real images stay below 200. */
  layers: 1_000,
  /** Characters of one Dockerfile instruction that are kept. */
  layerValueCharacters: 16_384,
  /**
   * Characters of one label or annotation; longer ones are left out whole, since half of a user list would
   * be a lie.
   */
  annotationCharacters: 65_536,
  /** Rows of one CVE whose protobuf is looked at to find the best summary. */
  cveCandidates: 8,
  /** Bytes of one protobuf; real ones are about 1 kB. Larger ones count as broken. */
  protobufBytes: 1_048_576,
  /** Characters of a summary that are delivered. */
  summaryCharacters: 32_768,
  /** Characters of a URL; what browsers and proxies agree on. */
  urlCharacters: 2_048,
  /** References and score URLs of one CVE. */
  links: 200,
  /** Characters of a connection URL. */
  addressCharacters: 8_192,
  /** Bytes of a CA bundle; the bundle of all public roots is about 250 kB. */
  caFileBytes: 4_194_304,
} as const;
