/** Refuses policies that ask for nothing or for the impossible, before anything is judged by them. */
import { sigstoreFault } from '../errors.ts';
import { checkRule } from './identity.ts';
import { identityRules, trustedKeys } from './policy.ts';
import type { VerificationPolicy } from './policy.ts';

/**
 * Checks a policy; "empty" is never "all".
 *
 * @throws Fault `policy-invalid`, `identity-rule-invalid`
 */
export function checkPolicy(policy: VerificationPolicy): void {
  const { signer } = policy;
  const rules = identityRules(signer);
  if (rules !== undefined) {
    checkRule(rules.subject, 'identity');
    checkRule(rules.issuer, 'issuer');
  }
  if (signer.kind === 'keys' && trustedKeys(signer).length === 0) throw noKeys();
  if (policy.checkClaims === false && Object.keys(policy.annotations ?? {}).length > 0) throw unreadAnnotations();
}

function noKeys(): Error {
  return sigstoreFault({
    code: 'policy-invalid',
    message: 'The policy trusts a list of keys, and the list is empty.',
    hint: 'Name at least one public key.',
  });
}

function unreadAnnotations(): Error {
  return sigstoreFault({
    code: 'policy-invalid',
    message: 'The policy demands annotations and says that claims are not looked at.',
    hint: 'Leave out --check-claims=false, or the annotations.',
  });
}
