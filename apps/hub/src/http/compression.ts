import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** Shorter answers fit into one or two packets as they are. Bytes. */
const smallestPacked = 2048;

/**
 * Packs large JSON answers with gzip where the client takes it: a page of CVEs shrinks to a seventh. Streams of events are
 * never packed, because a packed event waits in a buffer; files of the console are packed when they are built.
 */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    global: true,
    encodings: ['gzip', 'identity'],
    threshold: smallestPacked,
    customTypes: /^application\/json(?:;|$)/,
    // Nobody sends the hub packed bodies; unpacking a stranger's would be a way to fill its memory.
    globalDecompression: false,
  });
}
