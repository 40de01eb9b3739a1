/** A review for scripts. */
import { countStandings, standingOf } from './review-report.ts';
import type { ReviewReport } from './review-report.ts';

/** The review as one JSON document that ends with a line feed; members are added, never renamed, within a version. */
export function reviewJson(report: ReviewReport): string {
  const { policyFile, policyHash, detectionMode, images, otherKinds } = report;
  const document = {
    schemaVersion: 1,
    policy: { file: policyFile, hash: policyHash },
    detectionMode,
    summary: { images: images.length, ...countStandings(report) },
    images: images.map((image) => ({
      standing: standingOf(image, report),
      namespace: image.namespace,
      places: image.places,
      ...image.explanation,
    })),
    otherKinds: Object.fromEntries(otherKinds),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
