/** What became of a request, before it is worded for anybody. */
import type { AdmissionRequest } from '@pratique/kube/admission';
import type { WorkloadImage } from '@pratique/kube/workload';
import type { ImageVerdict } from '@pratique/policy';

/** Why an image was not looked at. */
export type SkipReason = 'unchanged image reference' | 'automatic approval of child image reference' | 'cache hit';

/** What became of one image text, wherever in the workload it stands. */
export interface ImageOutcome {
  readonly image: string;
  /** The fields that name it, in the order of the workload. */
  readonly fields: readonly WorkloadImage[];
  readonly verdict: ImageVerdict;
  /** Its rule says `action: warn`: whatever is wrong with it is told and not enforced. */
  readonly onlyWarn: boolean;
  readonly skipped: SkipReason | undefined;
  readonly cache: 'hit' | 'miss' | 'none';
  /** The deadline came before the verdict. */
  readonly timedOut: boolean;
  readonly durationMs: number;
}

/** What became of a request. */
export interface ReviewOutcome {
  readonly request: AdmissionRequest;
  /** In the order of the workload; empty where it could not be read or needed no look. */
  readonly images: readonly ImageOutcome[];
  /** Why the workload could not be read: a refusal by itself. */
  readonly problem: string | undefined;
  /** How many images were judged when the deadline came; undefined where it did not. */
  readonly judgedInTime: number | undefined;
}

/** A refusal among verdicts. */
export type RefusedVerdict = Extract<ImageVerdict, { verdict: 'refused' }>;
