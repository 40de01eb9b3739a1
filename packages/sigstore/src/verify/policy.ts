/** What a caller demands of a signature. Flags, gate configuration and tests are all turned into this. */
import type { DigestName } from '../keys/algorithms.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { Certificate } from './x509.ts';

/** A public key that is trusted; `name` is how the caller knows it. */
export interface TrustedKey {
  readonly key: PublicKey;
  readonly name?: string;
}

/** A text that must be equal, or an RE2 pattern that must be found anywhere in it (as cosign does). */
export type TextRule =
  | { readonly match: 'exact'; readonly value: string }
  | { readonly match: 'pattern'; readonly pattern: string };

/** GitHub claims of a certificate that must be equal: extensions .2 to .6 of Fulcio. */
export interface WorkflowRule {
  readonly trigger?: string;
  readonly sha?: string;
  readonly name?: string;
  readonly repository?: string;
  readonly ref?: string;
}

/** Whom a certificate must name, and who must have vouched for that. */
export interface IdentityRules {
  readonly subject: TextRule;
  readonly issuer: TextRule;
  readonly workflow?: WorkflowRule;
}

/** Who must have signed. */
export type SignerPolicy =
  | { readonly kind: 'key'; readonly key: TrustedKey }
  /** One of them is enough. */
  | { readonly kind: 'keys'; readonly keys: readonly TrustedKey[] }
  | ({ readonly kind: 'identity' } & IdentityRules)
  /** Exactly the holder of this certificate, itself checked against the authorities; tag format only. */
  | {
      readonly kind: 'certificate';
      readonly certificate: Certificate;
      readonly chain: readonly Certificate[];
      /** Whom it must name: for certificates that came with what they are to verify. */
      readonly identity?: IdentityRules;
    };

/** What the policy demands of the names in a certificate; undefined for keys, and for a certificate that is enough itself. */
export function identityRules(signer: SignerPolicy): IdentityRules | undefined {
  if (signer.kind === 'identity') return signer;
  return signer.kind === 'certificate' ? signer.identity : undefined;
}

/** Everything a caller may demand; what is left out is as strict as it gets, except timestamps. */
export interface VerificationPolicy {
  readonly signer: SignerPolicy;
  /** `ignored`: an entry in a transparency log is neither needed nor looked at. */
  readonly log?: 'required' | 'ignored';
  /** `ignored`: the promise of a certificate log is neither needed nor looked at. */
  readonly certificateLog?: 'required' | 'ignored';
  /** `required`: an RFC 3161 timestamp must be there and valid. */
  readonly signedTimestamps?: 'required' | 'optional';
  /** `false`: whatever was signed is accepted, the digest of the image is not compared. */
  readonly checkClaims?: boolean;
  /** Must all be there with equal values; others may be too. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** A payload that names another repository is refused instead of noted. */
  readonly requireRepository?: boolean;
  /** A bundle with any predicate counts as a signature of the image, as cosign 3 has it. */
  readonly acceptAnyPredicate?: boolean;
  /** The type inside a simple-signing payload is not looked at, as in cosign; only for saying what cosign would. */
  readonly acceptAnyType?: boolean;
  readonly formats?: 'auto' | 'legacy' | 'bundle';
  /** Only this digest under the signature; without it those the key's kind allows. */
  readonly digestAlgorithm?: DigestName;
  /** `full`: every candidate is judged, not only up to the first valid one. */
  readonly report?: 'first' | 'full';
}

/** Whether the policy lets a log entry be needed. */
export function needsLog(policy: VerificationPolicy): boolean {
  return policy.log !== 'ignored';
}

/** The keys of a policy that names keys; none for identities. */
export function trustedKeys(signer: SignerPolicy): readonly TrustedKey[] {
  if (signer.kind === 'key') return [signer.key];
  return signer.kind === 'keys' ? signer.keys : [];
}

/** A rule in words: `dev@example.com`, `a match of /^.*@example\.com$/`. */
export function describeRule(rule: TextRule): string {
  return rule.match === 'exact' ? rule.value : `a match of /${rule.pattern}/`;
}
