import type { Command } from 'commander';
import { initializeTrust, publicMirror, type TrustState } from '@pratique/sigstore';
import { readFileBounded } from '@pratique/runtime/limit';
import { usageFault } from '../errors.ts';
import { fetchText } from './fetch-text.ts';
import { namedRoot, trustRepository } from './kept-trust.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `initialize`. */
export interface InitializeFlags {
  readonly mirror?: string;
  readonly root?: string;
  readonly rootChecksum?: string;
  readonly staging?: boolean;
}

const stagingMirror = 'https://tuf-repo-cdn.sigstage.dev';
const rootLimit = 4 * 1024 * 1024;

/** `pratique initialize` */
export function command(): Command {
  return buildVerb<InitializeFlags>({
    name: 'initialize',
    summary: 'choose whose trust material is used, and fetch it',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--mirror <url>', help: 'repository of trust material; the public one without it' },
          { name: '--root <file>', help: 'first root metadata to believe, a file or an https address' },
          { name: '--root-checksum <hex>', help: 'SHA-256 of that file, as its operator announced it' },
          { name: '--staging', help: 'the public test deployment', initial: false },
        ],
      },
    ],
    more: `
Kept in TUF_ROOT, or ~/.sigstore/root. Verifying with a key and without a log needs none of this.

Example:
  $ pratique initialize --mirror https://tuf.example.com --root root.json --root-checksum 5c2f…`,
    run: runInitialize,
  });
}

/** Pins a root and fetches everything; a failure leaves what was kept. */
export async function runInitialize({ flags }: Asked<InitializeFlags>, surroundings: Surroundings): Promise<void> {
  if (flags.staging === true && flags.mirror !== undefined)
    throw usageFault('--staging and --mirror exclude each other.', 'Give one of them.');
  const mirror =
    flags.mirror ?? (flags.staging === true ? stagingMirror : (trustRepository(surroundings).mirror ?? publicMirror));
  const root = flags.root === undefined ? await namedRoot(surroundings) : await readRoot(flags.root, surroundings);
  const state = await initializeTrust({
    ...trustRepository(surroundings),
    mirror,
    ...(root === undefined ? {} : { root }),
    ...(flags.rootChecksum === undefined ? {} : { rootChecksum: flags.rootChecksum }),
  });
  for (const line of stateLines(state)) surroundings.say(line);
}

/** What is kept now, for a person. */
export function stateLines({ mirror, roles, targets }: TrustState): readonly string[] {
  return [
    `Trust material of ${mirror}`,
    ...Object.entries(roles).map(
      ([role, { version, expires }]) =>
        `  ${role.padEnd(10)} version ${version}, good until ${expires.toISOString().slice(0, 10)}`,
    ),
    `  files      ${targets.join(', ')}`,
  ];
}

async function readRoot(named: string, surroundings: Surroundings): Promise<Uint8Array> {
  if (!/^https?:/.test(named)) return await readFileBounded(named, { bytes: rootLimit, what: 'the root' });
  return Buffer.from(await fetchText(named, { what: 'the root', limitBytes: rootLimit, surroundings }));
}
