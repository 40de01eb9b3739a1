import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { attestBlob } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { readAttested, type PredicateFlags } from './attest.ts';
import { readBlob, writeAll } from './sign-blob.ts';
import { keylessFlags, serviceFlags, signingKeyFlags } from './sign-flags.ts';
import { signingMaterial, type MaterialFlags } from './signing-material.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `attest-blob`. */
export interface AttestBlobFlags extends MaterialFlags, PredicateFlags {
  readonly hash?: string;
  readonly bundle?: string;
  readonly newBundleFormat?: boolean;
  readonly outputAttestation?: string;
}

/** `pratique attest-blob [FILE]` */
export function command(): Command {
  return buildVerb<AttestBlobFlags>({
    name: 'attest-blob [file]',
    summary: 'sign a statement about a file',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--predicate <file>', help: 'what is stated; - reads it from the pipe' },
          { name: '--type <word-or-uri>', help: 'type of the statement', initial: 'custom' },
          { name: '--hash <hex>', help: 'SHA-256 of the file, instead of the file' },
          { name: '--bundle <file>', help: 'write the bundle there instead of standard output' },
          { name: '--output-attestation <file>', help: 'write the signed envelope there too' },
          { name: '--statement <file>', help: 'refused', hidden: true },
          { name: '--new-bundle-format', help: 'accepted; bundles are what is written', hidden: true },
          ...signingKeyFlags,
        ],
      },
      serviceFlags,
      keylessFlags,
    ],
    more: `
Example:
  $ pratique attest-blob --key cosign.key --type cyclonedx --predicate sbom.json --bundle sbom.sigstore.json release.tgz`,
    run: runAttestBlob,
  });
}

/** Signs a statement about one file into a bundle. */
export async function runAttestBlob(
  { words: [word], flags, isGiven }: Asked<AttestBlobFlags>,
  surroundings: Surroundings,
): Promise<void> {
  if ((word === undefined) === (flags.hash === undefined)) {
    throw usageFault('Either a file or --hash is needed.', 'Name the file the statement is about, or its SHA-256.');
  }
  const attested = await readAttested(flags, surroundings);
  if (attested.kind !== 'predicate')
    throw usageFault('--statement is not supported for files.', 'Give --predicate and --type.');
  const sha256 =
    word === undefined
      ? checkedHash(flags.hash ?? '')
      : createHash('sha256')
          .update(await readBlob(word, surroundings))
          .digest('hex');
  const material = await signingMaterial({ flags, isGiven, surroundings, preflight: async () => undefined });
  const bundle = await attestBlob(material, {
    name: basename(word ?? ''),
    sha256,
    predicateType: attested.uri,
    predicate: attested.value,
  });
  const { dsseEnvelope } = JSON.parse(Buffer.from(bundle).toString('utf8')) as { dsseEnvelope: unknown };
  await writeAll([
    [flags.bundle, bundle],
    [flags.outputAttestation, JSON.stringify(dsseEnvelope)],
  ]);
  if (flags.bundle === undefined) surroundings.out(`${Buffer.from(bundle).toString('utf8')}\n`);
  else surroundings.say(`Bundle written to ${flags.bundle}`);
}

function checkedHash(text: string): string {
  const hex = text.replace(/^sha256:/, '');
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw usageFault(
    `--hash is "${text.slice(0, 80)}".`,
    'Give the SHA-256 as 64 hexadecimal digits, as sha256sum prints it.',
  );
}
