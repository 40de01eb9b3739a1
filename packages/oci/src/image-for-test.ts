/** Tiny images for tests of stores: real manifests over blobs of a few bytes. */
import { digestOf } from './digest.ts';
import { emptyConfig, emptyConfigDescriptor, ociConfig, ociIndex, ociManifest } from './media-types.ts';
import type { Descriptor } from './manifest.ts';
import type { ContentStore, ManifestWritten } from './store.ts';

/** Puts bytes as a blob and says what points at them. */
export async function putBytes(
  store: ContentStore,
  bytes: Uint8Array | string,
  mediaType: string,
): Promise<Descriptor> {
  const content = Buffer.from(bytes);
  const descriptor = { mediaType, digest: digestOf(content), size: content.byteLength };
  await store.putBlob({ ...descriptor, open: () => [content] });
  return descriptor;
}

/** Puts an image of one layer; `text` makes it differ from others. */
export async function putImage(store: ContentStore, text: string, tag?: string): Promise<ManifestWritten> {
  const config = await putBytes(store, `{"architecture":"amd64","os":"linux","note":"${text}"}`, ociConfig);
  const layer = await putBytes(store, `layer of ${text}`, 'application/vnd.oci.image.layer.v1.tar');
  // Spaces, order and an unknown member: what is stored has to be exactly this.
  const bytes = Buffer.from(
    `{ "layers": [${JSON.stringify(layer)}],\n "schemaVersion": 2, "x-unknown": [1, null],\t"mediaType": "${ociManifest}", "config": ${JSON.stringify(config)} }\n`,
  );
  return store.putManifest({ bytes, mediaType: ociManifest, tag });
}

/** Puts an index of manifests that are there already. */
export function putIndex(
  store: ContentStore,
  manifests: readonly Descriptor[],
  tag?: string,
): Promise<ManifestWritten> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
  return store.putManifest({ bytes, mediaType: ociIndex, tag });
}

/** Puts an artifact about `subject`, as signatures and SBOMs are stored. */
export async function putArtifact(
  store: ContentStore,
  subject: Descriptor,
  options: { readonly type: string; readonly text: string },
): Promise<ManifestWritten> {
  await store.putBlob({ ...emptyConfigDescriptor, open: () => [Buffer.from('{}')] });
  const layer = await putBytes(store, options.text, options.type);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: options.type,
      config: { ...emptyConfigDescriptor, mediaType: emptyConfig },
      layers: [layer],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations: { 'org.example.note': options.text },
    }),
  );
  return store.putManifest({ bytes, mediaType: ociManifest });
}

/** Bytes of any size that do not compress and are the same in every run. */
export function someBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 0x2545f491;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Reads a whole stream. */
export async function collect(source: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  if (source !== undefined) for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
