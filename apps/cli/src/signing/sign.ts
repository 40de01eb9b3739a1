import type { Command } from 'commander';
import { listSignTargets, signImage, type SigningMaterial, type SignResult } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { parseAnnotations } from './annotations.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { isByTag, withRegistries, type Image } from './image.ts';
import { keyAdvice } from './key-advice.ts';
import { placeOf, tell, type PlaceFlags } from './sign-place.ts';
import { keylessFlags, serviceFlags, signingKeyFlags } from './sign-flags.ts';
import { signingMaterial, type MaterialFlags } from './signing-material.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags of `sign`. */
export interface SignFlags extends RegistryFlags, MaterialFlags, PlaceFlags {
  readonly annotations: readonly string[];
  readonly recursive?: boolean;
  readonly includeAttachments?: boolean;
  readonly upload: boolean;
  readonly requireDigest?: boolean;
  readonly signContainerIdentity: readonly string[];
  readonly registryReferrersMode: string;
  readonly outputSignature?: string;
  readonly outputPayload?: string;
  readonly outputCertificate?: string;
  readonly bundle?: string;
  readonly payload?: string;
  readonly attachment?: string;
}

/** `pratique sign IMAGE…` */
export function command(): Command {
  return buildVerb<SignFlags>({
    name: 'sign <image...>',
    summary: 'sign images and store the signatures beside them',
    groups: [
      {
        title: 'Flags',
        flags: [
          ...signingKeyFlags,
          { name: '-a, --annotations <k=v>', help: 'sign these along; repeatable, or a comma list', many: true },
          { name: '-r, --recursive', help: 'sign every image an index lists, too', initial: false },
          { name: '--include-attachments', help: 'with -r also manifests that are no images', initial: false },
          {
            name: '--format <which>',
            help: 'legacy (.sig tag), bundle, or both',
            choices: ['legacy', 'bundle', 'both'],
          },
          { name: '--require-digest', help: 'refuse images named by tag', initial: false },
          { name: '--no-verify-after', help: 'do not read back and check what was stored' },
          { name: '--upload', help: '=false prints the signature instead of storing it', initial: true },
          { name: '--output-signature <file>', help: 'write the base64 signature of the .sig format to a file too' },
          { name: '--output-payload <file>', help: 'write the signed payload of the .sig format to a file too' },
          { name: '--output-certificate <file>', help: 'write the certificate to a file too' },
          { name: '--bundle <file>', help: 'write the bundle to a file too' },
          {
            name: '--sign-container-identity <text>',
            help: 'name of the image in the payload instead of its repository',
            many: true,
          },
          { name: '--record-creation-timestamp', help: 'write the time into the .sig manifest', initial: false },
          {
            name: '--registry-referrers-mode <mode>',
            help: 'accepted for cosign; both ways are written',
            initial: 'legacy',
            choices: ['legacy', 'oci-1-1'],
          },
          {
            name: '--attachment-tag-prefix <text>',
            help: 'text before sha256-….sig',
            deprecated: 'it applies to .sig tags only; bundles have no tag.',
          },
          {
            name: '--new-bundle-format',
            help: '=true writes bundles only, =false .sig only; use --format',
            hidden: true,
          },
          { name: '--payload <file>', help: 'refused', deprecated: 'the payload is written from the image.' },
          {
            name: '--attachment <kind>',
            help: 'refused',
            deprecated: 'SBOMs are attested now: attest --type cyclonedx.',
          },
        ],
      },
      serviceFlags,
      keylessFlags,
      registryFlags,
    ],
    more: `
With a key both formats are written, so that verifiers of every release find the signature: first the .sig tag, then the
bundle. Standard output stays empty unless --upload=false.

Examples:
  $ pratique sign --key cosign.key registry.example.com/team/app@sha256:…
  $ pratique sign --key cosign.key -a build=42 -r registry.example.com/team/app:1.4
  $ pratique sign --key cosign.key --tlog-upload=false registry.example.com/team/app@sha256:…

Exit codes: 0 signed; 1 wrong command line, key or password, or only one format could be stored; 11 no such image;
21 login refused; 22 registry unreachable; 23 registry cannot store; 70 a defect.`,
    run: runSign,
  });
}

/** Signs each image in order; one key or identity for all. Returns the exit code. */
export async function runSign(asked: Asked<SignFlags>, surroundings: Surroundings): Promise<number> {
  const { words, flags } = asked;
  refuseUnsupported(flags, words, surroundings);
  const annotations = parseAnnotations(flags.annotations);
  return await withRegistries({ flags, asked: words, surroundings }, async (registries) => {
    const images: Image[] = [];
    for (const word of words) images.push(await registries.image(word));
    for (const image of images) if (isByTag(image.asked)) warnAboutTag(image, surroundings);
    const material = await signingMaterial({
      flags,
      isGiven: asked.isGiven,
      surroundings,
      // A wrong login or a full disk shows before a password is typed or a log entry made.
      preflight: async () => {
        if (!flags.upload) return;
        for (const { attachmentStore } of images) await attachmentStore.checkPush({ signal: surroundings.signal });
      },
    });
    for (const line of keyAdvice(material.signer.publicKey)) surroundings.say(aside.warning(line));
    const run: Run = { asked, surroundings, material, annotations };
    if (!flags.upload) {
      const { printSignature } = await import('./sign-without-upload.ts');
      for (const image of images) await printSignature(image, run);
      return 0;
    }
    let worst = 0;
    for (const image of images) worst ||= await signOne(image, run);
    return worst;
  });
}

/** What signing one image needs besides the image. */
export interface Run {
  readonly asked: Asked<SignFlags>;
  readonly surroundings: Surroundings;
  readonly material: SigningMaterial;
  readonly annotations: Readonly<Record<string, string>>;
}

async function signOne(image: Image, run: Run): Promise<number> {
  const { flags } = run.asked;
  const { signal } = run.surroundings;
  const targets =
    flags.recursive === true
      ? await listSignTargets({
          store: image.store,
          target: image.digest,
          includeAttachments: flags.includeAttachments === true,
          signal,
        })
      : [image.descriptor];
  let worst = 0;
  for (const target of targets) {
    const result = await signImage({
      ...placeOf(image, run),
      target: target.digest,
      material: run.material,
      annotations: run.annotations,
      ...identitiesOf(flags),
    });
    worst ||= tell(image, result, { surroundings: run.surroundings, what: 'Signed', tag: '.sig' });
    await writeCopies(image, result, run);
  }
  return worst;
}

function identitiesOf({ signContainerIdentity }: SignFlags): { readonly identities?: readonly string[] } {
  const identities = signContainerIdentity.flatMap((text) => text.split(',')).filter((text) => text !== '');
  return identities.length === 0 ? {} : { identities };
}

async function writeCopies(image: Image, result: SignResult, run: Run): Promise<void> {
  const { outputSignature, outputPayload, outputCertificate, bundle } = run.asked.flags;
  if ([outputSignature, outputPayload, outputCertificate, bundle].every((path) => path === undefined)) return;
  const { writeSignatureCopies } = await import('./sign-without-upload.ts');
  await writeSignatureCopies(image, result, run);
}

function warnAboutTag({ asked, digest }: Image, { say }: Surroundings): void {
  say(
    aside.warning(
      `Warning: ${asked} is a tag, which may point elsewhere tomorrow. Signing what it names now: ${digest}`,
    ),
  );
}

function refuseUnsupported(flags: SignFlags, words: readonly string[], { env }: Surroundings): void {
  if (flags.payload !== undefined)
    throw usageFault('--payload is not supported.', 'The payload is written from the image; leave it out.');
  if (flags.attachment !== undefined) {
    throw usageFault(
      '--attachment is not supported.',
      'Sign the SBOM as an attestation: pratique attest --type cyclonedx --predicate FILE IMAGE.',
    );
  }
  if (flags.issueCertificate === true)
    throw usageFault('--issue-certificate is not supported.', 'Sign with a key, or without one.');
  if (flags.registryReferrersMode === 'oci-1-1' && env['COSIGN_EXPERIMENTAL'] !== '1') {
    throw usageFault(
      '--registry-referrers-mode oci-1-1 needs COSIGN_EXPERIMENTAL=1.',
      'Leave it out: bundles are referrers anyway.',
    );
  }
  const tagged = flags.requireDigest === true ? words.find(isByTag) : undefined;
  if (tagged === undefined) return;
  throw usageFault(
    `${tagged.slice(0, 200)} is named by tag.`,
    'Name it by digest: pratique triangulate --type digest IMAGE prints it.',
  );
}
