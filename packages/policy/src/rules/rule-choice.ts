/** The outcome of looking for the rule of an image (PAT-3 to PAT-7); the search itself is in `select-rule.ts`. */
import type { Rule } from '../configuration/policy.ts';

/** The rule that applies, with why the others do not, for explanations. */
export interface RuleChoice {
  readonly rule: Rule | undefined;
  /** Rules that match too and lost, with the reason in words. */
  readonly lost: readonly { readonly rule: Rule; readonly because: string }[];
}

/** Where the image is to run, as far as rules ask. */
export interface Place {
  readonly namespace: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}
