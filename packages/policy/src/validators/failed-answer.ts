/** Answers of validators that did not come to a judgement. */
import { excerpt } from '@pratique/runtime/fault';
import type { RefusalClass, ValidatorAnswer } from '../verdict.ts';

/** A refusal by a validator. */
export type RefusedAnswer = Extract<ValidatorAnswer, { outcome: 'refused' }>;

/** A refusal that is no more than its words. */
export function refusal(
  refused: RefusalClass,
  words: Pick<RefusedAnswer, 'detail' | 'wanted' | 'nextStep'>,
): RefusedAnswer {
  return { outcome: 'refused', class: refused, found: [], warnings: [], ...words };
}

/** Something went wrong that should not: a bug, and never a reason to let an image in. */
export function internalAnswer(problem: string): RefusedAnswer {
  return refusal('internal', {
    detail: `internal error: ${excerpt(problem, 300)}`,
    wanted: 'a validator that comes to a judgement',
    nextStep: 'Try again. If it stays, report it with the log of the gate: this is a bug.',
  });
}

/** The deadline came first. */
export function timeoutAnswer(image: string): RefusedAnswer {
  return refusal('timeout', {
    detail: `timed out before ${image} was verified`,
    wanted: 'an answer of the registry and the services in time',
    nextStep:
      'Try again; what was read by then is kept. If it stays, look at the latency of the registry, or raise timeoutSeconds.',
  });
}
