/** A request on its way to an outcome: which images, each judged once, all within the deadline. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { AdmissionRequest } from '@pratique/kube/admission';
import { workloadImages } from '@pratique/kube/workload';
import type { ImageExtractor, WorkloadImage } from '@pratique/kube/workload';
import { needsNamespaceLabels } from '@pratique/policy';
import type { Choice } from '@pratique/policy';
import { limits } from '../limits.ts';
import { chooseRule, judgeImage } from './judge-image.ts';
import type { Circumstances, JudgedImage, JudgingParts } from './judge-image.ts';
import type { ActivePolicy, Namespaces } from './needs.ts';
import { controllerOf, isBeingDeleted } from './object.ts';
import type { ImageOutcome, ReviewOutcome } from './outcome.ts';
import { brokenVerdict, lateVerdict } from './verdicts-without-answer.ts';

/** What judging requests works with. */
export interface RequestParts extends JudgingParts {
  readonly extractors: readonly ImageExtractor[];
  readonly namespaces: Namespaces;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  /** Told of what should never be thrown. */
  readonly onDefect: (error: unknown, image: string) => void;
}

/**
 * Judges every image a request names. Never throws and never takes longer than the deadline.
 *
 * @param deadlineMs from now; what is under way then goes on for the next request
 */
export async function judgeRequest(
  parts: RequestParts,
  active: ActivePolicy,
  request: AdmissionRequest,
  deadlineMs: number,
): Promise<ReviewOutcome> {
  const read = readImages(request, parts.extractors);
  if (read.state !== 'judge') return { request, images: [], problem: read.problem, judgedInTime: undefined };
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DOMException('the deadline came', 'TimeoutError')), deadlineMs);
  try {
    const labels = await labelsOf(parts, active, request.namespace, deadline.signal);
    const place = { namespace: request.namespace, ...(labels === undefined ? {} : { namespaceLabels: labels }) };
    const circumstances: Circumstances = {
      active,
      place,
      oldImages: read.oldImages,
      owner: controllerOf(request),
      dryRun: request.dryRun,
      signal: deadline.signal,
    };
    const images = await judgeAll(parts, circumstances, byText(read.images));
    const late = images.filter(({ timedOut }) => timedOut).length;
    return { request, images, problem: undefined, judgedInTime: late === 0 ? undefined : images.length - late };
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined where no rule asks for them, and where they could not be read in time: the rule that asks then refuses. */
async function labelsOf(
  { namespaces }: RequestParts,
  { policy }: ActivePolicy,
  namespace: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (!needsNamespaceLabels(policy)) return undefined;
  return untilDeadline(namespaces.labels(namespace), signal).catch(() => undefined);
}

type ImagesRead =
  | { readonly state: 'judge'; readonly images: readonly WorkloadImage[]; readonly oldImages: ReadonlySet<string> }
  /** Nothing to judge: refused with a problem, admitted without one. */
  | { readonly state: 'decided'; readonly problem: string | undefined };

function readImages(request: AdmissionRequest, extractors: readonly ImageExtractor[]): ImagesRead {
  const { kind, operation, object, oldObject } = request;
  // Nothing new runs by these (ADM-5); refusing them would keep workloads from being removed.
  if (operation === 'DELETE' || operation === 'CONNECT') return { state: 'decided', problem: undefined };
  if (operation === 'UPDATE' && isBeingDeleted(oldObject)) return { state: 'decided', problem: undefined };
  const reading = workloadImages(kind, object, extractors);
  if (reading.state === 'unreadable') {
    return { state: 'decided', problem: `error decoding new workload object: ${reading.problem}` };
  }
  if (operation !== 'UPDATE') return { state: 'judge', images: reading.images, oldImages: new Set() };
  const old = workloadImages(kind, oldObject, extractors);
  if (old.state === 'unreadable') {
    return { state: 'decided', problem: `error decoding old workload object: ${old.problem}` };
  }
  return { state: 'judge', images: reading.images, oldImages: new Set(old.images.map(({ image }) => image)) };
}

/** Each text once, with all fields that name it (ADM-8). */
function byText(images: readonly WorkloadImage[]): ReadonlyMap<string, readonly WorkloadImage[]> {
  const fields = new Map<string, WorkloadImage[]>();
  for (const field of images) {
    const known = fields.get(field.image);
    if (known === undefined) fields.set(field.image, [field]);
    else known.push(field);
  }
  return fields;
}

function judgeAll(
  parts: RequestParts,
  circumstances: Circumstances,
  texts: ReadonlyMap<string, readonly WorkloadImage[]>,
): Promise<readonly ImageOutcome[]> {
  const judge = ([image, fields]: readonly [string, readonly WorkloadImage[]]) =>
    judgeOne(parts, circumstances, image, fields);
  if (texts.size <= limits.imagesPerRequest) return Promise.all([...texts].map(judge));
  const limit = pLimit(limits.imagesPerRequest);
  // Choosing rules for a thousand long names takes seconds with many rules, in which nobody else would be answered.
  const inTurn = async (entry: readonly [string, readonly WorkloadImage[]]): Promise<ImageOutcome> => {
    await nextTurn();
    return judge(entry);
  };
  return Promise.all([...texts].map((entry) => limit(() => inTurn(entry))));
}

async function judgeOne(
  parts: RequestParts,
  circumstances: Circumstances,
  image: string,
  fields: readonly WorkloadImage[],
): Promise<ImageOutcome> {
  const begun = parts.clock();
  const { signal } = circumstances;
  let choice: Choice | undefined;
  const outcomeOf = (judged: JudgedImage, timedOut: boolean): ImageOutcome => ({
    image,
    fields,
    ...judged,
    onlyWarn: choice?.state === 'chosen' && choice.rule.action === 'warn',
    timedOut,
    durationMs: Math.round(parts.clock() - begun),
  });
  try {
    choice = chooseRule(circumstances, image);
    // What nobody waits for any more is not even begun; a static refusal or a wrong name needs no time.
    if (signal.aborted && needsTime(choice)) return outcomeOf(late(choice, image), true);
    return outcomeOf(await untilDeadline(judgeImage(parts, circumstances, choice), signal), false);
  } catch (error) {
    if (signal.aborted) return outcomeOf(late(choice, image), true);
    parts.onDefect(error, image);
    return outcomeOf({ verdict: brokenVerdict(choice, image), skipped: undefined, cache: 'none' }, false);
  }
}

function late(choice: Choice | undefined, image: string): JudgedImage {
  return { verdict: lateVerdict(choice, image), skipped: undefined, cache: 'none' };
}

function needsTime(choice: Choice): boolean {
  return choice.state === 'chosen' && choice.settings.type !== 'static';
}

/** The cache and the ledger have short times of their own, but the deadline holds for all of it. */
function untilDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
