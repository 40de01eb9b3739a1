import type { Command } from 'commander';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import {
  blobBundleLimit,
  judgeBlob,
  judgeBlobAttestation,
  parseBlobBundle,
  predicateType,
  type Artifact,
  type BlobSignature,
  type Verdict,
} from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { fetchText } from './fetch-text.ts';
import { refuseTogether, type Flag } from './flags.ts';
import { readPem, signerAndProof } from './policy.ts';
import { readBlob } from './sign-blob.ts';
import type { Surroundings } from './surroundings.ts';
import { trustFor } from './trust.ts';
import { buildVerb, type Asked } from './verb.ts';
import { proofFlags, signerFlags, type ProofFlags, type SignerFlags } from './verify-flags.ts';
import { failureLines, successLines } from './verify-text.ts';

/** Flags that `verify-blob` and `verify-blob-attestation` share. */
export interface VerifyBlobFlags extends SignerFlags, ProofFlags {
  readonly bundle?: string;
  readonly signature?: string;
  readonly newBundleFormat?: boolean;
  readonly rfc3161Timestamp?: string;
}

/** Flags of `verify-blob-attestation`. */
export interface VerifyBlobAttestationFlags extends VerifyBlobFlags {
  readonly type: string;
  readonly digest?: string;
  readonly digestAlg: string;
  readonly checkClaims: boolean;
}

const blobFlags: readonly Flag[] = [
  { name: '--bundle <file>', help: 'bundle of the signature, of either generation' },
  { name: '--signature <file>', help: 'the signature: a file, an https address, or the base64 text itself' },
  { name: '--rfc3161-timestamp <file>', help: 'timestamp of the signature' },
  { name: '--new-bundle-format', help: 'accepted; the generation is recognised', hidden: true },
];

/** `pratique verify-blob FILE` */
export function command(): Command {
  return buildVerb<VerifyBlobFlags>({
    name: 'verify-blob <file>',
    summary: 'check the signature of a file',
    groups: [signerFlags, { title: 'Flags', flags: blobFlags }, proofFlags],
    more: `
The file may be - for standard input, or with a bundle sha256:<digest>.

Examples:
  $ pratique verify-blob --key cosign.pub --bundle release.tgz.sigstore.json release.tgz
  $ pratique verify-blob --key cosign.pub --signature release.tgz.sig release.tgz

Exit codes: 0 verified, 1 not verified or wrong command line, 70 a defect.`,
    run: runVerifyBlob,
  });
}

/** Checks one file. Says "Verified OK" as cosign does. */
export async function runVerifyBlob(asked: Asked<VerifyBlobFlags>, surroundings: Surroundings): Promise<number> {
  const [word = ''] = asked.words;
  const question = await questionOf(asked, surroundings, await artifactOf(word, surroundings));
  return answer(word, judgeBlob(question), { question, surroundings, what: 'signatures' });
}

/** Checks an attestation about one file; the type that counts is the signed one. */
export async function runVerifyBlobAttestation(
  asked: Asked<VerifyBlobAttestationFlags>,
  surroundings: Surroundings,
): Promise<number> {
  const { flags, words } = asked;
  const word = words[0] ?? flags.digest ?? '';
  const question = await questionOf(asked, surroundings, await attestedArtifact(asked, surroundings));
  const wanted = predicateType(flags.type).uri;
  const policy = { ...question.policy, checkClaims: flags.checkClaims };
  const verdict = judgeBlobAttestation({ ...question, policy, predicateType: wanted });
  return answer(word, verdict, { question, surroundings, what: 'attestations' });
}

async function attestedArtifact(
  { words: [word], flags }: Asked<VerifyBlobAttestationFlags>,
  surroundings: Surroundings,
): Promise<Artifact> {
  if (flags.digest !== undefined) {
    if (word !== undefined) throw usageFault('A file and --digest exclude each other.', 'Give one of them.');
    return { kind: 'digest', digest: `${flags.digestAlg}:${flags.digest.replace(/^sha\d+:/, '')}` };
  }
  if (word !== undefined) return await artifactOf(word, surroundings);
  throw usageFault('No file was named.', 'Name the file, or its digest with --digest.');
}

function answer(
  reference: string,
  verdict: Verdict,
  about: {
    readonly question: { readonly policy: Parameters<typeof successLines>[0]['policy'] };
    readonly surroundings: Surroundings;
    readonly what: 'signatures' | 'attestations';
  },
): number {
  const { question, surroundings, what } = about;
  const judged = { subject: 'file', reference, policy: question.policy, verdict } as const;
  if (verdict.outcome === 'verified') {
    for (const line of successLines(judged)
      .slice(1)
      .filter((line) => !line.includes('found')))
      surroundings.say(line);
    surroundings.say('Verified OK');
    return 0;
  }
  for (const line of failureLines(judged, what)) surroundings.say(line);
  return 1;
}

async function questionOf(asked: Asked<VerifyBlobFlags>, surroundings: Surroundings, artifact: Artifact) {
  const { flags, isGiven } = asked;
  const read = await signatureOf(flags, surroundings);
  // An old bundle names its certificate itself; nothing else says who signed then.
  const policy = await signerAndProof(flags, { isGiven, surroundings });
  const trust = await trustFor(policy, flags, surroundings);
  const name = flags.bundle ?? flags.signature ?? '';
  return { artifact, signature: read, name, policy, trust, now: surroundings.now() };
}

async function artifactOf(word: string, surroundings: Surroundings): Promise<Artifact> {
  if (/^sha(?:256|384|512):[0-9a-f]+$/.test(word)) return { kind: 'digest', digest: word };
  return { kind: 'bytes', bytes: await readBlob(word, surroundings) };
}

async function signatureOf(flags: VerifyBlobFlags, surroundings: Surroundings): Promise<BlobSignature> {
  refuseTogether(flags, ['bundle', 'signature'], 'A bundle holds its signature.');
  if (flags.bundle !== undefined) {
    const bytes = await readFileBounded(flags.bundle, { bytes: blobBundleLimit, what: 'the bundle' });
    return { kind: 'bundle', bundle: parseBlobBundle(bytes) };
  }
  if (flags.signature === undefined)
    throw usageFault('No signature was named.', 'Add --bundle FILE or --signature FILE.');
  const { certificate, certificateChain, rfc3161Timestamp } = flags;
  const timestamp =
    rfc3161Timestamp === undefined
      ? {}
      : { timestamp: await readFileBounded(rfc3161Timestamp, { bytes: 1024 * 1024, what: 'the timestamp' }) };
  return {
    kind: 'detached',
    bytes: await signatureBytes(flags.signature, surroundings),
    ...(certificate === undefined ? {} : { certificate: await readPem(certificate) }),
    ...(certificateChain === undefined ? {} : { chain: await readPem(certificateChain) }),
    ...timestamp,
  };
}

const base64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

// Base64 as sign-blob writes it, or the raw bytes of --b64=false.
async function signatureBytes(named: string, surroundings: Surroundings): Promise<Uint8Array> {
  const limit = { bytes: 64 * 1024 * 1024, what: 'the signature' };
  if (/^https?:\/\//.test(named)) {
    return decoded(Buffer.from(await fetchText(named, { what: limit.what, limitBytes: limit.bytes, surroundings })));
  }
  try {
    return decoded(await readFileBounded(named, limit));
  } catch (error) {
    // cosign takes the text of a signature as well as a file.
    if (named.length > 60 && base64.test(named)) return Buffer.from(named, 'base64');
    throw error;
  }
}

function decoded(bytes: Uint8Array): Uint8Array {
  const isText = bytes.every((byte) => byte < 0x80);
  const text = isText ? decodeText(bytes, 'the signature') : '';
  return isText && base64.test(text) ? Buffer.from(text, 'base64') : bytes;
}

/** `pratique verify-blob-attestation [FILE]` */
export function attestationCommand(): Command {
  return buildVerb<VerifyBlobAttestationFlags>({
    name: 'verify-blob-attestation [file]',
    summary: 'check what somebody stated about a file',
    groups: [
      signerFlags,
      {
        title: 'Flags',
        flags: [
          ...blobFlags,
          { name: '--type <word-or-uri>', help: 'type of the statement', initial: 'custom' },
          { name: '--digest <hex>', help: 'digest of the file, instead of the file' },
          {
            name: '--digestAlg <name>',
            help: 'its algorithm',
            initial: 'sha256',
            choices: ['sha256', 'sha384', 'sha512'],
          },
          { name: '--check-claims', help: 'compare the digest with that of the file', initial: true },
        ],
      },
      proofFlags,
    ],
    more: `
Example:
  $ pratique verify-blob-attestation --key cosign.pub --bundle sbom.sigstore.json --type cyclonedx release.tgz

Exit codes: 0 verified, 1 not verified or wrong command line, 70 a defect.`,
    run: runVerifyBlobAttestation,
  });
}
