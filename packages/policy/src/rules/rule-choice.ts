/** The outcome of looking for the rule of an image (PAT-3 to PAT-7); the search itself is in `select-rule.ts`. */
import type { Rule } from '../configuration/policy.ts';

/** The rule that applies, with why the others do not, for explanations. */
export interface RuleChoice {
  readonly rule: Rule | undefined;
  /** Rules whose pattern matches too and that do not apply, with the reason in words. */
  readonly lost: readonly { readonly rule: Rule; readonly because: string }[];
  /**
   * The rule that would apply if the namespace has the labels it asks for, which are not known: then no rule applies, and the
   * image is refused. Whoever asks should say that the namespace could not be read.
   */
  readonly undecided?: Rule;
}

/** Where the image is to run, as far as rules ask. */
export interface Place {
  readonly namespace: string;
  /** Absent where they could not be read, which is not the same as none. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}
