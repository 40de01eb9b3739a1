/** The flags of `verify` and its siblings, and what they demand. */
import { usageFault } from '../errors.ts';
import { registryFlags, tokenFlags, type RegistryFlags, type TokenFlags } from './flag-groups.ts';
import { refuseTogether, type Flag, type FlagGroup } from './flags.ts';

/** Values of the flags that say who must have signed. */
export interface SignerFlags extends TokenFlags {
  readonly key?: string;
  readonly certificate?: string;
  readonly certificateChain?: string;
  readonly caRoots?: string;
  readonly caIntermediates?: string;
  readonly certificateIdentity?: string;
  readonly certificateIdentityRegexp?: string;
  readonly certificateOidcIssuer?: string;
  readonly certificateOidcIssuerRegexp?: string;
  readonly certificateGithubWorkflowTrigger?: string;
  readonly certificateGithubWorkflowSha?: string;
  readonly certificateGithubWorkflowName?: string;
  readonly certificateGithubWorkflowRepository?: string;
  readonly certificateGithubWorkflowRef?: string;
  readonly sct?: string;
}

/** Values of the flags that say what else must be proven. */
export interface ProofFlags {
  readonly insecureIgnoreTlog?: boolean;
  readonly privateInfrastructure?: boolean;
  readonly offline?: boolean;
  readonly insecureIgnoreSct?: boolean;
  readonly trustedRoot?: string;
  readonly useSignedTimestamps?: boolean;
  readonly timestampCertificateChain?: string;
  readonly signatureDigestAlgorithm?: string;
  readonly rekorUrl?: string;
  readonly rekorSearch?: boolean;
}

/** Values of all flags that verbs about images share. */
export interface ImageVerifyFlags extends SignerFlags, ProofFlags, RegistryFlags {
  readonly checkClaims: boolean;
  readonly output: 'json' | 'text' | 'report';
  readonly format: 'auto' | 'legacy' | 'bundle';
  readonly compat?: 'cosign2' | 'cosign3';
  readonly continue?: boolean;
  readonly requireRepository?: boolean;
  readonly localImage?: boolean;
  readonly maxWorkers: string;
  readonly newBundleFormat?: boolean;
  readonly experimentalOci11?: boolean;
  readonly attachmentTagPrefix?: string;
}

const workflowHelp = 'demand this claim of a GitHub certificate';

/** Who must have signed. */
export const signerFlags: FlagGroup = {
  title: 'Who must have signed',
  flags: [
    { name: '--key <reference>', help: 'public key: a file, env://NAME, k8s://namespace/secret or https://…' },
    { name: '--certificate-identity <text>', help: 'exactly this identity (keyless) …' },
    { name: '--certificate-identity-regexp <re2>', help: '… or one that matches' },
    { name: '--certificate-oidc-issuer <text>', help: 'vouched for by exactly this issuer …' },
    { name: '--certificate-oidc-issuer-regexp <re2>', help: '… or one that matches' },
    { name: '--certificate <file>', help: 'the holder of this certificate (.sig signatures only)' },
    { name: '--certificate-chain <file>', help: 'PEM of intermediates and root for --certificate' },
    { name: '--ca-roots <file>', help: 'PEM of roots to believe instead of the trusted root' },
    { name: '--ca-intermediates <file>', help: 'PEM of intermediates for --ca-roots' },
    { name: '--certificate-github-workflow-trigger <text>', help: workflowHelp },
    { name: '--certificate-github-workflow-sha <text>', help: workflowHelp },
    { name: '--certificate-github-workflow-name <text>', help: workflowHelp },
    { name: '--certificate-github-workflow-repository <text>', help: workflowHelp },
    { name: '--certificate-github-workflow-ref <text>', help: workflowHelp },
    { name: '--sct <file>', help: 'refused: only promises inside certificates are read', hidden: true },
    ...tokenFlags,
  ],
};

/** What else must be proven. */
export const proofFlags: FlagGroup = {
  title: 'What must be proven',
  flags: [
    {
      name: '--insecure-ignore-tlog',
      help: 'neither demand nor look at an entry in a transparency log',
      initial: false,
    },
    { name: '--private-infrastructure', help: 'the same, under its older name', initial: false },
    { name: '--insecure-ignore-sct', help: 'demand no promise of a certificate log', initial: false },
    { name: '--trusted-root <file>', help: 'trusted_root.json to believe; nothing is fetched then' },
    { name: '--use-signed-timestamps', help: 'demand a valid RFC 3161 timestamp', initial: false },
    { name: '--timestamp-certificate-chain <file>', help: 'PEM chain of a timestamp authority to believe' },
    {
      name: '--signature-digest-algorithm <name>',
      help: 'accept only this digest under the signature',
      choices: ['sha224', 'sha256', 'sha384', 'sha512'],
    },
    {
      name: '--offline',
      help: 'never ask a log; what is not stored does not count (this is how it works anyway)',
      initial: false,
    },
    { name: '--rekor-url <url>', help: 'the log that signatures are recorded in; demands an entry' },
  ],
};

/** What verbs about images share besides that. */
export const imageVerifyFlags: readonly Flag[] = [
  {
    name: '-o, --output <kind>',
    help: 'json (what cosign prints), text, or report (everything looked at)',
    initial: 'json',
    choices: ['json', 'text', 'report'],
  },
  { name: '--check-claims', help: 'compare the digest that was signed with that of the image', initial: true },
  { name: '--continue', help: 'check all images although one failed', initial: false },
  {
    name: '--format <which>',
    help: 'where to look: auto reads .sig tags and bundles',
    initial: 'auto',
    choices: ['auto', 'legacy', 'bundle'],
  },
  {
    name: '--compat <release>',
    help: 'look, answer and leave as cosign2 or cosign3 would',
    choices: ['cosign2', 'cosign3'],
  },
  {
    name: '--require-repository',
    help: 'refuse a signature made for another repository instead of noting it',
    initial: false,
  },
  { name: '--local-image', help: 'the argument is a folder that save has written', initial: false },
  { name: '--max-workers <n>', help: 'candidates read at once', initial: '10' },
  { name: '--new-bundle-format', help: '=false reads .sig tags only', hidden: true },
  { name: '--experimental-oci11', help: 'read .sig manifests stored as referrers (this is always done)', hidden: true },
  {
    name: '--attachment-tag-prefix <text>',
    help: 'text before sha256-….sig',
    deprecated: 'it applies to .sig and .att tags only; bundles have no tag.',
  },
];

/** The groups of `verify`, in the order of its help. */
export function imageVerifyGroups(own: readonly Flag[]): readonly FlagGroup[] {
  return [signerFlags, proofFlags, { title: 'How', flags: [...own, ...imageVerifyFlags] }, registryFlags];
}

/** Where to look, from the flag and its older spelling. */
export function formatsOf(flags: Pick<ImageVerifyFlags, 'format' | 'newBundleFormat'>): 'auto' | 'legacy' | 'bundle' {
  return flags.newBundleFormat === false && flags.format === 'auto' ? 'legacy' : flags.format;
}

/** Whether anything is demanded of what a certificate says. */
export function demandsNames(flags: SignerFlags): boolean {
  const demands = [
    flags.certificateIdentity,
    flags.certificateIdentityRegexp,
    flags.certificateOidcIssuer,
    flags.certificateOidcIssuerRegexp,
    flags.certificateGithubWorkflowTrigger,
    flags.certificateGithubWorkflowSha,
    flags.certificateGithubWorkflowName,
    flags.certificateGithubWorkflowRepository,
    flags.certificateGithubWorkflowRef,
  ];
  return demands.some((demand) => demand !== undefined);
}

/**
 * The flags about who signed that cannot be combined, and what is missing.
 *
 * @throws Fault `usage`
 */
export function checkSignerFlags(flags: SignerFlags): void {
  const why = 'Say in one way who must have signed: --key, --certificate, or an identity.';
  refuseTogether(flags, ['key', 'certificate-identity', 'certificate-identity-regexp'], why);
  refuseTogether(flags, ['key', 'certificate'], why);
  refuseTogether(
    flags,
    ['certificate-oidc-issuer', 'certificate-oidc-issuer-regexp'],
    'Give the issuer exactly, or as a pattern.',
  );
  if (flags.sct !== undefined) {
    throw usageFault(
      '--sct is not supported.',
      'Promises inside certificates are read; use --insecure-ignore-sct without one.',
    );
  }
  if (flags.key !== undefined || (flags.certificate !== undefined && !demandsNames(flags))) return;
  if (flags.certificateIdentity === undefined && flags.certificateIdentityRegexp === undefined) {
    throw usageFault(
      'Nothing says who must have signed.',
      'Add --key cosign.pub, or --certificate-identity with --certificate-oidc-issuer for keyless signatures.',
    );
  }
  if (flags.certificateOidcIssuer === undefined && flags.certificateOidcIssuerRegexp === undefined) {
    throw usageFault(
      'An identity was given without its issuer.',
      'Add --certificate-oidc-issuer: anybody can have an account of that name somewhere else.',
    );
  }
}
