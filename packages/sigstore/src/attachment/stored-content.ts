/** Reading manifests and blobs of attachments: each once, a bounded number at a time, never more bytes than allowed. */
import { parseManifest, readChecked } from '@pratique/oci';
import type { ContentStore, Descriptor, ImageManifest, Waiting } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import pLimit from 'p-limit';
import type { StoredBytes } from '../evidence.ts';

/** Blobs read at the same time, as cosign has it. */
export const workers = 10;

/** Bytes of all payloads of one look-up: what one generous image has, and what a small pod can hold beside its work. */
export const evidenceLimit = 512 * 1024 * 1024;

/** A manifest that was opened; faults that say "could not look" are thrown. */
export type OpenedManifest =
  | { readonly state: 'read'; readonly manifest: ImageManifest }
  | { readonly state: 'missing' }
  | { readonly state: 'corrupt'; readonly detail: string };

/** Reads what one look-up needs from one store. */
export interface AttachmentReader {
  manifest(digest: string): Promise<OpenedManifest>;
  /** The bytes of a blob, unless it is larger than `limit`. */
  blob(descriptor: Pick<Descriptor, 'digest' | 'size'>, limit: number): Promise<StoredBytes>;
}

/** A reader over a store that asks for nothing twice. */
export function attachmentReader(store: ContentStore, waiting: Waiting): AttachmentReader {
  const atOnce = pLimit(workers);
  const manifests = new Map<string, Promise<OpenedManifest>>();
  const blobs = new Map<string, Promise<StoredBytes>>();
  let left = evidenceLimit;
  return {
    manifest: (digest) => once(manifests, digest, () => atOnce(() => openManifest(store, digest, waiting))),
    blob: (descriptor, limit) =>
      once(blobs, `${descriptor.digest} ${descriptor.size} ${limit}`, async () => {
        if (descriptor.size > limit) return tooLarge(limit);
        if (descriptor.size > left) return tooLarge(evidenceLimit, ' together with the others');
        left -= descriptor.size;
        return atOnce(() => readBlob(store, descriptor, waiting));
      }),
  };
}

/** Whether a fault says that stored content is bad, where any other says that it could not be looked at. */
export function isBadContent(error: unknown): error is Fault {
  return isFault(error) && badContent.has(error.code);
}

const badContent: ReadonlySet<string> = new Set([
  'content-mismatch',
  'content-too-large',
  'manifest-invalid',
  'manifest-unsupported',
  'signature-manifest-invalid',
]);

function once<T>(known: Map<string, Promise<T>>, key: string, begin: () => Promise<T>): Promise<T> {
  const running = known.get(key) ?? begin();
  known.set(key, running);
  return running;
}

async function openManifest(store: ContentStore, digest: string, waiting: Waiting): Promise<OpenedManifest> {
  try {
    const stored = await store.manifest(digest, waiting);
    if (stored === undefined) return { state: 'missing' };
    const { mediaType } = stored.descriptor;
    const manifest = parseManifest(stored.bytes, { mediaType, what: `the manifest ${digest} in ${store.name}` });
    return manifest.kind === 'manifest' ? { state: 'read', manifest } : { state: 'corrupt', detail: 'it is an index' };
  } catch (error) {
    if (isBadContent(error)) return { state: 'corrupt', detail: error.message };
    throw error;
  }
}

async function readBlob(
  store: ContentStore,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  waiting: Waiting,
): Promise<StoredBytes> {
  try {
    const content = await store.blob(descriptor, waiting);
    if (content === undefined) return { state: 'missing' };
    return {
      state: 'read',
      bytes: await readChecked(content, descriptor, { from: store.name, limit: descriptor.size }),
    };
  } catch (error) {
    if (isBadContent(error)) return { state: 'corrupt', detail: error.message };
    throw error;
  }
}

function tooLarge(limit: number, together = ''): StoredBytes {
  return { state: 'corrupt', detail: `it is larger than the ${sizeInWords(limit)} that are read${together}` };
}
