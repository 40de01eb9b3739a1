/** What a manifest says, as far as a registry must know: image-spec 1.1 manifest and index, and their Docker forerunners. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { excerpt } from '@pratique/runtime/fault';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';
import { digest, readDigest } from '../names.ts';
import type { Digest } from '../names.ts';

/** Something a manifest needs: a blob, or, in an index, another manifest. */
export interface Reference {
  readonly kind: 'blob' | 'manifest' | 'either';
  readonly digest: Digest;
}

/** What a registry must know of a manifest. */
export interface ManifestFacts {
  readonly mediaType: string;
  readonly references: readonly Reference[];
  readonly subject: Digest | undefined;
  /** What a list of referrers says it is: its own type, or that of its config. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

const imageTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
export const indexType = 'application/vnd.oci.image.index.v1+json';
const indexTypes = [indexType, 'application/vnd.docker.distribution.manifest.list.v2+json'];
const knownTypes = new Set([...imageTypes, ...indexTypes]);

const descriptor = Type.Object({
  mediaType: Type.String({ minLength: 1, maxLength: 255 }),
  digest: Type.String({ maxLength: 200 }),
  size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  urls: Type.Optional(Type.Array(Type.String())),
});
const shared = {
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  artifactType: Type.Optional(Type.String({ maxLength: 255 })),
  subject: Type.Optional(descriptor),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
};
const list = Type.Array(descriptor, { maxItems: fixedLimits.descriptors });
// `never` for the other kind's member: one document that two readers understand differently is an old attack.
const image = Type.Object({
  ...shared,
  config: descriptor,
  layers: list,
  manifests: Type.Optional(Type.Undefined()),
});
const index = Type.Object({
  ...shared,
  manifests: list,
  config: Type.Optional(Type.Undefined()),
  layers: Type.Optional(Type.Undefined()),
});

/**
 * Reads a manifest of a declared media type.
 *
 * @param contentType the header of the request; parameters such as a charset are ignored
 * @throws Fault `manifest-refused`, `content-digest-invalid` (of something it names)
 */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): ManifestFacts {
  const mediaType = contentType?.split(';', 1)[0]?.trim() ?? '';
  if (!knownTypes.has(mediaType)) {
    throw refused(`"${excerpt(mediaType)}" is not a media type of manifests known here`, {
      known: [...knownTypes],
    });
  }
  const content = parse(bytes);
  const isIndex = indexTypes.includes(mediaType);
  const schema = isIndex ? index : image;
  const [mistake] = Value.Errors(schema, content);
  if (mistake !== undefined) {
    const where = mistake.instancePath === '' ? 'it' : mistake.instancePath;
    throw refused(`${excerpt(where)} ${mistake.message}`, { at: excerpt(where) });
  }
  const facts = content as Static<typeof image> | Static<typeof index>;
  if (facts.mediaType !== undefined && facts.mediaType !== mediaType) {
    throw refused(`it says it is "${excerpt(facts.mediaType)}", the request says "${excerpt(mediaType)}"`, {});
  }
  return {
    mediaType,
    references:
      'layers' in facts && facts.layers !== undefined ? ofImage(facts) : ofIndex(facts as Static<typeof index>),
    subject: facts.subject === undefined ? undefined : digest(facts.subject.digest),
    artifactType: facts.artifactType ?? facts.config?.mediaType,
    annotations: facts.annotations,
  };
}

function ofImage({ config, layers }: Static<typeof image>): readonly Reference[] {
  // Layers with addresses of their own (base images that may not be passed on) live elsewhere.
  const kept = layers.filter((layer) => layer.urls === undefined || layer.urls.length === 0);
  return [config, ...kept].map((item) => ({ kind: 'blob', digest: digest(item.digest) }));
}

function ofIndex({ manifests }: Static<typeof index>): readonly Reference[] {
  return manifests.map((item) => ({
    kind: knownTypes.has(item.mediaType) ? 'manifest' : 'either',
    digest: digest(item.digest),
  }));
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refused('it is not JSON in UTF-8', {});
  }
}

function refused(why: string, values: Readonly<Record<string, unknown>>) {
  return registryFault({
    code: 'manifest-refused',
    message: `The manifest is refused: ${why}.`,
    hint: 'Send an OCI image manifest or index, or a Docker version 2 manifest or list, with its media type as Content-Type.',
    values,
  });
}

/** What is kept beside a manifest in its repository: enough to answer HEAD and to list it. */
const linkSchema = Type.Object({ mediaType: Type.String(), size: Type.Integer() });
/** See {@link linkSchema}. */
export type ManifestLink = Static<typeof linkSchema>;

/** The link as written by us, or undefined where it is not. */
export function readLink(bytes: Uint8Array): ManifestLink | undefined {
  return readOwn(linkSchema, bytes);
}

const referrerSchema = Type.Object({
  mediaType: Type.String(),
  digest: Type.String(),
  size: Type.Integer(),
  artifactType: Type.Optional(Type.String()),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
});
/** One entry of a list of referrers: distribution-spec 1.1 "Listing Referrers". */
export type ReferrerDescriptor = Static<typeof referrerSchema>;

/** The entry as written by us, or undefined where it is not. */
export function readReferrer(bytes: Uint8Array): ReferrerDescriptor | undefined {
  const found = readOwn(referrerSchema, bytes);
  return found !== undefined && readDigest(found.digest) !== undefined ? found : undefined;
}

function readOwn<Schema extends Type.TSchema>(schema: Schema, bytes: Uint8Array): Static<Schema> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Value.Check(schema, value) ? (value as Static<Schema>) : undefined;
  } catch {
    return undefined;
  }
}
