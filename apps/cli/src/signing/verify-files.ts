import type { Command } from 'commander';
import { excerpt } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { cliFault } from '../errors.ts';
import type { Flag } from './flags.ts';
import { imagesInDockerfile, imagesInManifest } from './images-in-files.ts';
import { outcomeHelp } from './outcomes.ts';
import type { Surroundings } from './surroundings.ts';
import { buildGroup, buildVerb, type Asked } from './verb.ts';
import { runVerify, type VerifyFlags } from './verify.ts';
import { imageVerifyGroups } from './verify-flags.ts';

/** Flags of both verbs. */
export interface VerifyFilesFlags extends VerifyFlags {
  readonly baseImageOnly?: boolean;
}

/** Manifests of whole applications have some hundred KiB. */
const fileLimit = 16 * 1024 * 1024;

/** `pratique manifest verify FILE` */
export function manifestCommand(): Command {
  return buildGroup('manifest', 'check the images that Kubernetes manifests name', [
    verb('every image: of a manifest, YAML or JSON', 'deployment.yaml', runManifestVerify, []),
  ]);
}

/** `pratique dockerfile verify FILE` */
export function dockerfileCommand(): Command {
  return buildGroup('dockerfile', 'check the images a Dockerfile builds on', [
    verb('every image a Dockerfile names in FROM or COPY --from', 'Dockerfile', runDockerfileVerify, [
      { name: '--base-image-only', help: 'only the one the last stage stands on', initial: false },
    ]),
  ]);
}

function verb(
  what: string,
  example: string,
  run: (asked: Asked<VerifyFilesFlags>, surroundings: Surroundings) => Promise<number>,
  own: readonly Flag[],
): Command {
  return buildVerb<VerifyFilesFlags>({
    name: 'verify <file>',
    summary: `verify ${what}`,
    groups: imageVerifyGroups([
      ...own,
      { name: '-a, --annotations <k=v>', help: 'demand these annotations', many: true },
      { name: '--accept-any-predicate', help: 'let an attestation count as a signature', initial: false },
    ]),
    more: `
Example:
  $ pratique ${example === 'Dockerfile' ? 'dockerfile' : 'manifest'} verify --key cosign.pub ${example}
${outcomeHelp}`,
    run,
  });
}

/** Verifies every image of a manifest; a file without one is an error, for nothing was checked. */
export async function runManifestVerify(asked: Asked<VerifyFilesFlags>, surroundings: Surroundings): Promise<number> {
  const [path = ''] = asked.words;
  return await verifyAll(imagesInManifest(await text(path)), path, asked, surroundings);
}

/** Verifies what a Dockerfile builds on; a name with a variable nobody knows is an error. */
export async function runDockerfileVerify(asked: Asked<VerifyFilesFlags>, surroundings: Surroundings): Promise<number> {
  const [path = ''] = asked.words;
  const { images, unresolved } = imagesInDockerfile(await text(path), surroundings.env, {
    baseOnly: asked.flags.baseImageOnly === true,
  });
  if (unresolved.length > 0) {
    throw cliFault({
      code: 'no-images-found',
      message: `${excerpt(path)} names ${excerpt(unresolved.join(', '), 120)}, whose variables have no value.`,
      hint: 'Set them in the environment as they are given to the build: VERSION=22 pratique dockerfile verify …',
    });
  }
  return await verifyAll(images, path, asked, surroundings);
}

async function verifyAll(
  images: readonly string[],
  path: string,
  asked: Asked<VerifyFilesFlags>,
  surroundings: Surroundings,
): Promise<number> {
  if (images.length > 0) return await runVerify({ ...asked, words: images }, surroundings);
  throw cliFault({
    code: 'no-images-found',
    message: `${excerpt(path)} names no image, so nothing was verified.`,
    hint: 'Check that it is the right file.',
  });
}

async function text(path: string): Promise<string> {
  return decodeText(await readFileBounded(path, { bytes: fileLimit, what: 'the file' }), 'the file');
}
