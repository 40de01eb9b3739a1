/** A decision as it is reported to the hub. */
import type { AdmissionDecision } from '@pratique/hub/contract';
import { limitWarnings } from '@pratique/kube/admission';
import type { AdmissionAnswer } from '@pratique/kube/admission';
import { nameOf } from './object.ts';
import type { ImageOutcome, ReviewOutcome } from './outcome.ts';
import type { Judgement } from './word-outcome.ts';

type ImageDecision = AdmissionDecision['images'][number];

/** What the hub is told; texts are cut to its limits by whoever sends it. */
export function decisionOf(parts: {
  readonly outcome: ReviewOutcome;
  readonly judgement: Judgement;
  readonly answer: AdmissionAnswer;
  readonly ms: number;
  readonly at: Date;
}): AdmissionDecision {
  const { outcome, judgement, answer, ms, at } = parts;
  const { request, images } = outcome;
  const mayAll = images.every(({ verdict }) => verdict.verdict === 'accepted');
  return {
    uid: request.uid,
    at: at.toISOString(),
    namespace: request.namespace,
    kind: request.kind.kind,
    name: nameOf(request),
    operation: request.operation,
    user: request.user,
    allowed: answer.allowed,
    would_allow: judgement.denial === undefined && mayAll,
    dry_run: request.dryRun,
    duration_ms: Math.round(ms),
    warnings: [...limitWarnings(answer.warnings)],
    images: images.map(imageDecisionOf),
  };
}

function imageDecisionOf({ image, fields, verdict, skipped, cache }: ImageOutcome): ImageDecision {
  const refused = verdict.verdict === 'refused' ? verdict : undefined;
  const digest = verdict.verdict === 'accepted' ? (verdict.digest ?? null) : null;
  return {
    image,
    paths: fields.map(({ path }) => path),
    verdict: refused !== undefined ? 'refused' : skipWord(skipped) === null ? 'accepted' : 'skipped',
    class: refused?.class ?? skipWord(skipped),
    digest,
    rule: verdict.by?.pattern ?? null,
    validator: verdict.by?.validator ?? null,
    validator_type: verdict.by?.type ?? null,
    message: refused?.message ?? (skipped === undefined ? '' : `skipped validation: ${skipped}`),
    next_step: refused?.nextStep ?? '',
    found: verdict.found.map(({ text, location }) => (location === undefined ? text : `${text} (${location})`)),
    wanted: refused?.wanted ?? '',
    cache,
  };
}

/** A cached verdict is a verdict; only the other two were not looked at. */
function skipWord(skipped: ImageOutcome['skipped']): 'unchanged' | 'child' | null {
  if (skipped === 'unchanged image reference') return 'unchanged';
  return skipped === 'automatic approval of child image reference' ? 'child' : null;
}
