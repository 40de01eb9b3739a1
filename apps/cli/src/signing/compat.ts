/** What a release of cosign would have answered, for finding out why something works here and fails in a cluster. */
import type { Evidence, Verdict, VerificationPolicy } from '@pratique/sigstore';

/** Releases that can be imitated. */
export type Compat = 'cosign2' | 'cosign3';

/** The answer as that release gives it. */
export interface CompatAnswer {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

/**
 * The policy as that release applies it. cosign 3 looks at bundles alone as soon as there is one, and takes any of them for a
 * signature; without one it reads the tag, as cosign 2 always does.
 */
export function compatPolicy(
  policy: VerificationPolicy,
  compat: Compat | undefined,
  evidence: Evidence,
): VerificationPolicy {
  if (compat === undefined) return policy;
  const hasBundle = evidence.candidates.some(({ format }) => format === 'bundle');
  const formats = compat === 'cosign3' && hasBundle ? 'bundle' : 'legacy';
  return { ...policy, formats, acceptAnyPredicate: formats === 'bundle' };
}

/** What that release would have seen: cosign 3 takes a list of referrers it could not read for an empty one. */
export function compatEvidence(evidence: Evidence, compat: Compat | undefined): Evidence {
  if (compat === undefined) return evidence;
  const sources = evidence.sources.filter(({ state, kind }) => state !== 'failed' || kind === 'signature-tag');
  return { ...evidence, sources };
}

/** Exit code and messages, each printed twice as cosign does. */
export function compatAnswer(verdict: Verdict, compat: Compat, policy: VerificationPolicy): CompatAnswer {
  const { exitCode, text } = answer(verdict, policy.formats === 'bundle' && compat === 'cosign3');
  return { exitCode, lines: exitCode === 0 ? [] : [`Error: ${text}`, `error during command execution: ${text}`] };
}

function answer(verdict: Verdict, isBundlePath: boolean): { readonly exitCode: number; readonly text: string } {
  const reasons = verdict.candidates.flatMap((one) => (one.valid ? [] : [one.rejection.detail])).join('\n');
  switch (verdict.outcome) {
    case 'verified':
      return { exitCode: 0, text: '' };
    case 'no-signatures':
    case 'attestations-only':
      return { exitCode: 10, text: 'no signatures found' };
    case 'image-not-found':
      return { exitCode: 11, text: `image tag not found: ${verdict.detail}` };
    case 'no-match':
    case 'no-certificate':
    case 'predicate-mismatch':
      return isBundlePath
        ? { exitCode: 1, text: `no matching attestations: ${reasons}` }
        : { exitCode: 12, text: `no matching signatures: ${reasons}` };
    default:
      // A registry that could not be read: cosign 2 and the tag path of cosign 3 report the request that failed.
      return { exitCode: 1, text: verdict.detail };
  }
}
