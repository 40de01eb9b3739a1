import type { Command } from 'commander';
import { readFileBounded } from '@pratique/runtime/limit';
import { appendSignature, attachBundle, parseEnvelope, parseStatement } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { attachmentLimitOf } from './attachment-limit.ts';
import { contention } from './contention.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { withRegistries, type Image } from './image.ts';
import { readPem } from './policy.ts';
import { creationTime } from './sign-place.ts';
import type { Surroundings } from './surroundings.ts';
import { buildGroup, buildVerb, type Asked } from './verb.ts';

/** Flags of `attach signature`. */
export interface AttachSignatureFlags extends RegistryFlags {
  readonly signature?: string;
  readonly payload?: string;
  readonly certificate?: string;
  readonly certificateChain?: string;
  readonly rekorResponse?: string;
  readonly tsr?: string;
  readonly attachmentTagPrefix?: string;
}

/** Flags of `attach attestation`. */
export interface AttachAttestationFlags extends RegistryFlags {
  readonly attestation?: string;
  readonly attachmentTagPrefix?: string;
}

/** `pratique attach signature|attestation IMAGE` */
export function command(): Command {
  const prefix = { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' };
  return buildGroup('attach', 'store a signature or attestation that was made elsewhere', [
    buildVerb<AttachSignatureFlags>({
      name: 'signature <image>',
      summary: 'store a signature of the .sig format beside an image',
      groups: [
        {
          title: 'Flags',
          flags: [
            { name: '--signature <file>', help: 'base64 signature' },
            { name: '--payload <file>', help: 'the signed payload' },
            { name: '--certificate <file>', help: 'PEM of the certificate of the key' },
            { name: '--certificate-chain <file>', help: 'PEM of its intermediates and root' },
            { name: '--rekor-response <file>', help: 'entry of the log, as its annotation has it' },
            { name: '--tsr <file>', help: 'RFC 3161 timestamp, DER' },
            prefix,
          ],
        },
        registryFlags,
      ],
      more: `
Nothing is verified here.

Example:
  $ pratique attach signature --signature app.sig --payload app.payload registry.example.com/team/app:1.4`,
      run: runAttachSignature,
    }),
    buildVerb<AttachAttestationFlags>({
      name: 'attestation <image>',
      summary: 'store a signed envelope or a sigstore bundle beside an image',
      groups: [
        { title: 'Flags', flags: [{ name: '--attestation <file>', help: 'DSSE envelope, or bundle' }, prefix] },
        registryFlags,
      ],
      more: `
Example:
  $ pratique attach attestation --attestation sbom.dsse.json registry.example.com/team/app:1.4`,
      run: runAttachAttestation,
    }),
  ]);
}

const signatureMediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const envelopeMediaType = 'application/vnd.dsse.envelope.v1+json';

/** Appends a signature to the `.sig` manifest. */
export async function runAttachSignature(
  { words: [word = ''], flags }: Asked<AttachSignatureFlags>,
  surroundings: Surroundings,
): Promise<void> {
  const { signature, payload, rekorResponse, tsr } = flags;
  if (signature === undefined || payload === undefined)
    throw usageFault('Signature and payload are both needed.', 'Give --signature and --payload.');
  const limit = { bytes: attachmentLimitOf(surroundings), what: 'the attachment' };
  const text = (await readFileBounded(signature, limit)).toString('utf8').trim();
  const annotations = {
    'dev.cosignproject.cosign/signature': text,
    ...(await pemAnnotation('dev.sigstore.cosign/certificate', flags.certificate)),
    ...(await pemAnnotation('dev.sigstore.cosign/chain', flags.certificateChain)),
    ...(rekorResponse === undefined
      ? {}
      : { 'dev.sigstore.cosign/bundle': (await readFileBounded(rekorResponse, limit)).toString('utf8').trim() }),
    ...(tsr === undefined
      ? {}
      : { 'dev.sigstore.cosign/rfc3161timestamp': timestamp(await readFileBounded(tsr, limit)) }),
  };
  const content = await readFileBounded(payload, limit);
  await append(word, { flags, surroundings, kind: 'signature', content, mediaType: signatureMediaType, annotations });
}

/** Stores an envelope under the `.att` tag, or a bundle as a referrer. */
export async function runAttachAttestation(
  { words: [word = ''], flags }: Asked<AttachAttestationFlags>,
  surroundings: Surroundings,
): Promise<void> {
  if (flags.attestation === undefined) throw usageFault('No attestation was named.', 'Add --attestation FILE.');
  const content = await readFileBounded(flags.attestation, {
    bytes: attachmentLimitOf(surroundings),
    what: 'the attestation',
  });
  const asBundle = bundleEnvelope(content);
  const predicateType = parseStatement(parseEnvelope(asBundle ?? content).payload).predicateType;
  if (asBundle === undefined) {
    const annotations = { 'dev.cosignproject.cosign/signature': '', predicateType };
    return await append(word, {
      flags,
      surroundings,
      kind: 'attestation',
      content,
      mediaType: envelopeMediaType,
      annotations,
    });
  }
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const image = await registries.image(word);
    const attached = await attachBundle({
      store: image.attachmentStore,
      subject: image.descriptor,
      bundle: content,
      content: 'dsse-envelope',
      predicateType,
      created: creationTime(surroundings),
      ...contention(surroundings),
    });
    if (attached.outcome === 'partial') throw attached.fault;
    surroundings.say(`${aside.good('Attached')} ${attached.location}`);
  });
}

/** The envelope inside a bundle, as bytes; undefined where it is no bundle. */
function bundleEnvelope(content: Uint8Array): Uint8Array | undefined {
  const document = JSON.parse(Buffer.from(content).toString('utf8')) as { mediaType?: unknown; dsseEnvelope?: unknown };
  return typeof document.mediaType === 'string' ? Buffer.from(JSON.stringify(document.dsseEnvelope)) : undefined;
}

interface Append {
  readonly flags: RegistryFlags & { readonly attachmentTagPrefix?: string };
  readonly surroundings: Surroundings;
  readonly kind: 'signature' | 'attestation';
  readonly content: Uint8Array;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

async function append(word: string, { flags, surroundings, ...layer }: Append): Promise<void> {
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const image: Image = await registries.image(word);
    const { location } = await appendSignature({
      store: image.attachmentStore,
      digest: image.digest,
      ...layer,
      ...(flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix }),
      ...contention(surroundings),
    });
    surroundings.say(`${aside.good('Attached')} ${location}`);
  });
}

async function pemAnnotation(name: string, path: string | undefined): Promise<Readonly<Record<string, string>>> {
  return path === undefined ? {} : { [name]: await readPem(path) };
}

function timestamp(bytes: Uint8Array): string {
  return JSON.stringify({ SignedRFC3161Timestamp: Buffer.from(bytes).toString('base64') });
}
