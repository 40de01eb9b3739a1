/** Which images fare differently because patterns are anchored (PAT-3, check `POL-04`): for whoever comes from Connaisseur. */
import type { Rule } from '../configuration/policy.ts';
import { parseImage } from '../image/parse-image.ts';
import type { Place } from './rule-choice.ts';
import { selectRule } from './select-rule.ts';
import type { RulePolicy } from './select-rule.ts';

/** An image for which the two ways of matching choose different rules. */
export interface AnchoringDifference {
  /** As it was given. */
  readonly image: string;
  readonly namespace: string;
  /** The rule that applies with anchored patterns; absent where none does. */
  readonly anchored: Rule | undefined;
  /** The rule that applied with patterns found anywhere in the name. */
  readonly legacy: Rule | undefined;
}

/**
 * Compares both ways for images that run. Images that cannot be read are left out: neither way has a rule for them.
 *
 * @param images Image strings, each with where it runs.
 * @returns one entry per image, in the given order, however the policy itself matches
 */
export function anchoringDifferences(
  { rules }: Pick<RulePolicy, 'rules'>,
  images: readonly { readonly image: string; readonly place: Place }[],
): readonly AnchoringDifference[] {
  const [anchoredPolicy, legacyPolicy] = [
    { rules, patternMatching: 'anchored' },
    { rules, patternMatching: 'legacy' },
  ] as const;
  return images.flatMap(({ image, place }) => {
    const read = parseImage(image);
    if (read.state === 'invalid') return [];
    const anchored = selectRule(anchoredPolicy, read.image, place).rule;
    const legacy = selectRule(legacyPolicy, read.image, place).rule;
    return anchored === legacy ? [] : [{ image, namespace: place.namespace, anchored, legacy }];
  });
}
