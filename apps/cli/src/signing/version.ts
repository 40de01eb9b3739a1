import type { Command } from 'commander';
import { exitCodes } from '../exit.ts';
import { productVersion } from '../product-version.ts';
import { buildVerb, type Asked } from './verb.ts';
import type { Surroundings } from './surroundings.ts';

interface VersionFlags {
  readonly json?: boolean;
  readonly output: string;
}

/** `pratique version` */
export function command(): Command {
  return buildVerb<VersionFlags>({
    name: 'version',
    summary: 'print the version of this command',
    usageCode: exitCodes.usage,
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--json', help: 'the same as --output json', initial: false },
          { name: '-o, --output <format>', help: 'text or json', initial: 'text', choices: ['text', 'json'] },
        ],
      },
    ],
    more: `
Example:
  $ pratique version --json`,
    run: runVersion,
  });
}

/** Prints the version: a line, or `{"version":"…"}`. */
export async function runVersion({ flags }: Asked<VersionFlags>, { out }: Surroundings): Promise<void> {
  const asJson = flags.json === true || flags.output === 'json';
  out(asJson ? `${JSON.stringify({ version: productVersion })}\n` : `${productVersion}\n`);
}
