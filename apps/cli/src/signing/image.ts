/** The image a reference names, looked up once: a tag that moves meanwhile changes nothing. */
import {
  formatReference,
  parseReference,
  referenceTarget,
  withDigest,
  type Descriptor,
  type Reference,
  type RegistryClient,
  type RegistryRepository,
} from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import type { RegistryFlags } from './flag-groups.ts';
import { openRegistries, targetOf, type Target } from './registry-access.ts';
import type { Surroundings } from './surroundings.ts';

/** An image that is there. */
export interface Image extends Places {
  /** As asked for, normalised, with tag or digest. */
  readonly name: string;
  readonly digest: string;
  readonly descriptor: Descriptor;
  /** Exact bytes of the manifest or index. */
  readonly bytes: Uint8Array;
}

/** Registries of some images, open until the work is done. */
export interface Registries {
  readonly client: RegistryClient;
  /** Looks the image up. */
  image(asked: string): Promise<Image>;
  /** The two places of an image without asking anything. */
  places(asked: string): Places;
}

/** Where an image and its attachments are, whether or not they are. */
export interface Places extends Target {
  readonly store: RegistryRepository;
  readonly attachmentStore: RegistryRepository;
}

/** Opens the registries of these images, does the work, closes them. */
export async function withRegistries<T>(
  {
    flags,
    asked,
    surroundings,
  }: { readonly flags: RegistryFlags; readonly asked: readonly string[]; readonly surroundings: Surroundings },
  work: (registries: Registries) => Promise<T>,
): Promise<T> {
  const targets = asked.map((one) => targetOf(one, surroundings));
  const places = targets.flatMap(({ reference, attachments }) => [reference, attachments]);
  const client = await openRegistries(flags, places, surroundings);
  try {
    const places = (one: string) => placesOf(targetOf(one, surroundings), client);
    return await work({ client, places, image: (one) => lookUp(places(one), surroundings) });
  } finally {
    await client.close();
  }
}

function placesOf(target: Target, client: RegistryClient): Places {
  return {
    ...target,
    store: client.repository(target.reference),
    attachmentStore: client.repository(target.attachments),
  };
}

async function lookUp(places: Places, { signal }: Surroundings): Promise<Image> {
  const found = await places.store.manifest(referenceTarget(places.reference), { signal });
  if (found === undefined) throw notFound(places.reference);
  return {
    ...places,
    name: formatReference(places.reference),
    digest: found.descriptor.digest,
    descriptor: found.descriptor,
    bytes: found.bytes,
  };
}

/** The image by its digest: `registry/repository@sha256:…`. */
export function pinned({ reference, digest }: Pick<Image, 'reference' | 'digest'>): string {
  return formatReference(withDigest(reference, digest));
}

/** Whether somebody named only a tag, which may point elsewhere tomorrow. */
export function isByTag(asked: string): boolean {
  return parseReference(asked).digest === undefined;
}

function notFound(reference: Reference): Fault {
  const name = formatReference(reference);
  return new Fault({
    code: 'image-not-found',
    message: `image tag not found: ${name} is not in the registry.`,
    hint:
      reference.digest === undefined
        ? 'Check name and tag; the tag may have been removed or never pushed.'
        : 'Check the digest: podman inspect IMAGE | grep -i digest shows the one you have. It may have been pushed elsewhere.',
    values: { reference: name },
  });
}
