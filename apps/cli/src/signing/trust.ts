/** Whom to believe: a trusted root, variables, flags, or what was fetched before. Nothing is fetched where a key suffices. */
import { readFileBounded } from '@pratique/runtime/limit';
import {
  mergeTrust,
  noTrust,
  parseTrustedRoot,
  trustFromPem,
  type TrustMaterial,
  type VerificationPolicy,
} from '@pratique/sigstore';
import { readPem } from './policy.ts';
import type { Surroundings } from './surroundings.ts';
import type { ProofFlags, SignerFlags } from './verify-flags.ts';

/** A trusted root has kilobytes; this is far above any. */
const rootLimit = 4 * 1024 * 1024;

/** Flags that name trust. */
export type TrustFlags = Pick<ProofFlags, 'trustedRoot' | 'timestampCertificateChain' | 'rekorUrl'> &
  Pick<SignerFlags, 'caRoots' | 'caIntermediates' | 'certificateChain'>;

/** Trust for a policy, from the first of: the flag, the variables and PEM flags, the kept trust of the update repository. */
export async function trustFor(
  policy: VerificationPolicy,
  flags: TrustFlags,
  surroundings: Surroundings,
): Promise<TrustMaterial> {
  const own = await pemTrust(policy, flags, surroundings);
  if (flags.trustedRoot !== undefined) {
    const bytes = await readFileBounded(flags.trustedRoot, { bytes: rootLimit, what: 'the trusted root' });
    return mergeTrust(parseTrustedRoot(bytes, flags.trustedRoot), own);
  }
  if (!needsTrust(policy) || own.origin !== noTrust.origin) return own;
  const { keptTrust } = await import('./kept-trust.ts');
  return await keptTrust(surroundings);
}

function needsTrust({ signer, log, signedTimestamps }: VerificationPolicy): boolean {
  return (
    signer.kind === 'identity' || signer.kind === 'certificate' || log !== 'ignored' || signedTimestamps === 'required'
  );
}

async function pemTrust(policy: VerificationPolicy, flags: TrustFlags, { env }: Surroundings): Promise<TrustMaterial> {
  const chain = policy.signer.kind === 'certificate' ? flags.certificateChain : undefined;
  const authorities = await texts([env['SIGSTORE_ROOT_FILE'], flags.caRoots, flags.caIntermediates, chain]);
  const logKeys = await texts([env['SIGSTORE_REKOR_PUBLIC_KEY']]);
  const certificateLogKeys = await texts([env['SIGSTORE_CT_LOG_PUBLIC_KEY_FILE']]);
  const timestampAuthorities = await texts([env['SIGSTORE_TSA_CERTIFICATE_FILE'], flags.timestampCertificateChain]);
  const given = { certificateAuthorities: authorities, logKeys, certificateLogKeys, timestampAuthorities };
  const named = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''));
  if (Object.keys(named).length === 0) return noTrust;
  return trustFromPem(
    { ...named, ...(flags.rekorUrl === undefined ? {} : { logUrl: flags.rekorUrl }) },
    'flags and variables',
  );
}

async function texts(paths: readonly (string | undefined)[]): Promise<string> {
  const named = paths.filter((path): path is string => path !== undefined && path !== '');
  return (await Promise.all(named.map(readPem))).join('\n');
}
