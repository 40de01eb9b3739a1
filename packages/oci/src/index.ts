/**
 * Images as the OCI specifications define them: references, digests, manifests, and the places that keep them.
 * A registry, a layout on disk and a memory all answer the same few calls (`store.ts`), so copying, signing and
 * scanning are written once. Start with {@link parseReference} and {@link createRegistryClient}.
 */
export { addReferrer, removeReferrers } from './add-referrer.ts';
export type { AddReferrerOptions, ReferrerAdded } from './add-referrer.ts';
export { checkBytes, checkedChunks, digestOf, isDigest, parseDigest, readChecked } from './digest.ts';
export type { DigestAlgorithm, Expected, ParsedDigest } from './digest.ts';
export { ociFault, ociFaultClass } from './errors.ts';
export type { OciFault, OciFaultClass, OciFaultCode } from './errors.ts';
export { parseStrictJson } from './json.ts';
export { childrenOf, manifestToBytes, parseManifest, referrerDescriptor } from './manifest.ts';
export type { Descriptor, ImageIndex, ImageManifest, Manifest, ManifestOrigin, Platform } from './manifest.ts';
export * as mediaTypes from './media-types.ts';
export { createMemoryStore } from './memory.ts';
export type { MemoryOptions } from './memory.ts';
export {
  formatPlatform,
  isImageEntry,
  normalisePlatform,
  parsePlatform,
  platformMatches,
  platformsOf,
  selectPlatform,
} from './platform.ts';
export {
  dockerHub,
  formatReference,
  isTag,
  normaliseRegistry,
  parseReference,
  parseRepository,
  referenceTarget,
  repositoryName,
  withDigest,
} from './reference.ts';
export type { Reference } from './reference.ts';
export { fallbackTag, judgeFallback } from './referrers.ts';
export type { FallbackContent } from './referrers.ts';
export { shapeOf } from './shape.ts';
export type { Shape, ShapeFlaw } from './shape.ts';
export { readManifest } from './store-checks.ts';
export type {
  BlobWrite,
  ContentStore,
  Look,
  ManifestWrite,
  ManifestWritten,
  ReferrerList,
  ReferrerQuery,
  StoredManifest,
  Waiting,
} from './store.ts';
export { createRegistryClient } from './registry/client.ts';
export type { RegistryClient, RegistryClientOptions } from './registry/client.ts';
export { firstOf, fixedCredential } from './registry/credential.ts';
export type { Credential, CredentialSource } from './registry/credential.ts';
export type { RegistryRepository } from './registry/repository.ts';
export type { RegistryNotice } from './registry/session.ts';
export { defaultTimes, settingsFor } from './registry/settings.ts';
export type { Mirror, ProxySettings, RegistryHost, RegistryTimes } from './registry/settings.ts';
export { credentialPaths, fileCredentials } from './registry/credential-files.ts';
export type { CredentialPlaces, FileCredentialOptions } from './registry/credential-files.ts';
export { runCredentialHelper } from './registry/credential-helper.ts';
export type { HelperAnswer, RunHelper } from './registry/credential-helper.ts';
export { dockerConfigSource, parseDockerConfig } from './registry/docker-config.ts';
export type { DockerConfig } from './registry/docker-config.ts';
export { openLayout } from './layout.ts';
export type { LayoutOptions, LayoutStore } from './layout.ts';
export { attachmentTag, copyImage } from './copy.ts';
export type { AttachmentKind, CopyOptions, CopyProgress, CopyReport } from './copy.ts';
export { parseChallenges } from './registry/challenge.ts';
export type { Challenge } from './registry/challenge.ts';
