/** Every limit of the gate, with its reason. Limits on what registries send are those of the libraries that read them. */
export const limits = {
  /** The API server sends at most 3 MiB of object, twice on updates, escaped. */
  bodyBytes: 8 * 2 ** 20,
  /** Bodies held at the same time: 512 MiB of container memory, and whoever reaches the port may send. */
  bodiesBytes: 48 * 2 ** 20,
  /** A usual review has 5 to 20 KiB; one on each connection still fits into memory. */
  smallBodyBytes: 32 * 1024,
  /** An API server needs one connection per review under way; a few of them, and probes. */
  connections: 4096,
  headers: 64,
  headerBytes: 16 * 1024,
  /** A review is sent at once by a machine nearby; slower is no API server. */
  headersMs: 5_000,
  requestMs: 10_000,
  /** Longer than the 90 s a Go client keeps a connection, so that it is never closed under a request. */
  keepAliveMs: 120_000,
  /** ADM-15: without word of the API server, a second below its default. */
  deadlineMs: 29_000,
  /** Left for answering, out of the time the API server waits. */
  answerMs: 1_000,
  imagesPerRequest: 16,
  images: 256,
  /** So that one slow registry leaves room for the others. */
  imagesPerRegistry: 64,
  /** Verifications waiting for a place; what comes then is refused at once instead of late. */
  waiting: 4096,
  /** Of them for one registry, and for all together of which nothing was accepted yet. */
  waitingPerRegistry: 2048,
  /** A verification that nobody waits for any more may still end within this, for the repetition. */
  verificationMs: 60_000,
  failuresShown: 10,
  /** The longest name of an image; longer texts are refused, and nothing is kept of them. */
  imageCharacters: 1024,
  /** Rules found for image texts; an entry has about a kilobyte. */
  choices: 5_000,
  /** Cached parents (ADM-11). */
  parents: 5_000,
  parentMs: 10_000,
  parentTimeoutMs: 3_000,
  /** Configuration and its secrets. */
  fileBytes: 4 * 2 ** 20,
} as const;
