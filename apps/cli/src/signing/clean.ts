import type { Command } from 'commander';
import { listRemovals, removeAttachments, type CleanType, type Removal } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { confirm } from './confirm.ts';
import { contention } from './contention.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { pinned, withRegistries } from './image.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `clean`. */
export interface CleanFlags extends RegistryFlags {
  readonly type: CleanType;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly attachmentTagPrefix?: string;
}

/** `pratique clean IMAGE` */
export function command(): Command {
  return buildVerb<CleanFlags>({
    name: 'clean [image]',
    summary: 'remove signatures, attestations and SBOMs from an image',
    groups: [
      {
        title: 'Flags',
        flags: [
          {
            name: '--type <kind>',
            help: 'what goes',
            initial: 'all',
            choices: ['signature', 'attestation', 'sbom', 'referrer', 'all'],
          },
          { name: '-f, --force', help: 'do not ask', initial: false },
          { name: '-y, --yes', help: 'the same', initial: false },
          { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' },
        ],
      },
      registryFlags,
    ],
    more: `
Both cosign and trivy have this word. With an image it is cosign's, which this is: it removes what is attached to the image,
never the image. Without an image it would be trivy's, which empties caches of a scanner; there is no scanner here yet.
Other referrers than signatures and attestations stay.

Example:
  $ pratique clean --type signature registry.example.com/team/app:1.4`,
    run: runClean,
  });
}

/** Lists what would go, asks, and removes it. */
export async function runClean({ words: [word], flags }: Asked<CleanFlags>, surroundings: Surroundings): Promise<void> {
  if (word === undefined) {
    throw usageFault(
      'No image was named.',
      'Name the image whose signatures are to go. Caches of a scanner, which trivy clean empties, do not exist here.',
    );
  }
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const image = await registries.image(word);
    const { attachmentStore: store, digest } = image;
    const prefix = flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix };
    const removals = await listRemovals({ store, digest, type: flags.type, signal: surroundings.signal, ...prefix });
    const { say } = surroundings;
    if (removals.length === 0) return say(`Nothing of that kind is attached to ${pinned(image)}`);
    say(`From ${pinned(image)} will be removed:`);
    for (const removal of removals) say(`  ${removalLine(removal)}`);
    await confirm(surroundings, 'Remove them for good?', flags.force === true || flags.yes === true);
    const { removed, absent } = await removeAttachments({ store, digest, removals, ...contention(surroundings) });
    say(`Removed ${removed.length}${absent.length === 0 ? '' : `; ${absent.length} were gone already`}`);
  });
}

function removalLine({ kind, location, predicateType }: Removal): string {
  return `${kind.padEnd(11)}  ${location}${predicateType === undefined ? '' : `  (${predicateType})`}`;
}
