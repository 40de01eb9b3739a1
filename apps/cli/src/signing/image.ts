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
export interface Image extends Target {
  /** As asked for, normalised, with tag or digest. */
  readonly name: string;
  readonly digest: string;
  readonly descriptor: Descriptor;
  /** Exact bytes of the manifest or index. */
  readonly bytes: Uint8Array;
  /** Where the image is. */
  readonly store: RegistryRepository;
  /** Where its signatures and attestations are. */
  readonly attachmentStore: RegistryRepository;
}

/** Registries of some images, open until the work is done. */
export interface Registries {
  readonly client: RegistryClient;
  image(asked: string): Promise<Image>;
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
    return await work({ client, image: (one) => lookUp(targetOf(one, surroundings), client, surroundings) });
  } finally {
    await client.close();
  }
}

async function lookUp(target: Target, client: RegistryClient, { signal }: Surroundings): Promise<Image> {
  const store = client.repository(target.reference);
  const found = await store.manifest(referenceTarget(target.reference), { signal });
  if (found === undefined) throw notFound(target.reference);
  return {
    ...target,
    name: formatReference(target.reference),
    digest: found.descriptor.digest,
    descriptor: found.descriptor,
    bytes: found.bytes,
    store,
    attachmentStore: client.repository(target.attachments),
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
