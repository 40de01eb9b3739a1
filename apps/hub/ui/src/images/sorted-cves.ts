/** The CVEs of an image in the order somebody asks for. */
import type { ImageCveDetail } from '@pratique/hub/contract';

export const cveSortKeys = ['cve_id', 'severity', 'cvss', 'epss_probability', 'fixable', 'first_seen'] as const;
export type CveSortKey = (typeof cveSortKeys)[number];

export interface CveSort {
  readonly by: CveSortKey;
  readonly desc: boolean;
}

/** Sorted by one column; equal rows keep the hub's order, worst first. What has no date comes last, either way round. */
export function sortedCves(cves: readonly ImageCveDetail[], { by, desc }: CveSort): readonly ImageCveDetail[] {
  return cves.toSorted((a, b) => {
    const left = a[by];
    const right = b[by];
    if (left === right) return 0;
    if (left === null || right === null) return left === null ? 1 : -1;
    const order = left < right ? -1 : 1;
    return desc ? -order : order;
  });
}
