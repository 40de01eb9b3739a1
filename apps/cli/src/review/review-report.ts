/** What a review came to: each image once per namespace, where it is used, and what the exit code is. */
import { passingClasses } from '@pratique/policy';
import type { Explanation } from '@pratique/policy';
import type { ImagePlace } from './workload-files.ts';

/** One image in one namespace. */
export interface ReviewedImage {
  readonly explanation: Explanation;
  readonly namespace: string;
  /** Empty for an image that was named on the command line. */
  readonly places: readonly ImagePlace[];
}

/** A whole review. */
export interface ReviewReport {
  readonly policyFile: string;
  readonly policyHash: string;
  /** Refusals are told and not enforced. */
  readonly detectionMode: boolean;
  readonly images: readonly ReviewedImage[];
  /** Objects that were read and that the gate does not look at, by kind. */
  readonly otherKinds: ReadonlyMap<string, number>;
}

/** What an image comes to in a review. */
export type Standing = 'allowed' | 'warned' | 'refused' | 'unknown';

/** Exit codes of the verb. */
export const reviewExitCodes = { allowed: 0, refused: 1, badInput: 2, couldNotLook: 3 } as const;

/** Refused, or not known: a registry that did not answer has not said that the image may not run. */
export function standingOf(
  { explanation }: ReviewedImage,
  { detectionMode }: Pick<ReviewReport, 'detectionMode'>,
): Standing {
  if (explanation.verdict === 'accepted') return 'allowed';
  if (detectionMode || explanation.onlyWarn) return 'warned';
  return explanation.class !== null && passingClasses.has(explanation.class) ? 'unknown' : 'refused';
}

/** How many images stand how. */
export function countStandings(report: ReviewReport): Readonly<Record<Standing, number>> {
  const counts = { allowed: 0, warned: 0, refused: 0, unknown: 0 };
  for (const image of report.images) counts[standingOf(image, report)] += 1;
  return counts;
}

/** The exit code: a refusal counts more than what could not be looked at. */
export function reviewExitCode(report: ReviewReport): number {
  const { refused, unknown } = countStandings(report);
  if (refused > 0) return reviewExitCodes.refused;
  return unknown > 0 ? reviewExitCodes.couldNotLook : reviewExitCodes.allowed;
}
