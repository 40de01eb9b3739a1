/** Rules for tests, with everything that does not matter filled in. */
import type { NamespaceMatch, Policy, Rule, RuleOptions } from '../configuration/policy.ts';
import type { PatternMatching } from './match-pattern.ts';

/** The defaults of 1.6. */
export const defaultOptionsForTest: RuleOptions = {
  trustRoot: 'default',
  threshold: 0,
  required: [],
  delegations: [],
  verifyInTransparencyLog: true,
  verifySct: true,
  verificationLevel: 'strict',
  verifyTimestamp: 'always',
  signatureFormat: 'auto',
  annotations: {},
  attestations: [],
  useSignedTimestamps: false,
  requireRepositoryMatch: false,
  requireTagMatch: false,
  offline: false,
  strictTuf: false,
};

/** A policy with these patterns, in this order, each for the namespaces of the same position in `places`. */
export function policyOf(
  patterns: readonly string[],
  patternMatching: PatternMatching = 'anchored',
  places: readonly (NamespaceMatch | undefined)[] = [],
): Pick<Policy, 'rules' | 'patternMatching'> {
  const rules = patterns.map((pattern, index): Rule => {
    const match = places[index];
    return {
      pattern,
      index,
      hash: `sha256:${index}`,
      validator: 'default',
      action: 'enforce',
      mode: 'mutate',
      requireDigest: false,
      ...(match === undefined ? {} : { match }),
      options: defaultOptionsForTest,
    };
  });
  return { rules, patternMatching };
}
