/** From flags to what is demanded of a signature, and whom to believe. */
import { excerpt } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import {
  certificatesFromPem,
  type Certificate,
  type SignerPolicy,
  type TextRule,
  type VerificationPolicy,
} from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { parseAnnotations } from './annotations.ts';
import { loadPublicKey, refuseTokens } from './keys.ts';
import type { Surroundings } from './surroundings.ts';
import {
  checkSignerFlags,
  demandsNames,
  formatsOf,
  type ImageVerifyFlags,
  type ProofFlags,
  type SignerFlags,
} from './verify-flags.ts';

/** Largest PEM file of certificates; thirty-two certificates take about 64 KiB. */
const pemLimit = 1024 * 1024;

/** What a policy is made from. */
export interface PolicyWish {
  readonly flags: ImageVerifyFlags & {
    readonly annotations?: readonly string[];
    readonly acceptAnyPredicate?: boolean;
  };
  readonly isGiven: (key: string) => boolean;
  readonly surroundings: Surroundings;
}

/**
 * The policy of a command line.
 *
 * @throws Fault `usage`, and whatever reading the key throws
 */
export async function policyOf({ flags, isGiven, surroundings }: PolicyWish): Promise<VerificationPolicy> {
  return {
    ...(await signerAndProof(flags, { isGiven, surroundings })),
    checkClaims: flags.checkClaims,
    annotations: parseAnnotations(flags.annotations ?? []),
    // A release that is imitated chooses for itself, from everything that is there.
    formats: flags.compat === undefined ? formatsOf(flags) : 'auto',
    requireRepository: flags.requireRepository === true,
    acceptAnyPredicate: flags.acceptAnyPredicate === true,
    report: 'full',
  };
}

/** The part of the policy that blobs and images share. */
export async function signerAndProof(
  flags: SignerFlags & ProofFlags & { readonly compat?: string },
  { isGiven, surroundings }: { readonly isGiven: (key: string) => boolean; readonly surroundings: Surroundings },
): Promise<VerificationPolicy> {
  refuseTokens(flags);
  checkSignerFlags(flags);
  const digest = isGiven('signatureDigestAlgorithm') ? flags.signatureDigestAlgorithm : undefined;
  return {
    signer: await signerOf(flags, surroundings),
    log: flags.insecureIgnoreTlog === true || flags.privateInfrastructure === true ? 'ignored' : 'required',
    certificateLog: flags.insecureIgnoreSct === true ? 'ignored' : 'required',
    signedTimestamps:
      flags.useSignedTimestamps === true || flags.timestampCertificateChain !== undefined ? 'required' : 'optional',
    ...(digest === undefined ? {} : { digestAlgorithm: digest as NonNullable<VerificationPolicy['digestAlgorithm']> }),
  };
}

async function signerOf(flags: SignerFlags, surroundings: Surroundings): Promise<SignerPolicy> {
  if (flags.key !== undefined) return { kind: 'key', key: await loadPublicKey(flags.key, surroundings) };
  if (flags.certificate !== undefined) {
    const [certificate, ...rest] = await readCertificates(flags.certificate);
    const chain = flags.certificateChain === undefined ? rest : await readCertificates(flags.certificateChain);
    if (certificate === undefined) throw noCertificate(flags.certificate);
    // Beside a file lies whatever whoever made the file has put there: then the names have to be right as well.
    const identity = demandsNames(flags) ? { identity: namesOf(flags) } : {};
    return { kind: 'certificate', certificate, chain, ...identity };
  }
  return { kind: 'identity', ...namesOf(flags) };
}

function namesOf(flags: SignerFlags): Omit<Extract<SignerPolicy, { kind: 'identity' }>, 'kind'> {
  return {
    subject: rule(flags.certificateIdentity, flags.certificateIdentityRegexp),
    issuer: rule(flags.certificateOidcIssuer, flags.certificateOidcIssuerRegexp),
    workflow: definedOnly({
      trigger: flags.certificateGithubWorkflowTrigger,
      sha: flags.certificateGithubWorkflowSha,
      name: flags.certificateGithubWorkflowName,
      repository: flags.certificateGithubWorkflowRepository,
      ref: flags.certificateGithubWorkflowRef,
    }),
  };
}

// With both flags the exact one counts: it implies the pattern or contradicts it.
function rule(exact: string | undefined, pattern: string | undefined): TextRule {
  return exact === undefined ? { match: 'pattern', pattern: pattern ?? '' } : { match: 'exact', value: exact };
}

function definedOnly(claims: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The certificates of a PEM file, at least one. */
export async function readCertificates(path: string): Promise<readonly Certificate[]> {
  const found = certificatesFromPem(await readPem(path));
  if (found === undefined || found.length === 0) throw noCertificate(path);
  return found;
}

/** A PEM file as text. */
export async function readPem(path: string): Promise<string> {
  const limit = { bytes: pemLimit, what: 'the PEM file' };
  return decodeText(await readFileBounded(path, limit), limit.what);
}

function noCertificate(path: string): Error {
  return usageFault(
    `${excerpt(path, 200)} holds no certificate.`,
    'Name a PEM file that begins with -----BEGIN CERTIFICATE-----.',
  );
}
