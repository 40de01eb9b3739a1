/** Which rule is for an image (PAT-4 to PAT-7): the most exact pattern, and among equals the later one. */
import type { Policy, Rule } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import { compareExactness, matcherOf } from './match-pattern.ts';
import type { Exactness, Matcher } from './match-pattern.ts';
import { isForPlace } from './namespace-match.ts';
import type { Place, RuleChoice } from './rule-choice.ts';

/** What of a policy decides about rules. */
export type RulePolicy = Pick<Policy, 'rules' | 'patternMatching'>;

interface Prepared {
  readonly rule: Rule;
  readonly matcher: Matcher | undefined;
}

interface Contender {
  readonly rule: Rule;
  readonly exactness: Exactness;
}

// Reading a pattern costs more than using it; a policy is used for thousands of images and never changes.
const prepared = new WeakMap<RulePolicy, readonly Prepared[]>();

/**
 * The rule for an image at a place. Never throws; no rule means that the image is refused (PAT-5).
 *
 * @example
 * const { rule, lost } = selectRule(policy, image, { namespace: 'shop' });
 */
export function selectRule(policy: RulePolicy, image: CanonicalImage, place: Place): RuleChoice {
  const matching = preparedOf(policy).flatMap(({ rule, matcher }) => {
    const exactness = matcher?.match(image);
    return exactness === undefined ? [] : [{ rule, exactness, isHere: isForPlace(rule.match, place) }];
  });
  const elsewhere = matching.filter(({ isHere }) => isHere === 'no');
  const contenders = matching.filter(({ isHere }) => isHere !== 'no');
  const lost = elsewhere.map(({ rule }) => ({ rule, because: `it is not for the namespace ${place.namespace}` }));
  const [first, ...others] = contenders;
  if (first === undefined) return { rule: undefined, lost };
  const best = others.reduce(
    (one, other) => (compareExactness(other.exactness, one.exactness) >= 0 ? other : one),
    first,
  );
  for (const one of contenders) if (one !== best) lost.push({ rule: one.rule, because: whyLost(one, best) });
  if (best.isHere === 'yes') return { rule: best.rule, lost };
  const because = `it asks for labels of the namespace ${place.namespace}, which could not be read`;
  return { rule: undefined, lost: [...lost, { rule: best.rule, because }], undecided: best.rule };
}

function preparedOf(policy: RulePolicy): readonly Prepared[] {
  const known = prepared.get(policy);
  if (known !== undefined) return known;
  const made = policy.rules.map((rule) => ({ rule, matcher: matcherOf(rule.pattern, policy.patternMatching) }));
  prepared.set(policy, made);
  return made;
}

/** Why one contender loses against another, by the first of the four comparisons of PAT-4 that tells them apart. */
function whyLost({ exactness: loser }: Contender, { rule, exactness: winner }: Contender): string {
  const other = `rule ${rule.index + 1} (${rule.pattern})`;
  if (loser.parts !== winner.parts)
    return `${other} has more parts between slashes: ${winner.parts}, this one ${loser.parts}`;
  const shared = winner.shared.findIndex((length, index) => length !== loser.shared[index]);
  if (shared !== -1)
    return `${other} shares more of part ${shared + 1} with the image: ${winner.shared[shared]} characters, this one ${loser.shared[shared]}`;
  const length = winner.lengths.findIndex((value, index) => value !== loser.lengths[index]);
  if (length !== -1)
    return `${other} is longer in part ${length + 1}: ${winner.lengths[length]} characters, this one ${loser.lengths[length]}`;
  return `identical rules: ${other} matches equally exactly and stands later in the file`;
}
