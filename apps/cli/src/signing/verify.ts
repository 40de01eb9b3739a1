import type { Command } from 'commander';
import { repositoryName } from '@pratique/oci';
import { collectEvidence, judge, type Evidence, type TrustMaterial, type VerificationPolicy } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { outcomeExitCodes } from '../exit.ts';
import { attachmentLimitOf } from './attachment-limit.ts';
import { compatAnswer, compatEvidence, compatPolicy } from './compat.ts';
import { withRegistries, type Image, type Registries } from './image.ts';
import { explainedFailure, outcomeHelp, signingExitCode } from './outcomes.ts';
import { policyOf } from './policy.ts';
import { printFailure } from '../print.ts';
import type { Surroundings } from './surroundings.ts';
import { trustFor } from './trust.ts';
import { buildVerb, type Asked } from './verb.ts';
import { imageVerifyGroups, type ImageVerifyFlags } from './verify-flags.ts';
import { cosignArray, elementText, reportDocument } from './verify-json.ts';
import { failureLines, successLines, type Judged } from './verify-text.ts';

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

/** Checks each image in order; the first failure ends the run unless `--continue` is given. Returns the exit code. */
export async function runVerify(asked: Asked<VerifyFlags>, surroundings: Surroundings): Promise<number> {
  const { words, flags } = asked;
  refuseDetached(flags);
  const policy = await policyOf({ flags, isGiven: asked.isGiven, surroundings });
  const trust = await trustFor(policy, flags, surroundings);
  return await withRegistries({ flags, asked: words, surroundings }, async (registries) => {
    const codes: number[] = [];
    for (const word of words) {
      codes.push(await oneImage(word, { asked, policy, trust, surroundings, registries }));
      if (codes.at(-1) !== 0 && flags.continue !== true) break;
    }
    return lowestFailure(codes);
  });
}

interface Run {
  readonly asked: Asked<VerifyFlags>;
  readonly policy: VerificationPolicy;
  readonly trust: TrustMaterial;
  readonly surroundings: Surroundings;
  readonly registries: Registries;
}

async function oneImage(word: string, run: Run): Promise<number> {
  try {
    const image = await run.registries.image(word);
    return await judged(image, run);
  } catch (error) {
    const explained = explainedFailure(error, run.surroundings.signal);
    // With --continue a registry that is away must not hide what the others hold.
    if (run.asked.flags.continue !== true || signingExitCode(explained) === 70) throw error;
    printFailure(explained);
    return signingExitCode(explained);
  }
}

async function judged(image: Image, { asked, policy, trust, surroundings }: Run): Promise<number> {
  const { flags } = asked;
  const evidence = compatEvidence(await evidenceOf(image, { policy, flags, surroundings }), flags.compat);
  const effective = compatPolicy(policy, flags.compat, evidence);
  const verdict = judge({
    evidence,
    digest: image.digest,
    policy: effective,
    trust,
    now: surroundings.now(),
    repository: repositoryName(image.reference),
    content: image.bytes,
  });
  const about: Judged = { reference: image.name, policy: effective, verdict };
  print(about, evidence, { asked, surroundings });
  if (flags.compat === undefined) return outcomeExitCodes[exitClass(verdict.outcome)];
  return compatAnswer(verdict, flags.compat, effective).exitCode;
}

function print(
  about: Judged,
  evidence: Evidence,
  { asked, surroundings }: { readonly asked: Asked<VerifyFlags>; readonly surroundings: Surroundings },
): void {
  const { flags } = asked;
  const { out, say } = surroundings;
  const isVerified = about.verdict.outcome === 'verified';
  if (flags.output === 'report') out(reportDocument(about));
  if (!isVerified) {
    const lines =
      flags.compat === undefined
        ? failureLines(about, 'signatures')
        : compatAnswer(about.verdict, flags.compat, about.policy).lines;
    for (const line of lines) say(line);
    return;
  }
  for (const line of successLines(about)) say(line);
  if (flags.output === 'json') out(cosignArray(about, evidence));
  if (flags.output === 'text')
    for (const one of about.verdict.accepted) out(elementText(one, about.reference, evidence));
}

async function evidenceOf(
  image: Image,
  {
    policy,
    flags,
    surroundings,
  }: { readonly policy: VerificationPolicy; readonly flags: VerifyFlags; readonly surroundings: Surroundings },
): Promise<Evidence> {
  const formats = policy.formats ?? 'auto';
  return await collectEvidence({
    store: image.attachmentStore,
    digest: image.digest,
    sources: [
      ...(formats === 'bundle' ? [] : ['signature-tag' as const]),
      ...(flags.compat === 'cosign2' ? [] : ['referrers' as const]),
    ],
    attachmentLimit: attachmentLimitOf(surroundings),
    signal: surroundings.signal,
    ...(flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix }),
  });
}

/** The outcome of which the exit code is taken. */
function exitClass(outcome: string): keyof typeof outcomeExitCodes {
  return outcome === 'predicate-mismatch' ? 'no-match' : (outcome as keyof typeof outcomeExitCodes);
}

/** The numerically first failure, 0 where there is none. */
export function lowestFailure(codes: readonly number[]): number {
  const failures = codes.filter((code) => code !== 0);
  return failures.length === 0 ? 0 : Math.min(...failures);
}

function refuseDetached({ payload, signature, attachment, localImage }: VerifyFlags): void {
  if (attachment !== undefined) {
    throw usageFault(
      '--attachment is not supported.',
      'Verify the signed SBOM: pratique verify-attestation --type cyclonedx IMAGE.',
    );
  }
  if (payload === undefined && signature === undefined && localImage !== true) return;
  throw usageFault(
    '--payload, --signature and --local-image are not supported here yet.',
    'Use verify-blob for detached files.',
  );
}
