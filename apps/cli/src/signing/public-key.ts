import type { Command } from 'commander';
import { publicKeyPem } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { tokenFlags, yesFlag, type TokenFlags } from './flag-groups.ts';
import { writeFiles } from './files.ts';
import { loadEitherKey, refuseTokens } from './keys.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `public-key`. */
export interface PublicKeyFlags extends TokenFlags {
  readonly key?: string;
  readonly outfile?: string;
  readonly yes?: boolean;
}

/** `pratique public-key --key REFERENCE` */
export function command(): Command {
  return buildVerb<PublicKeyFlags>({
    name: 'public-key',
    summary: 'print the public half of a key',
    groups: [
      {
        title: 'Flags',
        flags: [
          {
            name: '--key <reference>',
            help: 'a file, env://NAME, k8s://namespace/secret, or https://… of a public key',
          },
          { name: '--outfile <file>', help: 'write it to this file instead' },
          yesFlag,
          ...tokenFlags,
        ],
      },
    ],
    more: `
The fingerprint on standard error is the SHA-256 of the key; messages about wrong keys name it.

Examples:
  $ pratique public-key --key cosign.key
  $ pratique public-key --key k8s://signing/release-key --outfile release.pub`,
    run: runPublicKey,
  });
}

/** Prints the PEM; the fingerprint goes to standard error. */
export async function runPublicKey({ flags }: Asked<PublicKeyFlags>, surroundings: Surroundings): Promise<void> {
  refuseTokens(flags);
  if (flags.key === undefined) throw usageFault('No key was named.', 'Add --key with a file or reference.');
  const key = await loadEitherKey(flags.key, surroundings);
  const pem = publicKeyPem(key);
  if (flags.outfile === undefined) surroundings.out(pem);
  else await writeFiles([{ path: flags.outfile, content: pem, mode: 0o644, replace: flags.yes === true }]);
  surroundings.say(`Fingerprint: ${key.fingerprint}`);
}
