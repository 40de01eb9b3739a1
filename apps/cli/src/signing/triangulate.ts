import type { Command } from 'commander';
import { repositoryName } from '@pratique/oci';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { pinned, withRegistries } from './image.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `triangulate`. */
export interface TriangulateFlags extends RegistryFlags {
  readonly type: 'signature' | 'attestation' | 'sbom' | 'digest';
  readonly attachmentTagPrefix?: string;
}

const endings = { signature: '.sig', attestation: '.att', sbom: '.sbom' } as const;

/** `pratique triangulate IMAGE` */
export function command(): Command {
  return buildVerb<TriangulateFlags>({
    name: 'triangulate <image>',
    summary: 'print where the signatures of an image are kept under a tag',
    groups: [
      {
        title: 'Flags',
        flags: [
          {
            name: '--type <kind>',
            help: 'what is looked for',
            initial: 'signature',
            choices: ['signature', 'attestation', 'sbom', 'digest'],
          },
          { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' },
        ],
      },
      registryFlags,
    ],
    more: `
The name is computed; whether something is there is not asked. Signatures in bundle format have no tag: pratique tree IMAGE
shows both.

Example:
  $ pratique triangulate registry.example.com/team/app:1.4`,
    run: runTriangulate,
  });
}

/** Prints `registry/repository:sha256-….sig`, or the pinned name for `--type digest`. */
export async function runTriangulate(
  { words, flags }: Asked<TriangulateFlags>,
  surroundings: Surroundings,
): Promise<void> {
  const [asked = ''] = words;
  await withRegistries({ flags, asked: [asked], surroundings }, async (registries) => {
    const image = await registries.image(asked);
    if (flags.type === 'digest') return surroundings.out(`${pinned(image)}\n`);
    const tag = `${flags.attachmentTagPrefix ?? ''}${image.digest.replace(':', '-')}${endings[flags.type]}`;
    surroundings.out(`${repositoryName(image.attachments)}:${tag}\n`);
  });
}
