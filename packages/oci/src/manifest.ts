/**
 * Manifests and indexes, image-spec 1.1, and docker's older twins. Bytes are what is signed, so they are kept beside what
 * was read from them, and members nobody here knows stay in `document` for those who rewrite.
 */
import Type, { type Static } from 'typebox';
import { excerpt } from '@pratique/runtime/fault';
import { isDigest } from './digest.ts';
import { ociFault } from './errors.ts';
import { parseStrictJson } from './json.ts';
import { annotationCount, indexBytes, manifestBytes, manifestEntries } from './limits.ts';
import {
  bareMediaType,
  dockerManifest,
  isImageManifestType,
  isIndexType,
  ociIndex,
  ociManifest,
} from './media-types.ts';
import { shapeOf } from './shape.ts';
import type { ShapeFlaw } from './shape.ts';

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

/** Members every kind of manifest has. */
interface ManifestBase {
  readonly mediaType: string;
  readonly artifactType?: string;
  /** What this one is about: the image of a signature. */
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
  /** Everything that was read, unknown members included; change a copy of it to rewrite the manifest. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** An image, or an artifact in the shape of one. */
export interface ImageManifest extends ManifestBase {
  readonly kind: 'manifest';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A list of manifests: one image for several platforms, or a list of referrers. */
export interface ImageIndex extends ManifestBase {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

const Annotations = Type.Record(Type.String(), Type.String(), { maxProperties: annotationCount });

// Members with null are tolerated: Go's encoders of older tools wrote them for absent ones.
const PlatformSchema = Type.Object({
  os: Type.String({ maxLength: 256 }),
  architecture: Type.String({ maxLength: 256 }),
  variant: Type.Optional(Type.String({ maxLength: 256 })),
  'os.version': Type.Optional(Type.String({ maxLength: 256 })),
});

const DescriptorSchema = Type.Object({
  mediaType: Type.String({ maxLength: 256 }),
  digest: Type.String({ maxLength: 256 }),
  size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  annotations: Type.Optional(Type.Union([Annotations, Type.Null()])),
  artifactType: Type.Optional(Type.String({ maxLength: 256 })),
  platform: Type.Optional(Type.Union([PlatformSchema, Type.Null()])),
});

const shared = {
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String({ maxLength: 256 })),
  artifactType: Type.Optional(Type.String({ maxLength: 256 })),
  subject: Type.Optional(Type.Union([DescriptorSchema, Type.Null()])),
  annotations: Type.Optional(Type.Union([Annotations, Type.Null()])),
};

const ManifestSchema = Type.Object({
  ...shared,
  config: DescriptorSchema,
  layers: Type.Array(DescriptorSchema, { maxItems: manifestEntries }),
});

const IndexSchema = Type.Object({
  ...shared,
  manifests: Type.Union([Type.Array(DescriptorSchema, { maxItems: manifestEntries }), Type.Null()]),
});

const imageShape = shapeOf(ManifestSchema);
const indexShape = shapeOf(IndexSchema);

/** How a manifest came, for checks and messages. */
export interface ManifestOrigin {
  /** What the store says it is; must agree with the `mediaType` inside where both exist. */
  readonly mediaType?: string;
  /** What is read, as in a sentence: `the manifest of registry/app:1`. */
  readonly what: string;
}

/**
 * Reads the bytes of a manifest or index. Unknown members are tolerated, members twice are not (see `json.ts`).
 *
 * @throws Fault `content-too-large`, `manifest-invalid`, `manifest-unsupported`
 */
export function parseManifest(bytes: Uint8Array, origin: ManifestOrigin): Manifest {
  checkSize(bytes, origin);
  const document = parseStrictJson(bytes, origin.what);
  if (!isObject(document)) throw invalid(origin, 'it is not an object');
  const mediaType = decideType(document, origin);
  if (isIndexType(mediaType)) return readIndex(document, mediaType, origin);
  if (bytes.byteLength > manifestBytes) throw tooLarge(origin, manifestBytes);
  return readImage(document, mediaType, origin);
}

/** The bytes of a manifest or index as they are written: two-space JSON has no meaning, so none is added. */
export function manifestToBytes(document: Readonly<Record<string, unknown>>): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}

/** Everything a manifest points at inside its store, in the order in which it has to exist: blobs first. */
export function childrenOf(manifest: Manifest): { blobs: readonly Descriptor[]; manifests: readonly Descriptor[] } {
  if (manifest.kind === 'index') return { blobs: [], manifests: manifest.manifests };
  return { blobs: [manifest.config, ...manifest.layers], manifests: [] };
}

/**
 * The descriptor by which a list of referrers names a manifest: distribution-spec "Listing Referrers". Its artifact type is the
 * manifest's own, else the media type of its config.
 */
export function referrerDescriptor(manifest: Manifest, stored: Pick<Descriptor, 'digest' | 'size'>): Descriptor {
  const artifactType = manifest.artifactType ?? (manifest.kind === 'manifest' ? manifest.config.mediaType : undefined);
  const { annotations } = manifest;
  return {
    mediaType: manifest.mediaType,
    digest: stored.digest,
    size: stored.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function decideType(document: Readonly<Record<string, unknown>>, origin: ManifestOrigin): string {
  const inside = typeof document.mediaType === 'string' ? document.mediaType : undefined;
  const said = origin.mediaType === undefined ? undefined : bareMediaType(origin.mediaType);
  if (document.schemaVersion === 1) throw unsupported(origin, 'a manifest of schema 1');
  // image-spec "Image Manifest": a document with both families' members is to be refused, else two readers see two images.
  if ('manifests' in document && ('layers' in document || 'config' in document))
    throw invalid(origin, 'it has the members of an image and of an index at once');
  const known = [said, inside].filter((type) => type !== undefined).filter(isKnown);
  if (known.length === 2 && known[0] !== known[1])
    throw invalid(origin, `the store says it is ${known[0]}, inside it says ${known[1]}`);
  const type = inside ?? known[0] ?? guess(document);
  if (type === undefined || !isKnown(type))
    throw unsupported(origin, `media type ${excerpt(inside ?? said ?? 'unknown')}`);
  return type;
}

function isKnown(type: string): boolean {
  return isImageManifestType(type) || isIndexType(type);
}

/** `mediaType` is optional in OCI documents; then the members decide. */
function guess(document: Readonly<Record<string, unknown>>): string | undefined {
  if ('manifests' in document) return ociIndex;
  return 'layers' in document ? ociManifest : undefined;
}

function readImage(document: Record<string, unknown>, mediaType: string, origin: ManifestOrigin): ImageManifest {
  if (!imageShape.fits(document)) throw invalid(origin, flawText(imageShape.flawOf(document)));
  return {
    kind: 'manifest',
    ...readShared(document, mediaType, origin),
    config: readDescriptor(document.config, 'config', origin),
    layers: document.layers.map((layer, index) => readDescriptor(layer, `layers[${index}]`, origin)),
  };
}

function readIndex(document: Record<string, unknown>, mediaType: string, origin: ManifestOrigin): ImageIndex {
  if (!indexShape.fits(document)) throw invalid(origin, flawText(indexShape.flawOf(document)));
  return {
    kind: 'index',
    ...readShared(document, mediaType, origin),
    manifests: (document.manifests ?? []).map((entry, index) => readDescriptor(entry, `manifests[${index}]`, origin)),
  };
}

function readShared(
  document: Static<typeof IndexSchema> | Static<typeof ManifestSchema>,
  mediaType: string,
  origin: ManifestOrigin,
): ManifestBase {
  const { artifactType, subject } = document;
  return {
    mediaType,
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(subject == null ? {} : { subject: readDescriptor(subject, 'subject', origin) }),
    annotations: document.annotations ?? {},
    document,
  };
}

function readDescriptor(from: Static<typeof DescriptorSchema>, where: string, origin: ManifestOrigin): Descriptor {
  if (!isDigest(from.digest)) throw invalid(origin, `${where}.digest “${excerpt(from.digest)}” is not a digest`);
  const { annotations, artifactType, platform } = from;
  return {
    mediaType: from.mediaType,
    digest: from.digest,
    size: from.size,
    ...(annotations == null ? {} : { annotations }),
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(platform == null ? {} : { platform: readPlatform(platform) }),
  };
}

function readPlatform(from: Static<typeof PlatformSchema>): Platform {
  const { variant } = from;
  const version = from['os.version'];
  return {
    os: from.os,
    architecture: from.architecture,
    ...(variant === undefined || variant === '' ? {} : { variant }),
    ...(version === undefined || version === '' ? {} : { 'os.version': version }),
  };
}

function checkSize(bytes: Uint8Array, origin: ManifestOrigin): void {
  const known = origin.mediaType === undefined ? undefined : bareMediaType(origin.mediaType);
  const limit = known === ociManifest || known === dockerManifest ? manifestBytes : indexBytes;
  if (bytes.byteLength > limit) throw tooLarge(origin, limit);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function flawText(flaw: ShapeFlaw | undefined): string {
  if (flaw === undefined) return 'its members are not those of a manifest';
  return `${excerpt(flaw.path === '' ? 'it' : flaw.path.slice(1).replaceAll('/', '.'))} ${flaw.message}`;
}

function tooLarge(origin: ManifestOrigin, limit: number): Error {
  return ociFault({
    code: 'content-too-large',
    message: `${capital(origin.what)} is larger than the ${limit} bytes that are read of it.`,
    hint: 'No image needs a manifest of that size; check what the name points at.',
    values: { what: origin.what, limit },
  });
}

function invalid(origin: ManifestOrigin, problem: string): Error {
  return ociFault({
    code: 'manifest-invalid',
    message: `${capital(origin.what)} cannot be read: ${problem}.`,
    hint: 'Check that the name points at an image; if it does, push the image again with a current tool.',
    values: { what: origin.what, problem },
  });
}

function unsupported(origin: ManifestOrigin, kind: string): Error {
  return ociFault({
    code: 'manifest-unsupported',
    message: `${capital(origin.what)} is ${kind}, which is not read.`,
    hint: 'Push the image again with a current tool; OCI manifests and indexes and docker’s schema 2 are read.',
    values: { what: origin.what, kind },
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
