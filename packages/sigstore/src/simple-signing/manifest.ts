/**
 * The manifest under a `.sig` or `.att` tag: one layer per signature. Several tools append to the same one, so what others
 * wrote is kept byte for byte and nothing about it is validated that readers do not need.
 */
import { digestOf, mediaTypes, parseManifest } from '@pratique/oci';
import type { Descriptor, ImageManifest, StoredManifest } from '@pratique/oci';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import { goJson } from '../json/go-json.ts';
import { rawElements, rawMembers } from '../json/raw-json.ts';
import { writeLayer } from './layer.ts';
import type { NewLayer } from './layer.ts';

/** Most layers that are read or written, as cosign has it. */
export const layerLimit = 1000;

/** Largest blob of one attachment, unless a program allows another size; as cosign has it. */
export const attachmentLimit = 128 * 1024 * 1024;

/** A manifest with the blob it points at, ready to be written. */
export interface SignatureManifestWrite {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly config: Uint8Array;
  readonly configDigest: string;
}

/** What is to be changed. */
export interface LayerChange {
  /** What the tag holds now; undefined while it is absent. */
  readonly existing: StoredManifest | undefined;
  /** What the tag is called, for messages. */
  readonly location: string;
  /** Existing layers that go, by position: attestations that are replaced. */
  readonly without?: ReadonlySet<number>;
  readonly added: readonly NewLayer[];
  /** Written into the config; without it the constant that makes the manifest reproducible. */
  readonly created?: Date;
  /** Docker's media types for manifest and config (`COSIGN_DOCKER_MEDIA_TYPES`). */
  readonly dockerMediaTypes?: boolean;
}

/**
 * Reads what is under a signature or attestation tag.
 *
 * @param location How the tag is called in messages: `registry.example.com/app:sha256-….sig`.
 * @throws Fault `signature-manifest-invalid` when it is an index, something foreign or broken; `too-many-signatures`
 */
export function readSignatureManifest(stored: StoredManifest, location: string): ImageManifest {
  const { mediaType } = stored.descriptor;
  let manifest;
  try {
    manifest = parseManifest(stored.bytes, { mediaType, what: location });
  } catch (cause) {
    throw unusable(location, isFault(cause) ? cause.message : 'it cannot be read', cause);
  }
  if (manifest.kind !== 'manifest') throw unusable(location, `it is ${excerpt(mediaType)}, not an image manifest`);
  if (manifest.layers.length > layerLimit) throw tooMany(location, manifest.layers.length);
  return manifest;
}

/**
 * The manifest with layers added and, where asked for, taken out. Layers that stay are copied as text.
 *
 * @throws Fault `signature-manifest-invalid`, `too-many-signatures`
 */
export function changeLayers(change: LayerChange): SignatureManifestWrite {
  const before = change.existing === undefined ? undefined : readSignatureManifest(change.existing, change.location);
  const text = change.existing === undefined ? '{}' : Buffer.from(change.existing.bytes).toString('utf8');
  const kept = keep(rawElements(text, 'layers') ?? [], change.without);
  const digests = [...keep(before?.layers ?? [], change.without), ...change.added].map(({ digest }) => digest);
  if (digests.length > layerLimit) throw tooMany(change.location, digests.length);
  const config = Buffer.from(writeConfig(digests, change.created));
  const types = mediaTypesOf(before, change.dockerMediaTypes === true);
  const configDigest = digestOf(config);
  const descriptor = goJson({ mediaType: types.config, size: config.length, digest: configDigest });
  const layers = [...kept, ...change.added.map(writeLayer)];
  const head = `{"schemaVersion":2,"mediaType":${goJson(types.manifest)},"config":${descriptor},"layers":[${layers.join(',')}]`;
  return { bytes: Buffer.from(`${head}${furtherMembers(text)}}`), mediaType: types.manifest, config, configDigest };
}

/** Where layers with these digests begin in a manifest, so that a writer can see whether its own are still there. */
export function holdsLayer(layers: readonly Descriptor[], wanted: NewLayer): boolean {
  const text = writeLayer(wanted);
  return layers.some(
    ({ mediaType, digest, size, annotations = {} }) => writeLayer({ mediaType, digest, size, annotations }) === text,
  );
}

const ownMembers = new Set(['schemaVersion', 'mediaType', 'config', 'layers']);

/** Members at the top that are not ours, with a comma before each. */
function furtherMembers(text: string): string {
  return [...rawMembers(text)]
    .filter(([name]) => !ownMembers.has(name))
    .map(([name, value]) => `,${JSON.stringify(name)}:${value}`)
    .join('');
}

function keep<T>(items: readonly T[], without: ReadonlySet<number> | undefined): readonly T[] {
  return without === undefined ? items : items.filter((_item, index) => !without.has(index));
}

function mediaTypesOf(before: ImageManifest | undefined, docker: boolean): { manifest: string; config: string } {
  if (docker || before?.mediaType === mediaTypes.dockerManifest) {
    return { manifest: mediaTypes.dockerManifest, config: mediaTypes.dockerConfig };
  }
  return { manifest: mediaTypes.ociManifest, config: mediaTypes.ociConfig };
}

/** Go's zero time, which cosign writes so that equal signatures make an equal manifest. */
const noTime = '0001-01-01T00:00:00Z';

// Nobody reads it, but registries want the blob; the order of members is cosign's, so the digest is too.
function writeConfig(layers: readonly string[], created: Date | undefined): string {
  return goJson({
    architecture: '',
    created: created === undefined ? noTime : rfc3339(created),
    history: layers.map(() => ({ created: noTime })),
    os: '',
    rootfs: { type: 'layers', diff_ids: layers },
    config: {},
  });
}

/** RFC 3339 in UTC without fractions, as Go prints a time of whole seconds: `2026-01-02T03:04:05Z`. */
export function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function unusable(location: string, why: string, cause?: unknown): Error {
  return sigstoreFault({
    code: 'signature-manifest-invalid',
    message: `${location} holds no signatures that can be read: ${why}.`,
    hint: 'Look at what the tag holds; if nobody needs it, delete it and sign again.',
    values: { location },
    cause,
  });
}

function tooMany(location: string, count: number): Error {
  return sigstoreFault({
    code: 'too-many-signatures',
    message: `${location} has ${count} layers; at most ${layerLimit} are read or written.`,
    hint: 'Remove signatures that nobody needs with `clean`, then sign again.',
    values: { location, count, limit: layerLimit },
  });
}
