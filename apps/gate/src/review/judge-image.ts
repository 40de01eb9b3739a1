/** One image of a workload on its way to a verdict (admission 3.4). */
import { askValidator, chooseFor, verdictOf } from '@pratique/policy';
import type { Choice, Chosen, ImageVerdict, Place, Policy, ValidatorAnswer } from '@pratique/policy';
import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import type { Answered, Verdicts } from '../verdicts/verdicts.ts';
import type { ActivePolicy, Features, Owner, Parents } from './needs.ts';
import type { SkipReason } from './outcome.ts';
import type { Pool } from './pool.ts';

/** What judging images works with, the same for all requests. */
export interface JudgingParts {
  readonly verdicts: Verdicts;
  readonly parents: Parents;
  readonly pool: Pool;
  readonly features: Features;
  readonly now: () => Date;
  /** Told of image texts that were accepted, and asked for them: only those are worth a look-up of their digest. */
  readonly seen: { has(key: string): boolean; add(key: string): void };
}

/** What a request says about all its images. */
export interface Circumstances {
  readonly active: ActivePolicy;
  readonly place: Place;
  readonly oldImages: ReadonlySet<string>;
  readonly owner: Owner | undefined;
  readonly dryRun: boolean;
  /** Aborted at the deadline. */
  readonly signal: AbortSignal;
}

/** A verdict and how it was come by. */
export interface JudgedImage {
  readonly verdict: ImageVerdict;
  readonly skipped: SkipReason | undefined;
  readonly cache: 'hit' | 'miss' | 'none';
}

/**
 * Judges an image under the rule that was chosen for it. Static validators decide before anything is skipped (STA-1).
 *
 * @throws the reason of the signal at the deadline; the work goes on for the next request
 */
export async function judgeImage(
  parts: JudgingParts,
  circumstances: Circumstances,
  choice: Choice,
): Promise<JudgedImage> {
  if (choice.state === 'refused') return { verdict: choice.verdict, skipped: undefined, cache: 'none' };
  const { active, signal } = circumstances;
  if (choice.settings.type === 'static') {
    const answer = await askValidator(choice, { validators: active.validators, now: parts.now(), signal });
    return { verdict: verdictOf(choice, answer, active.policy), skipped: undefined, cache: 'none' };
  }
  const skipped = await skipReason(parts, circumstances, choice);
  if (skipped !== undefined) return { verdict: passed(choice), skipped, cache: 'none' };
  return verified(parts, circumstances, choice);
}

/** The rule for an image text; here so that what happens at the deadline knows the rule as well. */
export function chooseRule(
  { active: { policy }, place }: Pick<Circumstances, 'active' | 'place'>,
  image: string,
): Choice {
  // Labels change; without them the choice is always the same, and pods of one workload come in hundreds.
  // A text of megabytes, which is no name of an image, would be held with the refusal of it.
  if (place.namespaceLabels !== undefined || image.length > limits.imageCharacters)
    return chooseFor(policy, image, place);
  const known = choices.get(policy) ?? new LRUCache<string, Choice>({ max: limits.choices });
  choices.set(policy, known);
  const key = `${place.namespace}\n${image}`;
  const choice = known.get(key) ?? chooseFor(policy, image, place);
  known.set(key, choice);
  return choice;
}

const choices = new WeakMap<Policy, LRUCache<string, Choice>>();

/** ADM-10 and ADM-11, in this order. */
async function skipReason(
  { features, verdicts, parents }: JudgingParts,
  { oldImages, owner }: Circumstances,
  { image, rule }: Chosen,
): Promise<SkipReason | undefined> {
  const { text } = image;
  if (features.automaticUnchangedApproval && oldImages.has(text)) {
    const { unchangedMaxAgeMs } = features;
    const isKnown =
      unchangedMaxAgeMs === undefined || (await verdicts.ledger.find(rule.hash, text, unchangedMaxAgeMs)) !== undefined;
    if (isKnown) return 'unchanged image reference';
  }
  // In podsOnly mode parents are let in unseen, so a child would be approved by nobody.
  if (!features.automaticChildApproval || features.podsOnly || owner === undefined) return undefined;
  if (features.childApprovalRequiresDecision) {
    // A parent that was judged is pinned. One that names a tag came past the gate, and the tag may have moved since its accept.
    if (rule.mode === 'mutate' && image.digest === undefined) return undefined;
    if ((await verdicts.ledger.find(rule.hash, text)) === undefined) return undefined;
  }
  return (await parents.names(owner, text)) ? 'automatic approval of child image reference' : undefined;
}

/** A skipped image stays as it is written. */
function passed({ image, by }: Chosen): ImageVerdict {
  const digest = image.digest === undefined ? {} : { digest: image.digest };
  return { verdict: 'accepted', image: image.text, ...digest, by, found: [], warnings: [] };
}

async function verified(parts: JudgingParts, circumstances: Circumstances, choice: Chosen): Promise<JudgedImage> {
  const { active, place, dryRun, signal } = circumstances;
  const { image, rule } = choice;
  const asked = { policyHash: active.policy.hash, rule, namespace: place.namespace, image: image.text };
  const repository = `${image.registry}/${image.repository}`;
  const seenKey = `${rule.hash} ${image.text}`;
  const digest = digestLook(parts, circumstances, choice, seenKey);
  const lookUp = {
    repository,
    validate: (isWanted: () => boolean) => validate(parts, { active, choice, isWanted }),
    ...(digest === undefined ? {} : { digest }),
  };
  const answered = await parts.verdicts.ask(asked, lookUp, { signal, keep: !dryRun });
  const verdict = verdictOf(choice, withAge(answered), active.policy);
  if (verdict.verdict === 'accepted' && answered.from === 'looked' && !dryRun) {
    parts.seen.add(seenKey);
    await note(parts, choice, verdict);
  }
  const isHit = answered.from === 'image-cache' || answered.from === 'digest-cache';
  return { verdict, skipped: isHit ? 'cache hit' : undefined, cache: isHit ? 'hit' : 'miss' };
}

/** Writes an accept down under the text that was asked for and the one it becomes: children carry the latter (CAC-10). */
async function note(
  { verdicts }: JudgingParts,
  { image, rule }: Chosen,
  { replacement, digest }: Extract<ImageVerdict, { verdict: 'accepted' }>,
): Promise<void> {
  const texts = replacement === undefined ? [image.text] : [image.text, replacement];
  await Promise.all(texts.map((text) => verdicts.ledger.record(rule.hash, text, digest)));
}

/** Verifies for everybody who waits, on time of its own. */
async function validate(
  { pool, now }: JudgingParts,
  work: { readonly active: ActivePolicy; readonly choice: Chosen; readonly isWanted: () => boolean },
): Promise<ValidatorAnswer> {
  const { active, choice, isWanted } = work;
  const { registry } = choice.image;
  const running = pool.run(registry, async () => {
    // Its turn came after the deadlines of all who asked: the place is for those who still wait.
    if (!isWanted()) return overloaded(registry);
    const signal = AbortSignal.timeout(limits.verificationMs);
    const answer = await askValidator(choice, { validators: active.validators, now: now(), signal });
    if (answer.outcome === 'accepted') pool.prove(registry);
    return answer;
  });
  return running === 'full' ? overloaded(registry) : running;
}

/** What is accepted already is worth asking where its text leads now: the signatures of the same digest are known. */
function digestLook(
  { seen }: JudgingParts,
  { active }: Circumstances,
  { image, rule, settings }: Chosen,
  seenKey: string,
): (() => Promise<string | undefined>) | undefined {
  const { digest } = image;
  // There the signed list says where a tag leads, not the registry; and the list may know the digest under another tag only.
  if (settings.type === 'notaryv1') return undefined;
  // The digest may be known from another tag, and then nobody has looked at this one.
  if (digest !== undefined && image.tag !== undefined && rule.options.requireTagMatch) return undefined;
  if (digest !== undefined) return async () => digest;
  if (active.digestOf === undefined || !seen.has(seenKey)) return undefined;
  const signal = AbortSignal.timeout(limits.verificationMs);
  return async () => active.digestOf?.(image, settings, signal);
}

function withAge({ answer, from, at }: Answered): ValidatorAnswer {
  if (from !== 'last-good') return answer;
  const warning = `its registry cannot be reached; the verdict of ${at.toISOString()} was used`;
  return { ...answer, warnings: [warning, ...answer.warnings] };
}

function overloaded(registry: string): ValidatorAnswer {
  return {
    outcome: 'refused',
    class: 'timeout',
    detail: `too many verifications are waiting already, many of them for ${registry}`,
    found: [],
    wanted: 'a place among the verifications that run at once',
    nextStep: 'Try again in a moment. If it stays, look at the latency of the registry, or run more replicas.',
    warnings: [],
  };
}
