/** What each verification level enforces (Notary Project trust policy, "Signature verification levels"). */
import type { RuleOptions } from '../configuration/policy.ts';

/** The five checks of a signature. */
export type Check = 'integrity' | 'authenticity' | 'authentic timestamp' | 'expiry' | 'revocation';

const enforced: Readonly<Record<RuleOptions['verificationLevel'], ReadonlySet<Check>>> = {
  strict: new Set<Check>(['integrity', 'authenticity', 'authentic timestamp', 'expiry', 'revocation']),
  permissive: new Set<Check>(['integrity', 'authenticity']),
  audit: new Set<Check>(['integrity']),
};

/** Whether a check that fails refuses the image; otherwise it is only told. */
export function isEnforced(check: Check, level: RuleOptions['verificationLevel']): boolean {
  return enforced[level].has(check);
}
