import type { ImageCveGroup } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { fixableFlag, severityMask } from '../findings/layout.ts';
import { shownCvss, shownEpss } from '../findings/scores.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import type { ImageFinding } from './image-findings.ts';

/** What the list says of the CVEs of an image. */
export type Figures = Pick<
  ImageCveGroup,
  'total_cves' | 'critical_cves' | 'high_cves' | 'medium_cves' | 'low_cves' | 'max_cvss' | 'max_epss' | 'fixable_cves'
>;

/** Adds up the CVEs of one segment; used again for the next one. */
export class SegmentTally {
  readonly #buckets = [0, 0, 0, 0, 0];
  #maxCvss = 0;
  #maxEpss = 0;
  #fixable = 0;
  total = 0;

  clear(): void {
    this.#buckets.fill(0);
    this.#maxCvss = 0;
    this.#maxEpss = 0;
    this.#fixable = 0;
    this.total = 0;
  }

  /** Counts one CVE, by its worst in the segment. */
  add({ severity, cvss, epss, fixable }: Pick<ImageFinding, 'severity' | 'cvss' | 'epss' | 'fixable'>): void {
    this.#buckets[severity]! += 1;
    this.#maxCvss = Math.max(this.#maxCvss, cvss);
    this.#maxEpss = Math.max(this.#maxEpss, epss);
    this.#fixable += Number(fixable);
    this.total += 1;
  }

  /** Counts many: how many by severity, how many of them fixable, and their highest scores. */
  addAll(counts: { bySeverity: Uint32Array; fixable: number; cvss: number; epss: number }): void {
    counts.bySeverity.forEach((count, severity) => {
      this.#buckets[severity]! += count;
      this.total += count;
    });
    this.#fixable += counts.fixable;
    this.#maxCvss = Math.max(this.#maxCvss, counts.cvss);
    this.#maxEpss = Math.max(this.#maxEpss, counts.epss);
  }

  figures(): Figures {
    const [unknown, low, medium, high, critical] = this.#buckets as [number, number, number, number, number];
    return {
      total_cves: this.total,
      critical_cves: critical,
      high_cves: high,
      medium_cves: medium,
      low_cves: low + unknown,
      max_cvss: shownCvss(this.#maxCvss),
      max_epss: shownEpss(this.#maxEpss),
      fixable_cves: this.#fixable,
    };
  }
}

/**
 * Adds up the visible CVEs of a segment where no filter looks at them one by one. A first answer for a fleet reads millions of rows here,
 * so it works on variables: the worst of a CVE is known when the next one begins.
 */
export function tallySegment(
  { snapshot }: Desk,
  { view }: Sight,
  { segment, visible, tally }: { readonly segment: number; readonly visible: Uint8Array; readonly tally: SegmentTally },
): void {
  const { segmentStart, segmentStates, rowFact, rowComponent, factCve, factFlags, factCvss, factEpss } = snapshot;
  const takesAll = (segmentStates[segment]! & ~view.states) === 0;
  const bySeverity = new Uint32Array(severityMask + 1);
  let [fixable, cvss, epss] = [0, 0, 0];
  let [current, worst, flags] = [-1, -1, 0];
  const end = segmentStart[segment + 1]!;
  for (let row = segmentStart[segment]!; row < end; row += 1) {
    const fact = rowFact[row]!;
    const cve = factCve[fact]!;
    if (visible[cve] === 0 || !(takesAll || isInStates(rowComponent[row]!, view.states))) {
      continue;
    }
    if (cve !== current) {
      if (current !== -1) {
        bySeverity[worst]! += 1;
        fixable += Number((flags & fixableFlag) !== 0);
      }
      [current, worst, flags] = [cve, 0, 0];
    }
    flags |= factFlags[fact]!;
    worst = Math.max(worst, factFlags[fact]! & severityMask);
    cvss = Math.max(cvss, factCvss[fact]!);
    epss = Math.max(epss, factEpss[fact]!);
  }
  if (current !== -1) {
    bySeverity[worst]! += 1;
    fixable += Number((flags & fixableFlag) !== 0);
  }
  tally.addAll({ bySeverity, fixable, cvss, epss });
}
