import type { Command } from 'commander';
import { formatReference, openLayout } from '@pratique/oci';
import { loadImage } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { contention } from './contention.ts';
import { arrivedLines } from './copy.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { withRegistries } from './image.ts';
import { copyBar } from './progress.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';
import { keepYoungHeapSmall } from './young-heap.ts';

/** Flags of `load`. */
export interface LoadFlags extends RegistryFlags {
  readonly dir?: string;
  readonly force?: boolean;
}

/** `pratique load --dir FOLDER IMAGE` */
export function command(): Command {
  return buildVerb<LoadFlags>({
    name: 'load <image>',
    summary: 'push what save has written to a registry',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--dir <folder>', help: 'what save has written' },
          { name: '-f, --force', help: 'overwrite attachments that exist and differ', initial: false },
        ],
      },
      registryFlags,
    ],
    more: `
Example:
  $ pratique load --dir ./app other.example.com/team/app:1.4`,
    run: runLoad,
  });
}

/** Loads; says what arrived. */
export async function runLoad(
  { words: [word = ''], flags }: Asked<LoadFlags>,
  surroundings: Surroundings,
): Promise<void> {
  keepYoungHeapSmall();
  const { dir, force } = flags;
  if (dir === undefined) throw usageFault('No folder was named.', 'Add --dir FOLDER.');
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const { store, reference } = registries.places(word);
    const layout = await openLayout(dir);
    const bar = await copyBar(surroundings, 'Loading');
    try {
      const tag = reference.digest === undefined ? (reference.tag ?? 'latest') : undefined;
      const report = await loadImage({
        layout,
        store,
        force: force === true,
        ...(tag === undefined ? {} : { tag }),
        ...contention(surroundings),
      });
      bar.stop();
      for (const line of arrivedLines('Loaded', formatReference(reference), report)) surroundings.say(line);
    } finally {
      bar.stop();
    }
  });
}
