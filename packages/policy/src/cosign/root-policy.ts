/** A rule and one of its trust roots, as what judging demands of a signature. */
import type { PublicKey, SignerPolicy, VerificationPolicy } from '@pratique/sigstore';
import type { CosignTrustRoot, Rule, RuleOptions } from '../configuration/policy.ts';

/** What a signature has to fulfil for a trust root (COS-5 to COS-8). */
export function signaturePolicy(options: RuleOptions, signer: SignerPolicy): VerificationPolicy {
  return {
    ...attestationPolicy(options, signer),
    // All signers of an identity are needed to count signers and not signatures; a key is one signer, however often it signed.
    report: signer.kind === 'identity' ? 'full' : 'first',
    annotations: options.annotations,
    requireRepository: options.requireRepositoryMatch,
  };
}

/** What an attestation has to fulfil; annotations are of signatures only. */
export function attestationPolicy(options: RuleOptions, signer: SignerPolicy): VerificationPolicy {
  return {
    signer,
    log: options.verifyInTransparencyLog ? 'required' : 'ignored',
    certificateLog: options.verifySct ? 'required' : 'ignored',
    signedTimestamps: options.useSignedTimestamps ? 'required' : 'optional',
    formats: options.signatureFormat,
    // The first that is valid may be too old, and say something else than the next.
    report: 'full',
  };
}

/** Who must have signed for a trust root; `key` is that of a trust root that is a key. */
export function signerOf(root: CosignTrustRoot, key: PublicKey | undefined): SignerPolicy | undefined {
  if (root.kind === 'keyless') return { kind: 'identity', subject: root.subject, issuer: root.issuer };
  return key === undefined ? undefined : { kind: 'key', key: { key, name: root.name } };
}

/** The rule in words, as the person who wrote it finds it again. */
export function ruleInWords({ pattern, index }: Pick<Rule, 'pattern' | 'index'>): string {
  return `rule ${index + 1} (${pattern})`;
}
