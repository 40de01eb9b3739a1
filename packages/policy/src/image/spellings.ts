/** The other ways in which people and programs write one image (IMG-6, IMG-7, PAT-3). */
import { dockerHub, formatReference } from '@pratique/oci';
import type { CanonicalImage } from './canonical-image.ts';
import { beginsWithHost } from './parse-image.ts';

const dockerShort = 'docker.io';

/** How Docker Hub may be written into a workload (IMG-6). */
export type DockerHost = 'index.docker.io' | 'docker.io';

/** The name under which the Notary server knows the repository (IMG-7): `docker.io/library/nginx`. */
export function notaryGun({ registry, repository }: Pick<CanonicalImage, 'registry' | 'repository'>): string {
  return `${registry === dockerHub ? dockerShort : registry}/${repository}`;
}

/**
 * What is written into a workload: the canonical name, pinned where a digest is given, with Docker Hub as configured.
 *
 * @param pin.digest Replaces the digest the image has.
 */
export function writtenName(
  image: CanonicalImage,
  pin: { readonly digest?: string; readonly dockerHost: DockerHost },
): string {
  const registry = image.registry === dockerHub ? pin.dockerHost : image.registry;
  return formatReference({ ...image, registry, digest: pin.digest ?? image.digest });
}

/**
 * Every way to write the image that rules are compared with (PAT-3), canonical first. Each of them, read as an image, is the
 * same image again: a path on Docker Hub that begins like a host (`docker.io/reg.lan/app`) has no form without its host, or it
 * would pass for an image of that host.
 */
export function spellings(image: CanonicalImage): readonly string[] {
  if (image.registry !== dockerHub) return [image.name];
  const { repository } = image;
  const rest = image.name.slice(dockerHub.length + 1 + repository.length);
  const single = /^library\/[^/]+$/.test(repository) ? [repository.slice('library/'.length)] : [];
  const hostless = [repository, ...single].filter((path) => !beginsWithHost(path));
  const hosted = [dockerHub, dockerShort].flatMap((host) => [repository, ...single].map((path) => `${host}/${path}`));
  return [...hosted, ...hostless].map((name) => `${name}${rest}`);
}
