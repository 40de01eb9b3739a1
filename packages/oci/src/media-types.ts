/** Media types of manifests and what they hold. OCI: image-spec "Media Types"; docker: distribution's manifest v2 schema 2. */

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerManifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** The configuration of an image in both families. */
export const ociConfig = 'application/vnd.oci.image.config.v1+json';
export const dockerConfig = 'application/vnd.docker.container.image.v1+json';

/** The config of an artifact that needs none, image-spec "Guidance for an Empty Descriptor"; its bytes are `{}`. */
export const emptyConfig = 'application/vnd.oci.empty.v1+json';
export const emptyConfigDescriptor = {
  mediaType: emptyConfig,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
} as const;

/** Everything that can be read as a manifest or index, in the order a registry is asked for it. */
export const manifestTypes = [ociManifest, ociIndex, dockerManifest, dockerManifestList] as const;

/** A media type without its parameters, lower case: `Application/JSON; charset=utf-8` becomes `application/json`. */
export function bareMediaType(value: string): string {
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Whether this type is an image manifest, of either family. */
export function isImageManifestType(mediaType: string): boolean {
  return mediaType === ociManifest || mediaType === dockerManifest;
}

/** Whether this type is an index or manifest list. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === ociIndex || mediaType === dockerManifestList;
}

/** Whether a registry may hand a layer out under another address only (`foreign`, `nondistributable`); such layers are not copied. */
export function isForeignLayerType(mediaType: string): boolean {
  return mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');
}
