import type { Command } from 'commander';
import { importSigningKey, keyTextLimit, parseKeyReference } from '@pratique/sigstore';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { usageFault } from '../errors.ts';
import { yesFlag } from './flag-groups.ts';
import { requireFreePlaces, tellBackup, writeKeyPair } from './key-pair-files.ts';
import { choosePassword } from './passwords.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `import-key-pair`. */
export interface ImportFlags {
  readonly key?: string;
  readonly outputKeyPrefix: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly kdfCompat?: boolean;
}

/** `pratique import-key-pair --key FILE` */
export function command(): Command {
  return buildVerb<ImportFlags>({
    name: 'import-key-pair',
    summary: 'encrypt a private key you have, so that images can be signed with it',
    groups: [
      {
        title: 'Flags',
        flags: [
          {
            name: '--key <file>',
            help: 'PEM of the private key: PKCS#8, PKCS#1 or SEC1, not encrypted (env://NAME too)',
          },
          { name: '--output-key-prefix <path>', help: 'write <path>.key and <path>.pub', initial: 'import-cosign' },
          yesFlag,
          { name: '-f, --force', help: 'replace files that are there', initial: false },
          { name: '--kdf-compat', help: 'write the private key so that cosign before 2.1 can read it', initial: false },
        ],
      },
    ],
    more: `
Accepted are ECDSA P-256, P-384, P-521, RSA of 2048, 3072 or 4096 bits, and Ed25519. Every verifier understands P-256.

Example:
  $ pratique import-key-pair --key server.pem --output-key-prefix release`,
    run: runImportKeyPair,
  });
}

/** Reads a private key, encrypts it with a new password and writes the pair. */
export async function runImportKeyPair({ flags }: Asked<ImportFlags>, surroundings: Surroundings): Promise<void> {
  if (flags.key === undefined) {
    throw usageFault('No key was named.', 'Add --key with the file of the private key to import.');
  }
  const pem = await readPlain(flags.key, surroundings);
  const paths = { key: `${flags.outputKeyPrefix}.key`, pub: `${flags.outputKeyPrefix}.pub` };
  const replace = await requireFreePlaces(paths, { force: flags.force === true || flags.yes === true, surroundings });
  const form = flags.kdfCompat === true ? 'compatible' : 'current';
  const pair = await importSigningKey(pem, { password: await choosePassword(surroundings), form });
  await writeKeyPair(paths, pair, replace);
  tellBackup(paths, surroundings);
  surroundings.say('The file you imported from is not encrypted: remove it where it is not needed any more.');
}

async function readPlain(key: string, { env }: Surroundings): Promise<string> {
  const reference = parseKeyReference(key);
  const limit = { bytes: keyTextLimit, what: 'the key to import' };
  if (reference.kind === 'environment' && env[reference.name] !== undefined) return env[reference.name] ?? '';
  if (reference.kind === 'path') return decodeText(await readFileBounded(reference.path, limit), limit.what);
  throw usageFault(
    `"${key.slice(0, 120)}" cannot be imported from.`,
    'Name a file, or env://NAME of a variable that is set.',
  );
}
