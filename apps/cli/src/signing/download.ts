import type { Command } from 'commander';
import {
  collectEvidence,
  downloadAttestations,
  downloadSbom,
  downloadSignatures,
  type Download,
  type EvidenceSource,
} from '@pratique/sigstore';
import { excerpt } from '@pratique/runtime/fault';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { attachmentLimitOf } from './attachment-limit.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import type { Flag } from './flags.ts';
import { withRegistries, type Image } from './image.ts';
import type { Surroundings } from './surroundings.ts';
import { buildGroup, buildVerb, type Asked } from './verb.ts';

/** Flags of the verbs of this group. */
export interface DownloadFlags extends RegistryFlags {
  readonly predicateType?: string;
  readonly platform?: string;
  readonly attachmentTagPrefix?: string;
}

/** `pratique download signature|attestation|sbom IMAGE` */
export function command(): Command {
  return buildGroup('download', 'print what is attached to an image, for other programs', [
    kind('signature', 'print signatures, one JSON document a line', runDownloadSignature, []),
    kind('attestation', 'print attestations, one JSON document a line', runDownloadAttestation, [
      { name: '--predicate-type <word-or-uri>', help: 'only this type' },
      platform,
    ]),
    kind('sbom', 'print the SBOM under the .sbom tag, which nobody signed', runDownloadSbom, [platform]),
  ]);
}

const platform: Flag = { name: '--platform <os/arch>', help: 'the image for this platform, out of an index' };

function kind(
  name: string,
  summary: string,
  run: (asked: Asked<DownloadFlags>, surroundings: Surroundings) => Promise<void>,
  own: readonly Flag[],
): Command {
  return buildVerb<DownloadFlags>({
    name: `${name} <image>`,
    summary,
    groups: [
      { title: 'Flags', flags: [...own, { name: '--attachment-tag-prefix <text>', help: 'text before sha256-…' }] },
      registryFlags,
    ],
    more: `
Nothing is verified here.

Example:
  $ pratique download ${name} registry.example.com/team/app:1.4

Exit codes: 0 printed, 1 there is none, 11 no such image, 21 login refused, 22 registry unreachable, 70 a defect.`,
    run,
  });
}

/** Prints signatures of both formats. */
export async function runDownloadSignature(asked: Asked<DownloadFlags>, surroundings: Surroundings): Promise<void> {
  await printed(asked, surroundings, ['signature-tag', 'referrers'], downloadSignatures);
}

/** Prints attestations of both formats. */
export async function runDownloadAttestation(asked: Asked<DownloadFlags>, surroundings: Surroundings): Promise<void> {
  await printed(asked, surroundings, ['attestation-tag', 'referrers'], (evidence, reference) =>
    downloadAttestations(evidence, reference, asked.flags.predicateType),
  );
}

/** Prints the SBOM as it is stored. */
export async function runDownloadSbom(asked: Asked<DownloadFlags>, surroundings: Surroundings): Promise<void> {
  await withImage(asked, surroundings, async ({ attachmentStore: store }, digest) => {
    const prefix = asked.flags.attachmentTagPrefix;
    const sbom = await downloadSbom({
      store,
      digest,
      signal: surroundings.signal,
      ...(prefix === undefined ? {} : { tagPrefix: prefix }),
    });
    surroundings.say(
      aside.warning(
        `Warning: an SBOM under a tag is not signed (${excerpt(sbom.mediaType, 200)}); anybody who may push can change it.`,
      ),
    );
    surroundings.out(sbom.bytes);
  });
}

async function printed(
  asked: Asked<DownloadFlags>,
  surroundings: Surroundings,
  sources: readonly EvidenceSource[],
  pick: (evidence: Awaited<ReturnType<typeof collectEvidence>>, reference: string) => Download,
): Promise<void> {
  await withImage(asked, surroundings, async ({ attachmentStore: store, name }, digest) => {
    const prefix = asked.flags.attachmentTagPrefix;
    const evidence = await collectEvidence({
      store,
      digest,
      sources,
      attachmentLimit: attachmentLimitOf(surroundings),
      signal: surroundings.signal,
      ...(prefix === undefined ? {} : { tagPrefix: prefix }),
    });
    const { lines, omitted } = pick(evidence, name);
    for (const line of lines) surroundings.out(`${line}\n`);
    for (const line of omitted) surroundings.say(aside.warning(`Warning: ${line}`));
  });
}

async function withImage(
  { words: [word = ''], flags }: Asked<DownloadFlags>,
  surroundings: Surroundings,
  work: (image: Image, digest: string) => Promise<void>,
): Promise<void> {
  await withRegistries({ flags, asked: [word], surroundings }, async (registries) => {
    const image = await registries.image(word);
    await work(image, flags.platform === undefined ? image.digest : await platformDigest(image, flags.platform));
  });
}

async function platformDigest({ bytes, descriptor, name }: Image, wanted: string): Promise<string> {
  const { parseManifest, parsePlatform, selectPlatform } = await import('@pratique/oci');
  const manifest = parseManifest(bytes, { mediaType: descriptor.mediaType, what: name });
  if (manifest.kind !== 'index')
    throw usageFault(`${name} is one image, not an index of platforms.`, 'Leave --platform out.');
  return selectPlatform(manifest, parsePlatform(wanted), name).digest;
}
