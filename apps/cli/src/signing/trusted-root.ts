import type { Command } from 'commander';
import { createTrustedRoot } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { writeFiles } from './files.ts';
import { readPem } from './policy.ts';
import type { Surroundings } from './surroundings.ts';
import { buildGroup, buildVerb, type Asked } from './verb.ts';

/** Flags of `trusted-root create`. */
export interface TrustedRootFlags {
  readonly fulcio: readonly string[];
  readonly rekor: readonly string[];
  readonly ctfe: readonly string[];
  readonly tsa: readonly string[];
  readonly out?: string;
}

/** `pratique trusted-root create` */
export function command(): Command {
  return buildGroup('trusted-root', 'trusted_root.json of a private deployment', [create()]);
}

function create(): Command {
  const times = 'start-time=…,end-time=…';
  return buildVerb<TrustedRootFlags>({
    name: 'create',
    summary: 'write a trusted_root.json from keys and certificates',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--fulcio <list>', help: `url=…,certificate-chain=FILE,${times}; repeatable`, many: true },
          { name: '--rekor <list>', help: `url=…,public-key=FILE,${times}; repeatable`, many: true },
          { name: '--ctfe <list>', help: `url=…,public-key=FILE,${times}; repeatable`, many: true },
          { name: '--tsa <list>', help: `url=…,certificate-chain=FILE,${times}; repeatable`, many: true },
          { name: '--out <file>', help: 'write it there instead of standard output' },
        ],
      },
    ],
    more: `
Example:
  $ pratique trusted-root create --rekor url=https://rekor.lan,public-key=rekor.pub,start-time=2026-01-01T00:00:00Z`,
    run: runTrustedRootCreate,
  });
}

/** Writes the document. */
export async function runTrustedRootCreate({ flags }: Asked<TrustedRootFlags>, { out }: Surroundings): Promise<void> {
  const { fulcio, rekor, ctfe, tsa } = flags;
  if ([fulcio, rekor, ctfe, tsa].every((list) => list.length === 0)) {
    throw usageFault('Nothing to believe was named.', 'Give at least one of --fulcio, --rekor, --ctfe, --tsa.');
  }
  const document = await createTrustedRoot({ fulcio, rekor, ctfe, tsa, readFile: readPem });
  if (flags.out === undefined) out(document);
  else await writeFiles([{ path: flags.out, content: document, mode: 0o644, replace: true }]);
}
