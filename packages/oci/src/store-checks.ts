/** What every store checks alike before it reads or writes. */
import { excerpt } from '@pratique/runtime/fault';
import { digestOf, isDigest } from './digest.ts';
import { ociFault } from './errors.ts';
import { parseManifest } from './manifest.ts';
import type { Descriptor, Manifest } from './manifest.ts';
import { isTag } from './reference.ts';
import type { ManifestWrite, StoredManifest } from './store.ts';

/** A tag or a digest, told apart. */
export type Target =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: string };

/**
 * Tells a tag from a digest; anything else would become part of a path or an address.
 *
 * @throws Fault `reference-invalid`
 */
export function parseTarget(tagOrDigest: string): Target {
  if (isDigest(tagOrDigest)) return { kind: 'digest', digest: tagOrDigest };
  if (isTag(tagOrDigest)) return { kind: 'tag', tag: tagOrDigest };
  throw ociFault({
    code: 'reference-invalid',
    message: `“${excerpt(tagOrDigest)}” is neither a tag nor a digest.`,
    hint: 'A tag has up to 128 letters, digits and . _ -; a digest is sha256: and 64 digits 0-9a-f.',
    values: { reference: excerpt(tagOrDigest, 300), part: 'tag' },
  });
}

/** A manifest about to be written, read and addressed. */
export interface PreparedManifest {
  readonly manifest: Manifest;
  readonly descriptor: Descriptor;
}

/**
 * Checks a manifest before it is written: what cannot be read back is refused here, with the tag it may carry.
 *
 * @throws Fault `manifest-invalid`, `manifest-unsupported`, `content-too-large`, `reference-invalid`
 */
export function prepareManifest(write: ManifestWrite, store: string): PreparedManifest {
  if (write.tag !== undefined && !isTag(write.tag)) parseTarget(`not a tag: ${write.tag}`);
  const manifest = parseManifest(write.bytes, { mediaType: write.mediaType, what: `the manifest for ${store}` });
  const descriptor = {
    mediaType: manifest.mediaType,
    digest: digestOf(write.bytes),
    size: write.bytes.byteLength,
    ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
  };
  return { manifest, descriptor };
}

/**
 * Reads a manifest out of a store, whole and parsed; the usual next step after {@link ContentStore.manifest}.
 *
 * @throws Fault `manifest-invalid`, `manifest-unsupported`, `content-too-large`
 */
export function readManifest(stored: StoredManifest, store: string): Manifest {
  const { digest, mediaType } = stored.descriptor;
  return parseManifest(stored.bytes, { mediaType, what: `the manifest ${digest} in ${store}` });
}

/** Refuses to move a tag that points elsewhere than the writer believes. `null` stands for absent. */
export function checkExpected(write: ManifestWrite, actual: string | undefined, store: string): void {
  if (write.tag === undefined || write.expected === undefined) return;
  if ((actual ?? null) === write.expected) return;
  throw tagChanged({ tag: write.tag, store, expected: write.expected, actual });
}

/** The fault for a tag that moved meanwhile. */
export function tagChanged(values: {
  readonly tag: string;
  readonly store: string;
  readonly expected: string | null;
  readonly actual: string | undefined;
}): Error {
  return ociFault({
    code: 'tag-changed',
    message: `The tag ${values.tag} in ${values.store} points at ${values.actual ?? 'nothing'} instead of ${values.expected ?? 'nothing'}.`,
    hint: 'Somebody else wrote it meanwhile; read it again and repeat the change.',
    values: { ...values },
  });
}
