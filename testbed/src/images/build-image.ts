/** Tiny real images, built from files given as text: the same input gives the same digest. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ContentStore, Descriptor, Platform } from '@pratique/oci';

/** What an image is made of. */
export interface ImageContent {
  /** One entry a layer, from the bottom: paths without leading slash, and what stands in the file. */
  readonly layers: readonly Readonly<Record<string, string | Uint8Array>>[];
  readonly platform?: Platform;
  readonly labels?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  /** Written into the configuration; a fixed day by default. */
  readonly created?: Date;
}

/** Bytes under their digest. */
export interface BuiltBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** An image that is nowhere yet. */
export interface BuiltImage {
  readonly manifest: BuiltBlob;
  /** Configuration and layers. */
  readonly blobs: readonly BuiltBlob[];
}

/** An index over images, and the images. */
export interface BuiltIndex {
  readonly index: BuiltBlob;
  readonly images: readonly BuiltImage[];
}

const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const fixedDay = new Date('2026-01-01T00:00:00Z');
const defaultPlatform: Platform = { os: 'linux', architecture: 'amd64' };

/** Builds an OCI image (image-spec 1.1) with one gzip-compressed tar a layer. */
export async function buildImage(content: ImageContent): Promise<BuiltImage> {
  const created = content.created ?? fixedDay;
  const tars = await Promise.all(content.layers.map((files) => tarOf(files, created)));
  const layers = tars.map((tar) => blob(mediaTypes.layer, gzipSync(tar)));
  const config = blob(mediaTypes.config, {
    created: created.toISOString(),
    ...(content.platform ?? defaultPlatform),
    config: { Labels: content.labels ?? {}, ...(content.entrypoint && { Entrypoint: content.entrypoint }) },
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: tars.map(() => ({ created: created.toISOString(), created_by: 'pratique demo' })),
  });
  const manifest = blob(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { manifest, blobs: [config, ...layers] };
}

/** Builds a multi-platform index over images that say which platform they are for. */
export function buildIndex(images: readonly { readonly image: BuiltImage; readonly platform: Platform }[]): BuiltIndex {
  const index = blob(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map(({ image, platform }) => ({ ...image.manifest.descriptor, platform })),
  });
  return { index, images: images.map(({ image }) => image) };
}

/** Writes an image into a store and returns the digest of its manifest. */
export async function pushImage(store: ContentStore, image: BuiltImage, tag?: string): Promise<string> {
  for (const { descriptor, bytes } of image.blobs) {
    await store.putBlob({ digest: descriptor.digest, size: descriptor.size, open: () => [bytes] });
  }
  return putManifest(store, image.manifest, tag);
}

/** Writes an index and its images into a store and returns the digest of the index. */
export async function pushIndex(store: ContentStore, built: BuiltIndex, tag?: string): Promise<string> {
  for (const image of built.images) await pushImage(store, image);
  return putManifest(store, built.index, tag);
}

async function putManifest(store: ContentStore, { descriptor, bytes }: BuiltBlob, tag?: string): Promise<string> {
  await store.putManifest({ bytes, mediaType: descriptor.mediaType, ...(tag !== undefined && { tag }) });
  return descriptor.digest;
}

function blob(mediaType: string, content: object): BuiltBlob {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Sorted and without owners or times of this machine, so that the digest depends on the content alone. */
async function tarOf(files: Readonly<Record<string, string | Uint8Array>>, mtime: Date): Promise<Buffer> {
  const tar = pack();
  for (const name of Object.keys(files).sort()) {
    const content = files[name]!;
    tar.entry({ name, mtime, mode: 0o644 }, typeof content === 'string' ? content : Buffer.from(content));
  }
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
