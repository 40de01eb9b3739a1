import { componentMask, stateShift } from '../findings/layout.ts';
import { endOfCve, type Snapshot } from '../findings/snapshot.ts';
import type { StateMask } from './aggregate.ts';
import type { Scope } from './scope.ts';

/** A CVE in a component (name and version) of something that runs in a pair. */
export interface Occurrence {
  readonly pair: number;
  /** One of the components with that name and version. */
  readonly component: number;
}

/** Which CVE, seen from where. */
export interface OccurrenceQuestion {
  readonly cve: number;
  readonly scope: Scope;
  readonly states: StateMask;
  /** 1 for each segment that runs in the scope, where that is known already. */
  readonly segments?: Uint8Array;
}

/** Visits every distinct (pair, component name, version) of a CVE within a scope once. */
export function eachOccurrence(
  snapshot: Snapshot,
  question: OccurrenceQuestion,
  visit: (occurrence: Occurrence) => void,
): void {
  const { segmentPairStart, segmentPairs } = snapshot;
  const numbers = new Map<number, number>();
  const seen = new Map<number, Set<number>>();
  eachSegmentOfCve(snapshot, question, (segment, start, end) => {
    const components = componentsOfRows(snapshot, { start, end, states: question.states }, numbers);
    for (let at = segmentPairStart[segment]!; at < segmentPairStart[segment + 1]!; at += 1) {
      const pair = segmentPairs[at]!;
      if (question.scope.pairs[pair] === 0) {
        continue;
      }
      for (const [number, component] of components) {
        const pairs = seen.get(number) ?? new Set<number>();
        if (!pairs.has(pair)) {
          seen.set(number, pairs.add(pair));
          visit({ pair, component });
        }
      }
    }
  });
}

/** The distinct (name, version) of some rows, numbered in `numbers`, each with one component that has them. */
function componentsOfRows(
  snapshot: Snapshot,
  rows: { readonly start: number; readonly end: number; readonly states: StateMask },
  numbers: Map<number, number>,
): ReadonlyMap<number, number> {
  const components = new Map<number, number>();
  const texts = snapshot.texts.ends.length;
  for (let row = rows.start; row < rows.end; row += 1) {
    const word = snapshot.rowComponent[row]!;
    if (((1 << (word >>> stateShift)) & rows.states) === 0) {
      continue;
    }
    const component = word & componentMask;
    const key = snapshot.componentName[component]! * texts + snapshot.componentVersion[component]!;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    components.set(number, component);
  }
  return components;
}

/**
 * Visits every segment that holds the CVE in a considered state and runs in the scope, with its
 * range of rows of that CVE (some of which may be in other states).
 */
export function eachSegmentOfCve(
  snapshot: Snapshot,
  { cve, scope, states, segments }: OccurrenceQuestion,
  visit: (segment: number, start: number, end: number) => void,
): void {
  for (let at = snapshot.cveSegmentStart[cve]!; at < snapshot.cveSegmentStart[cve + 1]!; at += 1) {
    const segment = snapshot.cveSegments[at]!;
    if (segments === undefined ? !runsInScope(snapshot, segment, scope) : segments[segment] === 0) {
      continue;
    }
    const start = snapshot.cveRows[at]!;
    const end = endOfCve(snapshot, segment, start);
    for (let row = start; row < end; row += 1) {
      if (((1 << (snapshot.rowComponent[row]! >>> stateShift)) & states) !== 0) {
        visit(segment, start, end);
        break;
      }
    }
  }
}

/** The pairs of a scope in which a CVE occurs, as indices in ascending order. */
export function pairsOfCve(snapshot: Snapshot, question: OccurrenceQuestion): number[] {
  const pairs = new Set<number>();
  eachSegmentOfCve(snapshot, question, (segment) => {
    for (let at = snapshot.segmentPairStart[segment]!; at < snapshot.segmentPairStart[segment + 1]!; at += 1) {
      const pair = snapshot.segmentPairs[at]!;
      if (question.scope.pairs[pair] === 1) {
        pairs.add(pair);
      }
    }
  });
  return [...pairs].toSorted((a, b) => a - b);
}

function runsInScope(snapshot: Snapshot, segment: number, scope: Scope): boolean {
  for (let at = snapshot.segmentPairStart[segment]!; at < snapshot.segmentPairStart[segment + 1]!; at += 1) {
    if (scope.pairs[snapshot.segmentPairs[at]!] === 1) {
      return true;
    }
  }
  return false;
}
