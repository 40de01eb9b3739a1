import { componentMask, fixableFlag, kevFlag, severityMask } from '../findings/layout.ts';
import { reachesLimit } from '../findings/scores.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { stringCount } from '../findings/string-table.ts';
import { isInStates, wantedSeverities, type FindingFilters } from '../cves/filters.ts';
import { componentsSearched, isIdSearched, parseSearch } from '../cves/text-search.ts';
import type { StateMask } from '../visibility/aggregate.ts';
import { earlier } from '../visibility/cve-view.ts';
import { visiblePositions, type Desk, type Sight } from '../visibility/desk.ts';

/** One CVE as one image has it: aggregates over the rows of that image alone. */
export interface ImageFinding {
  readonly cve: number;
  /** Its rows in the snapshot. */
  readonly start: number;
  readonly end: number;
  readonly severity: number;
  readonly cvss: number;
  readonly epss: number;
  readonly impact: number;
  readonly fixable: boolean;
  readonly kev: boolean;
  /** Epoch seconds; 0 unknown. */
  readonly firstSeen: number;
  readonly published: number;
}

/** Decides which CVEs of an image count: visible as in the list, and passing the filters by the image's own values. */
export interface ImageFindingTest {
  readonly visible: Uint8Array;
  /** Null where every visible one passes. */
  readonly passes: ((finding: ImageFinding) => boolean) | null;
}

/**
 * Compiles the filters for a sight. Thresholds were decided per CVE over the whole scope, as in the list. A search is taken for CVE ids and
 * components here; for an image that it found by name or by deployment, leave it out of the filters.
 */
export function imageFindingTest(desk: Desk, sight: Sight, filters: FindingFilters): ImageFindingTest {
  const visible = new Uint8Array(stringCount(desk.snapshot.cves));
  for (const position of visiblePositions(sight, filters.show_suppressed)) {
    visible[sight.view.cves[position]!] = 1;
  }
  const tests = valueTests(filters);
  const text = textTest(desk, sight, filters);
  if (text !== null) {
    tests.push(text);
  }
  return { visible, passes: tests.length === 0 ? null : (finding) => tests.every((test) => test(finding)) };
}

function valueTests(filters: FindingFilters): ((finding: ImageFinding) => boolean)[] {
  const tests: ((finding: ImageFinding) => boolean)[] = [];
  const severities = wantedSeverities(filters.severity);
  if (severities !== null) {
    tests.push((finding) => severities.has(finding.severity));
  }
  if (filters.fixable !== undefined) {
    tests.push((finding) => finding.fixable === filters.fixable);
  }
  if (filters.cvss_min !== undefined) {
    tests.push((finding) => reachesLimit(finding.cvss, filters.cvss_min!));
  }
  if (filters.epss_min !== undefined) {
    tests.push((finding) => reachesLimit(finding.epss, filters.epss_min!));
  }
  return tests;
}

/** Null where nothing of the kind is asked. */
function textTest(desk: Desk, sight: Sight, filters: FindingFilters): ((finding: ImageFinding) => boolean) | null {
  const { snapshot, lexicon, ledger } = desk;
  const search = parseSearch(filters.search);
  const searched = search === null ? null : componentsSearched(desk, search);
  const wanted = filters.component ? lexicon.componentsContaining(filters.component) : null;
  if (search === null && wanted === null && filters.kev === undefined) {
    return null;
  }
  const holds = ({ start, end }: ImageFinding, components: Uint8Array | null) => {
    for (let row = start; row < end; row += 1) {
      const word = snapshot.rowComponent[row]!;
      if (components?.[word & componentMask] === 1 && isInStates(word, sight.view.states)) {
        return true;
      }
    }
    return false;
  };
  return (finding) =>
    (search === null || isIdSearched(search, lexicon.cves[finding.cve]!) || holds(finding, searched)) &&
    (wanted === null || holds(finding, wanted)) &&
    (filters.kev === undefined || (finding.kev || ledger.knownExploited.has(finding.cve)) === filters.kev);
}

/**
 * Visits the CVEs of a segment that count, in snapshot order. A fleet has millions of them, so the finding is one object that
 * is filled anew for each: copy what is to be kept.
 */
export function eachImageFinding(
  desk: Desk,
  sight: Sight,
  { segment, test, visit }: { segment: number; test: ImageFindingTest; visit: (finding: ImageFinding) => void },
): void {
  const { segmentStart, rowFact, factCve } = desk.snapshot;
  const finding = emptyFinding();
  const last = segmentStart[segment + 1]!;
  let start = segmentStart[segment]!;
  while (start < last) {
    const cve = factCve[rowFact[start]!]!;
    let end = start + 1;
    while (end < last && factCve[rowFact[end]!] === cve) {
      end += 1;
    }
    if (test.visible[cve] === 1) {
      finding.cve = cve;
      finding.start = start;
      finding.end = end;
      if (aggregateRows(desk.snapshot, sight.view.states, finding) && (test.passes?.(finding) ?? true)) {
        visit(finding);
      }
    }
    start = end;
  }
}

type MutableFinding = { -readonly [K in keyof ImageFinding]: ImageFinding[K] };

/** Fractions from the beginning, so that the engine never has to change the shape of the fields that hold them. */
function emptyFinding(): MutableFinding {
  const words = { cve: 0, start: 0, end: 0, severity: 0, firstSeen: 0, published: 0 };
  return { ...words, cvss: 0.5, epss: 0.5, impact: 0.5, fixable: false, kev: false };
}

/** Fills in the worst of the rows in the states looked at; false where there is none. */
function aggregateRows(snapshot: Snapshot, states: StateMask, finding: MutableFinding): boolean {
  const { rowFact, rowComponent, rowFirstSeen, factFlags, factCvss, factEpss, factImpact, factPublished } = snapshot;
  let counted = false;
  let flags = 0;
  let [severity, cvss, epss, impact, firstSeen, published] = [0, 0, 0, 0, 0, 0];
  for (let row = finding.start; row < finding.end; row += 1) {
    if (!isInStates(rowComponent[row]!, states)) {
      continue;
    }
    counted = true;
    const fact = rowFact[row]!;
    flags |= factFlags[fact]!;
    severity = Math.max(severity, factFlags[fact]! & severityMask);
    cvss = Math.max(cvss, factCvss[fact]!);
    epss = Math.max(epss, factEpss[fact]!);
    impact = Math.max(impact, factImpact[fact]!);
    firstSeen = earlier(firstSeen, rowFirstSeen[row]!);
    published = earlier(published, factPublished[fact]!);
  }
  finding.severity = severity;
  finding.cvss = cvss;
  finding.epss = epss;
  finding.impact = impact;
  finding.firstSeen = firstSeen;
  finding.published = published;
  finding.fixable = (flags & fixableFlag) !== 0;
  finding.kev = (flags & kevFlag) !== 0;
  return counted;
}
