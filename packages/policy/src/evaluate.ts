/**
 * From the image field of a workload to the verdict on it, in pieces: choose rule and validator, ask the validator, word the
 * verdict. Choosing and wording are pure, so that the gate can skip the asking where an answer is known already.
 */
import { parseImage } from './image/parse-image.ts';
import type { CanonicalImage } from './image/canonical-image.ts';
import type { Policy, Rule, ValidatorSettings } from './configuration/policy.ts';
import { selectRule } from './rules/select-rule.ts';
import type { Place, RuleChoice } from './rules/rule-choice.ts';
import { internalAnswer, timeoutAnswer } from './validators/failed-answer.ts';
import type { Validator } from './validators/validator.ts';
import type { DecidedBy, ImageVerdict, ValidatorAnswer } from './verdict.ts';

/** The first three steps of admission 3.4: which rule and validator an image belongs to, or why none. */
export type Choice =
  | {
      readonly state: 'chosen';
      readonly image: CanonicalImage;
      readonly rule: Rule;
      readonly settings: ValidatorSettings;
      readonly by: DecidedBy;
      /** With the rules that match and lost, for explanations. */
      readonly rules: RuleChoice;
    }
  | { readonly state: 'refused'; readonly verdict: Refused; readonly rules?: RuleChoice };

/** A verdict that refuses. */
export type Refused = Extract<ImageVerdict, { verdict: 'refused' }>;

/** A choice that led to a validator. */
export type Chosen = Extract<Choice, { state: 'chosen' }>;

/**
 * Reads the image string and finds its rule and validator. Pure.
 *
 * @param text the image field as it stands in the workload
 */
export function chooseFor(policy: Policy, text: string, place: Place): Choice {
  const reading = parseImage(text);
  if (reading.state === 'invalid') return { state: 'refused', verdict: invalidReference(text, reading.problem) };
  const { image } = reading;
  const rules = selectRule(policy, image, place);
  const { rule } = rules;
  if (rules.undecided !== undefined) {
    return { state: 'refused', verdict: undecidedRule(image, rules.undecided, place), rules };
  }
  if (rule === undefined) return { state: 'refused', verdict: noRule(policy, image, place), rules };
  const settings = policy.validators.get(rule.validator);
  if (settings === undefined) return { state: 'refused', verdict: noValidator(policy, image, rule), rules };
  const by = { pattern: rule.pattern, index: rule.index, validator: settings.name, type: settings.type };
  if (rule.requireDigest && image.digest === undefined) {
    return { state: 'refused', verdict: withoutDigest(image, rule, by), rules };
  }
  return { state: 'chosen', image, rule, settings, by, rules };
}

/**
 * The verdict on an image whose validator has answered. Pure, and the same for an answer that was kept from before.
 */
export function verdictOf(choice: Chosen, answer: ValidatorAnswer, policy: Policy): ImageVerdict {
  if (answer.outcome === 'refused') return refusedBy(choice, answer);
  const { image, by } = choice;
  const { found, warnings, digest } = answer;
  const head = { verdict: 'accepted', image: image.text, by, found, warnings } as const;
  if (by.type === 'static') return head;
  if (digest === undefined) return refusedBy(choice, internalAnswer('the validator accepted without naming a digest'));
  if (image.digest !== undefined && image.digest !== digest) return refusedBy(choice, otherDigest(image, digest));
  const pinned = pinnedName(image, digest, policy);
  // What is written into a workload must be read back as exactly what was verified (VAL-5).
  const again = parseImage(pinned);
  if (again.state === 'invalid' || again.image.digest !== digest || !samePlace(again.image, image)) {
    return refusedBy(choice, invalidResult(pinned));
  }
  const stays = image.digest !== undefined || choice.rule.mode !== 'mutate';
  return { ...head, digest, ...(stays ? {} : { replacement: pinned }) };
}

/** Everything that {@link evaluateImage} needs. */
export interface Evaluation {
  readonly policy: Policy;
  readonly validators: ReadonlyMap<string, Validator>;
  /** The image field as it stands in the workload. */
  readonly text: string;
  readonly place: Place;
  readonly now: Date;
  /** Aborted at the deadline. */
  readonly signal: AbortSignal;
}

/**
 * The verdict on one image, start to end, with nothing skipped and nothing kept.
 *
 * @example
 * const verdict = await evaluateImage({ policy, validators, text: 'nginx:1', place: { namespace: 'default' }, now, signal });
 */
export async function evaluateImage(evaluation: Evaluation): Promise<ImageVerdict> {
  const { policy, text, place } = evaluation;
  const choice = chooseFor(policy, text, place);
  if (choice.state === 'refused') return choice.verdict;
  return verdictOf(choice, await askValidator(choice, evaluation), policy);
}

/** Asks the validator of a choice; what it throws is a refusal, so that a bug in a validator never lets an image in. */
export async function askValidator(
  { image, rule, settings }: Chosen,
  { validators, now, signal }: Pick<Evaluation, 'validators' | 'now' | 'signal'>,
): Promise<ValidatorAnswer> {
  const validator = validators.get(settings.name);
  if (validator === undefined) return internalAnswer(`the validator ${settings.name} was never made`);
  try {
    return await validator.validate({ image, rule, now, signal });
  } catch (error) {
    if (signal.aborted) return timeoutAnswer(image.text);
    return internalAnswer(error instanceof Error ? error.message : 'something that is no error was thrown');
  }
}

/** The reference of an image pinned to a digest, as it is written into a workload (ADM-13, IMG-6). */
export function pinnedName(image: CanonicalImage, digest: string, policy: Pick<Policy, 'canonicalDockerHost'>): string {
  const host = image.registry === 'index.docker.io' ? policy.canonicalDockerHost : image.registry;
  const tag = image.tag === undefined ? '' : `:${image.tag}`;
  return `${host}/${image.repository}${tag}@${digest}`;
}

function samePlace(one: CanonicalImage, other: CanonicalImage): boolean {
  return one.registry === other.registry && one.repository === other.repository && one.tag === other.tag;
}

type Refusal = Extract<ValidatorAnswer, { outcome: 'refused' }>;

function refusedBy({ image, rule, by }: Chosen, answer: Refusal): Refused {
  const { outcome: _outcome, detail, ...rest } = answer;
  const message =
    answer.class === 'static_deny'
      ? `static deny for image ${image.text} using rule ${rule.pattern}`
      : `error during ${by.type} validation of image ${image.text}: ${detail}`;
  return { verdict: 'refused', image: image.text, message, by, onlyWarn: rule.action === 'warn', ...rest };
}

function otherDigest(image: CanonicalImage, digest: string): Refusal {
  return {
    outcome: 'refused',
    class: 'wrong_digest',
    detail: `the image string names ${image.digest ?? 'no digest'}, and what was verified is ${digest}`,
    found: [{ text: `verified digest ${digest}` }],
    wanted: `a signature for ${image.digest ?? 'the digest that is deployed'}`,
    nextStep: `Deploy ${digest}, or have ${image.digest ?? 'the image'} signed.`,
    warnings: [],
  };
}

function invalidResult(pinned: string): Refusal {
  return {
    outcome: 'refused',
    class: 'invalid_reference',
    detail: `validated image reference ${pinned} has invalid format`,
    found: [],
    wanted: 'a reference that is read back as what was verified',
    nextStep: 'Write the image with host, repository and tag or digest in full.',
    warnings: [],
  };
}

const longestShown = 1024;

const plain = { found: [], warnings: [], onlyWarn: false } as const;

function invalidReference(text: string, problem: string): Refused {
  // Whoever asks may send megabytes, and the message is repeated in answers, logs and alerts.
  const shown = text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`;
  return {
    ...plain,
    verdict: 'refused',
    image: text,
    class: 'invalid_reference',
    message: `invalid image reference ${JSON.stringify(shown)}: ${problem}`,
    wanted: 'host/repository:tag or host/repository@sha256:<64 digits>',
    nextStep: 'Correct the image field of the workload.',
  };
}

function noRule({ rules }: Policy, { text, name }: CanonicalImage, { namespace }: Place): Refused {
  return {
    ...plain,
    verdict: 'refused',
    image: text,
    class: 'no_rule',
    message: `no matching rule for image ${text}`,
    wanted: `one of ${rules.length} rules to match ${name} in namespace ${namespace}`,
    nextStep: `Add a rule with a pattern for ${name}, or a last rule for the rest with the pattern *:*.`,
  };
}

/** Without its labels nobody knows whether the best rule is for this namespace; the next one might be laxer. */
function undecidedRule({ text }: CanonicalImage, rule: Rule, { namespace }: Place): Refused {
  return {
    ...plain,
    verdict: 'refused',
    image: text,
    class: 'internal',
    message: `no matching rule for image ${text} can be named: rule ${rule.index + 1} (${rule.pattern}) asks for labels of the namespace ${namespace}, which could not be read`,
    wanted: `the labels of the namespace ${namespace}`,
    nextStep: 'Try again. If it stays, give the gate the right to get namespaces, or select namespaces by name.',
  };
}

function noValidator({ validators }: Policy, { text }: CanonicalImage, rule: Rule): Refused {
  return {
    ...plain,
    verdict: 'refused',
    image: text,
    class: 'config',
    message: `validator "${rule.validator}" not found, named by the rule ${rule.pattern}`,
    wanted: `one of the validators ${[...validators.keys()].join(', ')}`,
    nextStep: `Name one of them in the rule ${rule.pattern}, or add a validator "${rule.validator}".`,
    onlyWarn: rule.action === 'warn',
  };
}

function withoutDigest(image: CanonicalImage, rule: Rule, by: DecidedBy): Refused {
  return {
    ...plain,
    verdict: 'refused',
    image: image.text,
    class: 'invalid_reference',
    message: `error during ${by.type} validation of image ${image.text}: the rule ${rule.pattern} demands a digest, and the image string has none`,
    by,
    wanted: `${image.registry}/${image.repository}@sha256:<64 digits>`,
    nextStep: `Write the digest into the workload. To print it: crane digest ${image.name}, or pratique tree ${image.name}.`,
    onlyWarn: rule.action === 'warn',
  };
}
