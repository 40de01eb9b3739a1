/** What is logged of a review (3.8): who, where and what came of it; never the objects, whose variables may hold secrets. */
import type { AdmissionAnswer } from '@pratique/kube/admission';
import { excerpt } from '@pratique/runtime/fault';
import type { Log } from '@pratique/runtime/log';
import { nameOf } from './object.ts';
import type { ImageOutcome, ReviewOutcome } from './outcome.ts';

/** Logs a line per image, and one for a request that was denied or had none. */
export function logReview(log: Log, outcome: ReviewOutcome, answer: AdmissionAnswer, ms: number): void {
  const { request, images, problem } = outcome;
  if (!log.isLevelEnabled('info') && answer.allowed && images.every(({ verdict }) => verdict.verdict === 'accepted')) {
    return;
  }
  const about = {
    uid: excerpt(request.uid, 128),
    namespace: excerpt(request.namespace, 253),
    kind: excerpt(request.kind.kind, 100),
    name: excerpt(nameOf(request), 253),
  };
  for (const image of images) logImage(log, about, image);
  if (answer.allowed && images.length > 0) return;
  const fields = { ...about, operation: request.operation, dryRun: request.dryRun, durationMs: Math.round(ms) };
  if (answer.allowed) log.info(fields, 'admitted a request without looking');
  else log.warn({ ...fields, reason: excerpt(problem ?? answer.message, 1000) }, 'denied a request');
}

function logImage(log: Log, about: Readonly<Record<string, unknown>>, outcome: ImageOutcome): void {
  const { verdict, skipped, cache, durationMs } = outcome;
  const image = excerpt(outcome.image, 1000);
  const fields = {
    ...about,
    image,
    rule: verdict.by?.pattern,
    validator: verdict.by?.validator,
    cache,
    durationMs,
  };
  if (skipped !== undefined) log.info(fields, `skipped validation: ${skipped} for image ${image}`);
  if (verdict.verdict === 'refused') {
    const { class: kind, message } = verdict;
    log.warn({ ...fields, class: kind, onlyWarn: verdict.onlyWarn }, excerpt(message, 1000));
  } else if (skipped === undefined) {
    log.info({ ...fields, digest: verdict.digest }, `accepted image ${image}`);
  }
}
