import type { Command } from 'commander';
import { createSigningConfig } from '@pratique/sigstore';
import { writeFiles } from './files.ts';
import type { Surroundings } from './surroundings.ts';
import { buildGroup, buildVerb, type Asked } from './verb.ts';

/** Flags of `signing-config create`. */
export interface SigningConfigFlags {
  readonly fulcio: readonly string[];
  readonly rekor: readonly string[];
  readonly oidcProvider: readonly string[];
  readonly tsa: readonly string[];
  readonly rekorConfig?: string;
  readonly tsaConfig?: string;
  readonly out?: string;
}

/** `pratique signing-config create` */
export function command(): Command {
  return buildGroup('signing-config', 'signing configuration of a private deployment', [create()]);
}

function create(): Command {
  const keys = 'url=…,api-version=1,start-time=…,operator=…; repeatable';
  return buildVerb<SigningConfigFlags>({
    name: 'create',
    summary: 'write a signing configuration that names all services',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--fulcio <list>', help: keys, many: true },
          { name: '--rekor <list>', help: keys, many: true },
          { name: '--oidc-provider <list>', help: keys, many: true },
          { name: '--tsa <list>', help: keys, many: true },
          { name: '--rekor-config <how-many>', help: 'ANY, ALL or EXACT:2 of the logs' },
          { name: '--tsa-config <how-many>', help: 'ANY, ALL or EXACT:2 of the timestamp authorities' },
          { name: '--out <file>', help: 'write it there instead of standard output' },
        ],
      },
    ],
    more: `
Without any service it says that neither log nor timestamps are used.

Example:
  $ pratique signing-config create --out signing-config.json`,
    run: runSigningConfigCreate,
  });
}

/** Writes the document. */
export async function runSigningConfigCreate(
  { flags }: Asked<SigningConfigFlags>,
  { out }: Surroundings,
): Promise<void> {
  const { rekorConfig, tsaConfig, out: path, ...lists } = flags;
  const document = createSigningConfig({
    fulcio: lists.fulcio,
    rekor: lists.rekor,
    oidcProvider: lists.oidcProvider,
    tsa: lists.tsa,
    ...(rekorConfig === undefined ? {} : { rekorConfig }),
    ...(tsaConfig === undefined ? {} : { tsaConfig }),
  });
  if (path === undefined) out(document);
  else await writeFiles([{ path, content: document, mode: 0o644, replace: true }]);
}
