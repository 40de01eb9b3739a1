import { componentMask, stateShift } from '../findings/layout.ts';
import { endOfCve, type Snapshot } from '../findings/snapshot.ts';
import type { ScopeView } from './aggregate.ts';
import { approvedMark, markOf, requestedMark, type CompiledSuppression, type Ledger } from './ledger.ts';
import { eachOccurrence } from './occurrences.ts';
import type { Scope } from './scope.ts';

/** How much of a CVE, within one scope, suppression rules cover. Counts of distinct occurrences. */
export interface Coverage {
  readonly total: number;
  /** Covered by approved rules. */
  readonly approved: number;
  /** Covered by rules that still wait for review. */
  readonly requested: number;
}

/** Suppressed means: there is something to suppress, and nothing of it is left uncovered. */
export function isSuppressed(coverage: Coverage | undefined): boolean {
  return coverage !== undefined && coverage.total > 0 && coverage.approved === coverage.total;
}

/** The same for rules that nobody has reviewed yet: a marker, never a reason to hide. */
export function isSuppressionRequested(coverage: Coverage | undefined): boolean {
  return coverage !== undefined && coverage.total > 0 && coverage.requested === coverage.total;
}

/** What rules cover of the CVEs of one view. Whether a CVE is hidden is asked of all of them, counts of the few on a page. */
export interface CoverageBook {
  /** Whether approved rules leave nothing of the CVE uncovered. */
  isSuppressed(cve: number): boolean;
  /** Counted at the first call; undefined where no rule covers any occurrence. */
  get(cve: number): Coverage | undefined;
}

/** The coverage of the CVEs of a view. */
export function coverageBook(snapshot: Snapshot, ledger: Ledger, view: ScopeView): CoverageBook {
  const { candidates } = ledger.suppressions;
  const counted = new Map<number, Coverage | undefined>();
  return {
    isSuppressed: (cve) => candidates.has(cve) && isWhollyApproved(snapshot, ledger, { cve, view }),
    get(cve) {
      if (!candidates.has(cve)) {
        return undefined;
      }
      if (!counted.has(cve)) {
        const measured = coverageOf(snapshot, ledger, { cve, view });
        counted.set(cve, measured.approved > 0 || measured.requested > 0 ? measured : undefined);
      }
      return counted.get(cve);
    },
  };
}

/**
 * The same as `isSuppressed(coverageOf(…))`, without counting: the first row that no approved rule covers ends it. A CVE of
 * the view occurs in it, so there is something to suppress.
 */
function isWhollyApproved(
  snapshot: Snapshot,
  { suppressions }: Ledger,
  { cve, view }: { readonly cve: number; readonly view: ScopeView },
): boolean {
  const ofCve = (suppressions.rulesOfCve.get(cve) ?? []).filter((rule) => rule.status === 'approved');
  for (let at = snapshot.cveSegmentStart[cve]!; at < snapshot.cveSegmentStart[cve + 1]!; at += 1) {
    const segment = snapshot.cveSegments[at]!;
    if (view.segments[segment] === 0) {
      continue;
    }
    const start = snapshot.cveRows[at]!;
    const end = endOfCve(snapshot, segment, start);
    for (let row = start; row < end; row += 1) {
      const word = snapshot.rowComponent[row]!;
      const counts = ((1 << (word >>> stateShift)) & view.states) !== 0;
      if (counts && (suppressions.componentMarks[word & componentMask]! & approvedMark) === 0) {
        if (!coversPairs(snapshot, ofCve, { cve, segment, scope: view.scope })) {
          return false;
        }
        break;
      }
    }
  }
  return true;
}

function coversPairs(
  snapshot: Snapshot,
  rules: readonly CompiledSuppression[],
  { cve, segment, scope }: { readonly cve: number; readonly segment: number; readonly scope: Scope },
): boolean {
  for (let at = snapshot.segmentPairStart[segment]!; at < snapshot.segmentPairStart[segment + 1]!; at += 1) {
    const pair = snapshot.segmentPairs[at]!;
    if (scope.pairs[pair] === 1 && !rules.some((rule) => rule.covers(cve, pair, noComponent))) {
      return false;
    }
  }
  return true;
}

/** Rules for a CVE do not look at the component. */
const noComponent = -1;

/** The coverage of one CVE in one scope. */
export function coverageOf(
  snapshot: Snapshot,
  ledger: Ledger,
  { cve, view }: { readonly cve: number; readonly view: Pick<ScopeView, 'scope' | 'states' | 'segments'> },
): Coverage {
  const { rulesOfCve, componentMarks } = ledger.suppressions;
  const ofCve = rulesOfCve.get(cve) ?? [];
  let total = 0;
  let approved = 0;
  let requested = 0;
  eachOccurrence(snapshot, { cve, ...view }, ({ pair, component }) => {
    let marks = componentMarks[component]!;
    for (const rule of ofCve) {
      if (rule.covers(cve, pair, component)) {
        marks |= markOf(rule.status);
      }
    }
    total += 1;
    approved += Number((marks & approvedMark) !== 0);
    requested += Number((marks & requestedMark) !== 0);
  });
  return { total, approved, requested };
}

/** The rules that cover at least one occurrence, for explanations. */
export function coveringRules(
  snapshot: Snapshot,
  ledger: Ledger,
  { cve, view }: { readonly cve: number; readonly view: Pick<ScopeView, 'scope' | 'states' | 'segments'> },
): string[] {
  const { rules } = ledger.suppressions;
  const found = new Set<string>();
  eachOccurrence(snapshot, { cve, ...view }, ({ pair, component }) => {
    rules.filter((rule) => rule.covers(cve, pair, component)).forEach((rule) => found.add(rule.id));
  });
  return [...found];
}
