/** From an outcome to what the API server is told: all failures in words, then the modes (ADM-14 to ADM-18). */
import { excerpt } from '@pratique/runtime/fault';
import { imagePatch } from '@pratique/kube/admission';
import type { AdmissionAnswer, DenialCause, Replacement } from '@pratique/kube/admission';
import { limits } from '../limits.ts';
import type { ImageOutcome, RefusedVerdict, ReviewOutcome } from './outcome.ts';

/** The modes that change an answer and never a verdict. */
export interface AnswerModes {
  readonly detectionMode: boolean;
  readonly podsOnly: boolean;
}

/** A decision before the modes. */
export interface Judgement {
  /** Undefined: everything is in order. */
  readonly denial: string | undefined;
  readonly causes: readonly DenialCause[];
  readonly replacements: readonly Replacement[];
  readonly warnings: readonly string[];
}

interface Failure {
  readonly outcome: ImageOutcome;
  readonly verdict: RefusedVerdict;
  readonly text: string;
}

/**
 * Puts the verdicts of a request together.
 *
 * @param mayPatch false for `/validate`, which may not change workloads: what would have to be changed is refused there
 */
export function judgementOf(outcome: ReviewOutcome, mayPatch: boolean): Judgement {
  if (outcome.problem !== undefined) {
    return { denial: outcome.problem, causes: [], replacements: [], warnings: [] };
  }
  const failures = outcome.images.flatMap((image) => failuresOf(image, mayPatch));
  const enforced = failures.filter(({ verdict }) => !verdict.onlyWarn);
  const warnings = [
    ...outcome.images.flatMap(({ image, verdict }) =>
      verdict.warnings.map((warning) => `image ${excerpt(image, 300)}: ${warning}`),
    ),
    ...failures.filter(({ verdict }) => verdict.onlyWarn).map(({ text }) => `would be denied: ${text}`),
  ];
  return {
    denial: enforced.length === 0 ? undefined : denialOf(outcome, enforced),
    causes: enforced.map(causeOf),
    replacements: mayPatch ? outcome.images.flatMap(replacementsOf) : [],
    warnings,
  };
}

/** Applies the modes (ADM-16: resource validation mode, then detection mode). */
export function answerOf(
  { denial, causes, replacements, warnings }: Judgement,
  kind: string,
  { detectionMode, podsOnly }: AnswerModes,
): AdmissionAnswer {
  if (podsOnly && kind !== 'Pod') {
    const told = denial === undefined ? [] : ['pod-only validation active', denial];
    return { allowed: true, patch: [], warnings: [...told, ...warnings] };
  }
  if (denial === undefined) return { allowed: true, patch: imagePatch(replacements), warnings };
  if (detectionMode) {
    // What was verified is pinned even beside what would be refused.
    const patch = imagePatch(replacements);
    return { allowed: true, patch, warnings: ['detection mode active', denial, ...warnings] };
  }
  return { allowed: false, message: denial, causes, warnings };
}

function failuresOf(outcome: ImageOutcome, mayPatch: boolean): readonly Failure[] {
  const { verdict } = outcome;
  const refused = verdict.verdict === 'refused' ? verdict : mayPatch ? undefined : notPinned(verdict, outcome.onlyWarn);
  return refused === undefined ? [] : [{ outcome, verdict: refused, text: textOf(refused) }];
}

/** Message, next step, then what to run: `… [no_signature] run: doctor image web:1` (3.6). */
function textOf({ message, nextStep, class: kind, image }: RefusedVerdict): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return `${sentence} ${nextStep} [${kind}] run: doctor image ${excerpt(image, 300)}`;
}

function denialOf({ request, images, judgedInTime }: ReviewOutcome, failures: readonly Failure[]): string {
  const isLate = judgedInTime !== undefined;
  const lateText = `validation of admission request ${request.uid} timed out after validating ${judgedInTime ?? 0}/${images.length} images`;
  const first = isLate ? [lateText] : [];
  // Which images were not reached is said by the number; definite refusals among the others are worth knowing at once.
  const shown = isLate ? failures.filter(({ outcome }) => !outcome.timedOut) : failures;
  const lines = shown.slice(0, limits.failuresShown).map(({ text }) => text);
  const more = shown.length > lines.length ? [`and ${shown.length - lines.length} more images`] : [];
  const late = failures.find(({ outcome }) => outcome.timedOut);
  if (isLate && lines.length === 0 && late !== undefined) {
    return `${lateText}. ${late.verdict.nextStep} [timeout] run: doctor image ${excerpt(late.verdict.image, 300)}`;
  }
  return [...first, ...lines, ...more].join('\n');
}

function causeOf({ outcome, verdict }: Failure): DenialCause {
  return { reason: verdict.class, message: verdict.message, field: outcome.fields[0]?.path ?? '' };
}

function replacementsOf({ verdict, fields, image }: ImageOutcome): readonly Replacement[] {
  if (verdict.verdict !== 'accepted' || verdict.replacement === undefined) return [];
  const to = verdict.replacement;
  return fields.map(({ path }) => ({ path, from: image, to }));
}

function notPinned(
  verdict: Exclude<ImageOutcome['verdict'], RefusedVerdict>,
  onlyWarn: boolean,
): RefusedVerdict | undefined {
  const { image, by, replacement, found } = verdict;
  if (replacement === undefined) return undefined;
  return {
    verdict: 'refused',
    image,
    class: 'invalid_reference',
    message: `error during ${by.type} validation of image ${image}: it is not pinned to a digest, and a validating webhook may not change it`,
    by,
    found,
    wanted: replacement,
    nextStep: `Write ${replacement} into the workload, or call the mutating webhook first.`,
    warnings: [],
    onlyWarn,
  };
}
