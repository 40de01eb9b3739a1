/** Reading manifests and blobs of attachments: each once, a bounded number at a time, never more bytes than allowed. */
import { parseManifest, readChecked } from '@pratique/oci';
import type { ContentStore, Descriptor, ImageManifest, Waiting } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import pLimit from 'p-limit';
import { sigstoreFault } from '../errors.ts';
import type { StoredBytes } from '../evidence.ts';

/** Blobs read at the same time, as cosign has it. */
export const workers = 10;

/** Bytes of all payloads of one look-up: what one generous image has, and what a small pod can hold beside its work. */
export const evidenceLimit = 512 * 1024 * 1024;

/** Bytes of all manifests of one look-up: those of a thousand bundles take about one MiB. */
const manifestsLimit = 64 * 1024 * 1024;

/** A manifest that was opened; faults that say "could not look" are thrown. */
export type OpenedManifest =
  | { readonly state: 'read'; readonly manifest: ImageManifest }
  | { readonly state: 'missing' }
  /** `altered`: its bytes are not those of its digest, so what it was is not known. */
  | { readonly state: 'corrupt'; readonly detail: string; readonly altered?: boolean };

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
  let leftForManifests = manifestsLimit;
  return {
    manifest: (digest) =>
      once(manifests, digest, () =>
        atOnce(async () => {
          // Kept until the look-up ends: a thousand of the largest would fill a small pod.
          if (leftForManifests <= 0) throw tooMuch(store.name);
          const opened = await openManifest(store, digest, waiting);
          leftForManifests -= opened.size;
          return opened.manifest;
        }),
      ),
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

interface Opened {
  readonly manifest: OpenedManifest;
  readonly size: number;
}

async function openManifest(store: ContentStore, digest: string, waiting: Waiting): Promise<Opened> {
  let size = 0;
  try {
    const stored = await store.manifest(digest, waiting);
    if (stored === undefined) return { manifest: { state: 'missing' }, size };
    size = stored.bytes.length;
    const { mediaType } = stored.descriptor;
    const manifest = parseManifest(stored.bytes, { mediaType, what: `the manifest ${digest} in ${store.name}` });
    if (manifest.kind === 'manifest') return { manifest: { state: 'read', manifest }, size };
    return { manifest: { state: 'corrupt', detail: 'it is an index' }, size };
  } catch (error) {
    if (!isBadContent(error)) throw error;
    const altered = error.code === 'content-mismatch';
    return { manifest: { state: 'corrupt', detail: error.message, altered }, size };
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

function tooMuch(store: string): Error {
  return sigstoreFault({
    code: 'too-many-signatures',
    message: `The manifests of what is attached in ${store} are larger than the ${sizeInWords(manifestsLimit)} that are read together.`,
    hint: 'Remove signatures that nobody needs with `clean`.',
    values: { limit: manifestsLimit },
  });
}

function tooLarge(limit: number, together = ''): StoredBytes {
  return { state: 'corrupt', detail: `it is larger than the ${sizeInWords(limit)} that are read${together}` };
}
