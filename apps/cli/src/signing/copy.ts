import type { Command } from 'commander';
import {
  copyImage,
  formatReference,
  parsePlatform,
  referenceTarget,
  type AttachmentKind,
  type CopyReport,
} from '@pratique/oci';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { contention } from './contention.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { refuseTogether } from './flags.ts';
import { withRegistries } from './image.ts';
import { copyBar, inWords } from './progress.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';
import { keepYoungHeapSmall } from './young-heap.ts';

/** Flags of `copy`. */
export interface CopyFlags extends RegistryFlags {
  readonly only?: string;
  readonly sigOnly?: boolean;
  readonly platform?: string;
  readonly force?: boolean;
  readonly attachmentTagPrefix?: string;
}

/** `pratique copy SOURCE DESTINATION` */
export function command(): Command {
  return buildVerb<CopyFlags>({
    name: 'copy <source> <destination>',
    summary: 'copy an image with its signatures and attestations of both formats',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--only <kinds>', help: 'not the image, only what is attached: sig, att, sbom; a comma list' },
          { name: '--sig-only', help: 'the same as --only sig', hidden: true },
          { name: '--platform <os/arch>', help: 'only the image for this platform' },
          { name: '-f, --force', help: 'overwrite attachments that exist and differ', initial: false },
          { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' },
        ],
      },
      registryFlags,
    ],
    more: `
Signatures as bundles are copied too, and counted: a copy that lost one fails. No further tag is made.

Example:
  $ pratique copy registry.example.com/team/app:1.4 mirror.example.com/team/app:1.4`,
    run: runCopy,
  });
}

/** Copies, and says what arrived. */
export async function runCopy(
  { words: [source = '', destination = ''], flags }: Asked<CopyFlags>,
  surroundings: Surroundings,
): Promise<void> {
  keepYoungHeapSmall();
  refuseTogether(flags, ['only', 'sig-only'], 'Give one of them.');
  const kinds = kindsOf(flags);
  await withRegistries({ flags, asked: [source, destination], surroundings }, async (registries) => {
    const from = registries.places(source);
    const to = registries.places(destination);
    const bar = await copyBar(surroundings, 'Copying');
    const tag = to.reference.digest === undefined ? (to.reference.tag ?? 'latest') : undefined;
    try {
      const report = await copyImage({
        from: from.store,
        to: to.store,
        source: referenceTarget(from.reference),
        ...(tag === undefined ? {} : { tag }),
        ...(flags.platform === undefined ? {} : { platform: parsePlatform(flags.platform) }),
        ...(kinds === undefined
          ? {}
          : { image: false, attachments: kinds, referrers: kinds.includes('sig') && kinds.includes('att') }),
        ...(flags.attachmentTagPrefix === undefined ? {} : { attachmentTagPrefix: flags.attachmentTagPrefix }),
        force: flags.force === true,
        onProgress: bar.onProgress,
        ...contention(surroundings),
      });
      bar.stop();
      for (const line of arrivedLines('Copied', formatReference(to.reference), report)) surroundings.say(line);
    } finally {
      bar.stop();
    }
  });
}

/** What arrived, in two lines. */
export function arrivedLines(what: string, where: string, report: CopyReport): readonly string[] {
  const { blobs, bytes, attachments, referrers, manifests } = report;
  return [
    `${aside.good(what)} ${aside.strong(where)} ${report.root.digest}`,
    `  ${manifests} manifests, ${blobs.written} blobs sent (${inWords(bytes)}), ${blobs.present + blobs.mounted} there already`,
    `  attached: ${attachments.length} under tags, ${referrers.length} as referrers`,
  ];
}

function kindsOf({ only, sigOnly }: CopyFlags): readonly AttachmentKind[] | undefined {
  if (sigOnly === true) return ['sig'];
  if (only === undefined) return undefined;
  const kinds = only.split(',').map((kind) => kind.trim());
  const unknown = kinds.find((kind) => !['sig', 'att', 'sbom'].includes(kind));
  if (unknown !== undefined)
    throw usageFault(`--only has no kind "${unknown.slice(0, 40)}".`, 'Write sig, att, sbom, separated by commas.');
  return kinds as readonly AttachmentKind[];
}
