import type { Command } from 'commander';
import { generateSigningKey, parseKeyReference, type KeyPairFiles } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { yesFlag } from './flag-groups.ts';
import { requireFreePlaces, tellBackup, writeKeyPair } from './key-pair-files.ts';
import { unsupported } from './keys.ts';
import { choosePassword } from './passwords.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `generate-key-pair`. */
export interface GenerateFlags {
  readonly outputKeyPrefix: string;
  readonly kms?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly kdfCompat?: boolean;
}

/** `pratique generate-key-pair [k8s://namespace/name]` */
export function command(): Command {
  return buildVerb<GenerateFlags>({
    name: 'generate-key-pair [where]',
    summary: 'make a key pair to sign with: ECDSA P-256, the private half encrypted with a password',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--output-key-prefix <path>', help: 'write <path>.key and <path>.pub', initial: 'cosign' },
          { name: '-f, --force', help: 'replace files that are there', initial: false },
          yesFlag,
          { name: '--kdf-compat', help: 'write the private key so that cosign before 2.1 can read it', initial: false },
          { name: '--kms <reference>', help: 'refused: key managers are not supported', hidden: true },
        ],
      },
    ],
    more: `
The password comes from COSIGN_PASSWORD (also when empty), from the terminal, or from the pipe as it is.
With k8s://namespace/name the pair goes to a Secret with cosign.key, cosign.pub and cosign.password.

Examples:
  $ pratique generate-key-pair
  $ COSIGN_PASSWORD="$(cat password)" pratique generate-key-pair --output-key-prefix release
  $ pratique generate-key-pair k8s://signing/release-key`,
    run: runGenerateKeyPair,
  });
}

/** Makes a pair and writes it to files or a Secret; nothing is half-written. */
export async function runGenerateKeyPair(
  { words, flags }: Asked<GenerateFlags>,
  surroundings: Surroundings,
): Promise<void> {
  if (flags.kms !== undefined) throw unsupported(flags.kms);
  const [where] = words;
  if (where !== undefined) return await intoSecret(where, flags, surroundings);
  const paths = { key: `${flags.outputKeyPrefix}.key`, pub: `${flags.outputKeyPrefix}.pub` };
  const replace = await requireFreePlaces(paths, { force: flags.force === true || flags.yes === true, surroundings });
  await writeKeyPair(paths, await generate(flags, surroundings), replace);
  tellBackup(paths, surroundings);
}

async function generate(flags: GenerateFlags, surroundings: Surroundings): Promise<KeyPairFiles> {
  const form = flags.kdfCompat === true ? 'compatible' : 'current';
  return await generateSigningKey({ password: await choosePassword(surroundings), form });
}

async function intoSecret(where: string, flags: GenerateFlags, surroundings: Surroundings): Promise<void> {
  const reference = parseKeyReference(where);
  if (reference.kind !== 'kubernetes') {
    throw usageFault(
      `A key pair cannot be written to "${where.slice(0, 120)}".`,
      'Name k8s://namespace/secret, or leave it out and use --output-key-prefix for files.',
    );
  }
  const { writeKeySecret } = await import('./kube-secret.ts');
  const password = await choosePassword(surroundings);
  // Making the key overwrites the password it is given.
  const kept = Buffer.from(password);
  const form = flags.kdfCompat === true ? 'compatible' : 'current';
  const pair = await generateSigningKey({ password, form });
  const { replaced } = await writeKeySecret(reference, {
    pair,
    password: kept,
    replace: flags.force === true || flags.yes === true,
    surroundings,
  });
  kept.fill(0);
  const { say } = surroundings;
  say(`${replaced ? 'Replaced' : 'Created'} the Secret ${reference.name} in namespace ${reference.namespace}`);
  say(`Fingerprint of the public key: ${pair.publicKey.fingerprint}`);
  say('Back up the Secret: it holds the only copy of the private key. Limit who may read Secrets of that namespace.');
}
