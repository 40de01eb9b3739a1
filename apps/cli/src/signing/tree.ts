import type { Command } from 'commander';
import { excerpt } from '@pratique/runtime/fault';
import { attachmentTree, type TreeNode } from '@pratique/sigstore';
import { emphasis } from '../print.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { pinned, withRegistries } from './image.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `tree`. */
export interface TreeFlags extends RegistryFlags {
  readonly output: 'text' | 'json';
  readonly attachmentTagPrefix?: string;
  readonly experimentalOci11?: boolean;
}

/** `pratique tree IMAGE` */
export function command(): Command {
  return buildVerb<TreeFlags>({
    name: 'tree <image>',
    summary: 'show everything that is attached to an image: signatures, attestations, SBOMs, other referrers',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '-o, --output <format>', help: 'text or json', initial: 'text', choices: ['text', 'json'] },
          { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' },
          { name: '--experimental-oci11', help: 'accepted; referrers are always shown', hidden: true },
        ],
      },
      registryFlags,
    ],
    more: `
Nothing is verified here. Both ways of keeping signatures are looked at.

Example:
  $ pratique tree registry.example.com/team/app:1.4`,
    run: runTree,
  });
}

/** Prints the tree, or with `-o json` a list of `{kind, location, digest, predicateType?, layers}`. */
export async function runTree(
  { words: [word = ''], flags }: Asked<TreeFlags>,
  surroundings: Surroundings,
): Promise<void> {
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const image = await registries.image(word);
    const nodes = await attachmentTree({
      store: image.attachmentStore,
      digest: image.digest,
      signal: surroundings.signal,
      ...(flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix }),
    });
    if (flags.output === 'json') return surroundings.out(`${JSON.stringify(nodes)}\n`);
    for (const line of treeLines(pinned(image), nodes)) surroundings.out(`${line}\n`);
    if (nodes.length === 0) surroundings.say('Nothing is attached. Sign it with: pratique sign --key cosign.key IMAGE');
  });
}

const kindWords: Readonly<Record<TreeNode['kind'], string>> = {
  signature: 'signatures',
  attestation: 'attestations',
  sbom: 'SBOMs (not signed)',
  referrer: 'referrer',
};

/** The tree with its lines drawn. */
export function treeLines(title: string, nodes: readonly TreeNode[]): readonly string[] {
  const lines = [emphasis.strong(title)];
  for (const [at, node] of nodes.entries()) {
    const isLast = at === nodes.length - 1;
    lines.push(`${isLast ? '└──' : '├──'} ${heading(node)}`);
    for (const [index, layer] of node.layers.entries()) {
      const branch = index === node.layers.length - 1 ? '└──' : '├──';
      const type = layer.predicateType === undefined ? '' : `  ${shown(layer.predicateType)}`;
      lines.push(`${isLast ? '   ' : '│  '} ${branch} ${layer.digest}${emphasis.quiet(type)}`);
    }
    if (node.problem !== undefined) lines.push(`${isLast ? '   ' : '│  '} └── ${emphasis.warning(node.problem)}`);
  }
  return lines;
}

/** Anybody who may push writes these; a terminal must not take them for orders. */
function shown(text: string): string {
  return excerpt(text, 200);
}

function heading({ kind, location, predicateType, artifactType }: TreeNode): string {
  const what = kind === 'referrer' ? shown(predicateType ?? artifactType ?? 'referrer') : kindWords[kind];
  return `${what}  ${emphasis.quiet(location)}`;
}
