import type { Command } from 'commander';
import { verifyImage, type ImageVerdict } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { outcomeHelp } from './outcomes.ts';
import { policyOf } from './policy.ts';
import type { Surroundings } from './surroundings.ts';
import { trustFor } from './trust.ts';
import { buildVerb, type Asked } from './verb.ts';
import { imageVerifyGroups, type ImageVerifyFlags } from './verify-flags.ts';
import { verifyImages } from './verify-images.ts';
import { cosignArray, elementText } from './verify-json.ts';

/** Flags of `verify`. */
export interface VerifyFlags extends ImageVerifyFlags {
  readonly annotations: readonly string[];
  readonly acceptAnyPredicate?: boolean;
  readonly payload?: string;
  readonly signature?: string;
  readonly attachment?: string;
}

/** `pratique verify IMAGE…` */
export function command(): Command {
  return buildVerb<VerifyFlags>({
    name: 'verify <image...>',
    summary: 'check that images are signed, by whom and for which digest',
    groups: imageVerifyGroups([
      { name: '-a, --annotations <k=v>', help: 'demand these annotations; repeatable, or a comma list', many: true },
      {
        name: '--accept-any-predicate',
        help: 'let an attestation count as a signature, as cosign 3 does',
        initial: false,
      },
      { name: '--payload <file>', help: 'judge this payload instead of looking in the registry …' },
      { name: '--signature <file>', help: '… with this signature, base64' },
      {
        name: '--attachment <kind>',
        help: 'verify the attached sbom',
        deprecated: 'SBOMs are attested now: verify-attestation --type cyclonedx.',
      },
    ]),
    more: `
Reads .sig tags and bundles and tells which was found. One valid signature suffices. On standard output comes what cosign
prints; what was checked, or why nothing fits, goes to standard error.

Examples:
  $ pratique verify --key cosign.pub registry.example.com/team/app:1.4
  $ pratique verify --key cosign.pub -a build=42 -o report registry.example.com/team/app@sha256:…
  $ pratique verify --certificate-identity dev@example.com --certificate-oidc-issuer https://accounts.example.com IMAGE
${outcomeHelp}`,
    run: runVerify,
  });
}

/** Checks each image; see {@link verifyImages}. */
export async function runVerify(asked: Asked<VerifyFlags>, surroundings: Surroundings): Promise<number> {
  const { flags } = asked;
  refuseDetached(flags);
  const policy = await policyOf({ flags, isGiven: asked.isGiven, surroundings });
  const trust = await trustFor(policy, flags, surroundings);
  const show = ({ reference, verdict, evidence }: ImageVerdict) => {
    if (flags.output === 'json') surroundings.out(cosignArray({ reference, verdict }, evidence));
    else for (const one of verdict.accepted) surroundings.out(elementText(one, reference, evidence));
  };
  return await verifyImages({
    asked,
    surroundings,
    policy,
    trust,
    manner: { what: 'signatures', verify: verifyImage, show },
  });
}

function refuseDetached({ payload, signature, attachment }: VerifyFlags): void {
  if (attachment !== undefined) {
    throw usageFault(
      '--attachment is not supported.',
      'Verify the signed SBOM: pratique verify-attestation --type cyclonedx IMAGE.',
    );
  }
  if (payload === undefined && signature === undefined) return;
  throw usageFault('--payload and --signature are not supported here.', 'Use verify-blob for detached files.');
}
