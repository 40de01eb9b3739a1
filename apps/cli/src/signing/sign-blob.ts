import type { Command } from 'commander';
import { readFileBounded } from '@pratique/runtime/limit';
import { signBlob, signBlobLegacy, type SigningMaterial } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { writeFiles, type FileWrite } from './files.ts';
import { keyAdvice } from './key-advice.ts';
import { keylessFlags, serviceFlags, signingKeyFlags } from './sign-flags.ts';
import { signingMaterial, type MaterialFlags } from './signing-material.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `sign-blob`. */
export interface SignBlobFlags extends MaterialFlags {
  readonly b64: boolean;
  readonly bundle?: string;
  readonly newBundleFormat?: boolean;
  readonly outputSignature?: string;
  readonly outputCertificate?: string;
  readonly rfc3161Timestamp?: string;
  readonly signingAlgorithm?: string;
}

/** Largest file that is signed: it is read whole, because pure Ed25519 signs the bytes themselves. */
export const blobLimit = 2 * 1024 ** 3 - 1;

/** `pratique sign-blob FILE…` */
export function command(): Command {
  return buildVerb<SignBlobFlags>({
    name: 'sign-blob <file...>',
    summary: 'sign files',
    groups: [
      {
        title: 'Flags',
        flags: [
          ...signingKeyFlags,
          { name: '--bundle <file>', help: 'write signature and proof as one sigstore bundle' },
          { name: '--new-bundle-format', help: '=false writes the bundle file of cosign 2', initial: true },
          { name: '--b64', help: '=false prints the raw signature', initial: true },
          { name: '--output-signature <file>', help: 'write the signature to a file' },
          { name: '--output-certificate <file>', help: 'write the certificate to a file' },
          { name: '--rfc3161-timestamp <file>', help: 'write the timestamp to a file' },
          { name: '--signing-algorithm <name>', help: 'accepted; keys without --key are always P-256', hidden: true },
        ],
      },
      serviceFlags,
      keylessFlags,
    ],
    more: `
Without --bundle the base64 signature goes to standard output.

Examples:
  $ pratique sign-blob --key cosign.key --bundle release.tgz.sigstore.json release.tgz
  $ pratique sign-blob --key cosign.key release.tgz > release.tgz.sig`,
    run: runSignBlob,
  });
}

/** Signs each file in order; `-` is standard input. */
export async function runSignBlob(
  { words, flags, isGiven }: Asked<SignBlobFlags>,
  surroundings: Surroundings,
): Promise<void> {
  const outputs = [flags.bundle, flags.outputSignature, flags.outputCertificate, flags.rfc3161Timestamp];
  if (words.length > 1 && outputs.some((path) => path !== undefined)) {
    throw usageFault('Several files cannot go to one output.', 'Sign them one by one, or leave the output flags out.');
  }
  const material = await signingMaterial({ flags, isGiven, surroundings, preflight: async () => undefined });
  for (const line of keyAdvice(material.signer.publicKey)) surroundings.say(aside.warning(line));
  for (const word of words) await signOne(await readBlob(word, surroundings), { flags, material, surroundings });
}

async function signOne(
  blob: Uint8Array,
  {
    flags,
    material,
    surroundings,
  }: { readonly flags: SignBlobFlags; readonly material: SigningMaterial; readonly surroundings: Surroundings },
): Promise<void> {
  const isNew = flags.bundle !== undefined && flags.newBundleFormat !== false;
  const made = isNew ? await signBlob(material, blob) : await signBlobLegacy(material, blob);
  const beside: { readonly signature: Uint8Array; readonly certificate?: string; readonly timestamp?: Uint8Array } =
    made;
  const signature = flags.b64 ? Buffer.from(made.signature).toString('base64') : made.signature;
  await writeAll([
    [flags.bundle, made.bundle],
    [flags.outputSignature, signature],
    [flags.outputCertificate, beside.certificate],
    [flags.rfc3161Timestamp, beside.timestamp],
  ]);
  if (flags.bundle !== undefined) surroundings.say(`Bundle written to ${flags.bundle}`);
  if (flags.outputSignature !== undefined) surroundings.say(`Signature written to ${flags.outputSignature}`);
  if (flags.bundle !== undefined || flags.outputSignature !== undefined) return;
  surroundings.out(signature);
  if (flags.b64) surroundings.out('\n');
}

/** Writes those that have both a path and content. */
export async function writeAll(
  files: readonly (readonly [string | undefined, string | Uint8Array | undefined])[],
): Promise<void> {
  await writeFiles(
    files.flatMap(([path, content]): FileWrite[] =>
      path === undefined || content === undefined ? [] : [{ path, content, mode: 0o644, replace: true }],
    ),
  );
}

/** The bytes of a file, `-` for standard input. */
export async function readBlob(path: string, { input }: Surroundings): Promise<Uint8Array> {
  return path === '-'
    ? await input.rest(blobLimit)
    : await readFileBounded(path, { bytes: blobLimit, what: 'the file to sign' });
}
