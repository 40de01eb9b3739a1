import type { Snapshot } from '../findings/snapshot.ts';
import type { ScopeView } from './aggregate.ts';
import type { Ledger } from './ledger.ts';
import { eachOccurrence } from './occurrences.ts';

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

/** The coverage of every CVE of a view that any rule concerns; all others are wholly uncovered. */
export function measureCoverage(snapshot: Snapshot, ledger: Ledger, view: ScopeView): ReadonlyMap<number, Coverage> {
  const book = ledger.suppressions;
  const coverage = new Map<number, Coverage>();
  if (book.candidates.size === 0) {
    return coverage;
  }
  for (const cve of view.cves) {
    if (book.candidates.has(cve)) {
      const measured = coverageOf(snapshot, ledger, { cve, view });
      if (measured.approved > 0 || measured.requested > 0) {
        coverage.set(cve, measured);
      }
    }
  }
  return coverage;
}

/** The coverage of one CVE in one scope. */
export function coverageOf(
  snapshot: Snapshot,
  ledger: Ledger,
  { cve, view }: { readonly cve: number; readonly view: Pick<ScopeView, 'scope' | 'states'> },
): Coverage {
  const { rules, componentOf } = ledger.suppressions;
  let total = 0;
  let approved = 0;
  let requested = 0;
  eachOccurrence(snapshot, { cve, scope: view.scope, states: view.states }, ({ pair, name, version }) => {
    const component = componentOf(name, version);
    const covering = rules.filter((rule) => rule.covers(cve, pair, component));
    total += 1;
    approved += covering.some((rule) => rule.status === 'approved') ? 1 : 0;
    requested += covering.some((rule) => rule.status === 'requested') ? 1 : 0;
  });
  return { total, approved, requested };
}

/** The rules that cover at least one occurrence, for explanations. */
export function coveringRules(
  snapshot: Snapshot,
  ledger: Ledger,
  { cve, view }: { readonly cve: number; readonly view: Pick<ScopeView, 'scope' | 'states'> },
): string[] {
  const { rules, componentOf } = ledger.suppressions;
  const found = new Set<string>();
  eachOccurrence(snapshot, { cve, scope: view.scope, states: view.states }, ({ pair, name, version }) => {
    const component = componentOf(name, version);
    rules.filter((rule) => rule.covers(cve, pair, component)).forEach((rule) => found.add(rule.id));
  });
  return [...found];
}
