import type { Command } from 'commander';
import { openLayout, referenceTarget } from '@pratique/oci';
import { saveImage } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { contention } from './contention.ts';
import { arrivedLines } from './copy.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { withRegistries } from './image.ts';
import { copyBar } from './progress.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';
import { keepYoungHeapSmall } from './young-heap.ts';

/** Flags of `save`. */
export interface SaveFlags extends RegistryFlags {
  readonly dir?: string;
  readonly attachmentTagPrefix?: string;
}

/** `pratique save --dir FOLDER IMAGE` */
export function command(): Command {
  return buildVerb<SaveFlags>({
    name: 'save <image>',
    summary: 'save an image with its signatures to a folder, to take where no registry is reached',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--dir <folder>', help: 'an OCI layout; made where it is missing' },
          { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' },
        ],
      },
      registryFlags,
    ],
    more: `
Examples:
  $ pratique save --dir ./app registry.example.com/team/app:1.4
  $ pratique verify --local-image --key cosign.pub ./app
  $ pratique load --dir ./app other.example.com/team/app:1.4`,
    run: runSave,
  });
}

/** Saves; says what is in the folder now. */
export async function runSave(
  { words: [word = ''], flags }: Asked<SaveFlags>,
  surroundings: Surroundings,
): Promise<void> {
  keepYoungHeapSmall();
  const { dir, attachmentTagPrefix } = flags;
  if (dir === undefined) throw usageFault('No folder was named.', 'Add --dir FOLDER.');
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const { store, reference } = registries.places(word);
    const layout = await openLayout(dir, { create: true });
    const bar = await copyBar(surroundings, 'Saving');
    try {
      const report = await saveImage({
        store,
        layout,
        target: referenceTarget(reference),
        ...(reference.digest === undefined && reference.tag !== undefined ? { tag: reference.tag } : {}),
        ...(attachmentTagPrefix === undefined ? {} : { tagPrefix: attachmentTagPrefix }),
        ...contention(surroundings),
      });
      bar.stop();
      for (const line of arrivedLines('Saved', dir, report)) surroundings.say(line);
    } finally {
      bar.stop();
    }
  });
}
