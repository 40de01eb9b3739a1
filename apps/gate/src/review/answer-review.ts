/** A call of the webhook from its JSON to the JSON of its answer: judge, alert, apply the modes, count, tell (ADM-16). */
import type { AdmissionDecision } from '@pratique/hub/contract';
import { readAdmissionReview, writeAdmissionAnswer } from '@pratique/kube/admission';
import type { AdmissionAnswer, AdmissionRequest, ReviewAddress } from '@pratique/kube/admission';
import type { Log } from '@pratique/runtime/log';
import type { ReviewCall, ReviewCallAnswer } from '../http/listener.ts';
import { limits } from '../limits.ts';
import type { AnsweredReview } from '../measure.ts';
import { deadlineOf } from './deadline.ts';
import { decisionOf } from './decision.ts';
import { judgeRequest } from './judge-request.ts';
import type { RequestParts } from './judge-request.ts';
import { logReview } from './log-review.ts';
import type { ActivePolicy, AlertEvent, Alerts } from './needs.ts';
import type { ReviewOutcome } from './outcome.ts';
import { answerOf, judgementOf } from './word-outcome.ts';
import type { Judgement } from './word-outcome.ts';

/** What answering works with. */
export interface ReviewParts extends RequestParts {
  /** The configuration in force; a review keeps the one it began with. */
  readonly active: () => ActivePolicy;
  /** Whom to tell now, if anybody. */
  readonly alerts: () => Alerts | undefined;
  readonly log: Log;
  readonly onReview: (answered: AnsweredReview) => void;
  /** Where decisions are reported to, if anywhere. */
  readonly report: ((decision: AdmissionDecision) => void) | undefined;
}

/** Answers a call whose body was JSON. */
export async function answerReview(parts: ReviewParts, body: unknown, call: ReviewCall): Promise<ReviewCallAnswer> {
  const reading = readAdmissionReview(body);
  switch (reading.state) {
    case 'no-review':
      return { state: 'refused', status: 400, text: 'received invalid json: not an AdmissionReview' };
    case 'empty':
      return { state: 'refused', status: 400, text: 'received empty admission request' };
    case 'malformed':
      return { state: 'answered', text: await answerMalformed(parts, reading.address, reading.problem) };
    case 'read': {
      const answer = await decide(parts, reading.review.request, call);
      return { state: 'answered', text: writeAdmissionAnswer(reading.review, answer) };
    }
  }
}

async function decide(parts: ReviewParts, request: AdmissionRequest, call: ReviewCall): Promise<AdmissionAnswer> {
  const begun = parts.clock();
  const active = parts.active();
  const deadlineMs = deadlineOf(call.timeout);
  const outcome = await judgeRequest(parts, active, request, deadlineMs);
  const judgement = judgementOf(outcome, call.path === '/mutate');
  const answer = await withAlerts(parts, outcome, judgement, deadlineMs - (parts.clock() - begun));
  const ms = parts.clock() - begun;
  parts.onReview({ outcome, allowed: answer.allowed, ms });
  logReview(parts.log, outcome, answer, ms);
  parts.report?.(decisionOf({ outcome, judgement, answer, ms, at: parts.now() }));
  return answer;
}

/** Dry runs alert nobody (ADM-21). */
async function withAlerts(
  parts: ReviewParts,
  outcome: ReviewOutcome,
  judgement: Judgement,
  msLeft: number,
): Promise<AdmissionAnswer> {
  const { request } = outcome;
  const { kind } = request.kind;
  const { features } = parts;
  const alerts = parts.alerts();
  if (alerts === undefined || request.dryRun) return answerOf(judgement, kind, features);
  // The deadline is a second before the API server's, so a moment is always left.
  const signal = AbortSignal.timeout(Math.max(Math.ceil(msLeft), limits.answerMs / 2));
  const told = await alerts.tell(eventOf(outcome, judgement), signal);
  if (told === undefined || judgement.denial !== undefined) return answerOf(judgement, kind, features);
  const denied: Judgement = { ...judgement, denial: told.denial, causes: [] };
  return answerOf(denied, kind, told.evenInDetectionMode ? { ...features, detectionMode: false } : features);
}

function eventOf({ request, images, problem, judgedInTime }: ReviewOutcome, { denial }: Judgement): AlertEvent {
  const outcome =
    denial === undefined
      ? 'admitted'
      : judgedInTime !== undefined
        ? 'timeout'
        : problem !== undefined
          ? 'invalid'
          : 'rejected';
  return {
    outcome,
    uid: request.uid,
    namespace: request.namespace,
    images: images.map(({ image }) => image),
    ...(denial === undefined ? {} : { error: denial }),
  };
}

/** Refused as a workload that cannot be read is, under the same modes. */
async function answerMalformed(parts: ReviewParts, address: ReviewAddress, problem: string): Promise<string> {
  const nobody = { group: '', version: '', kind: '' };
  const request: AdmissionRequest = {
    uid: address.uid,
    kind: nobody,
    resource: { group: '', version: '', resource: '' },
    name: '',
    namespace: '',
    operation: 'CREATE',
    user: '',
    object: undefined,
    oldObject: undefined,
    dryRun: false,
  };
  const outcome: ReviewOutcome = { request, images: [], problem, judgedInTime: undefined };
  const answer = await withAlerts(parts, outcome, judgementOf(outcome, true), limits.deadlineMs);
  parts.onReview({ outcome, allowed: answer.allowed, ms: 0 });
  logReview(parts.log, outcome, answer, 0);
  return writeAdmissionAnswer(address, answer);
}
