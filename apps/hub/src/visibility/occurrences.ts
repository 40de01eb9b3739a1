import { componentMask, stateShift } from '../findings/layout.ts';
import { rowsOfCve, type Snapshot } from '../findings/snapshot.ts';
import type { StateMask } from './aggregate.ts';
import type { Scope } from './scope.ts';

/** A CVE in a component (name and version, as text indices) of something that runs in a pair. */
export interface Occurrence {
  readonly pair: number;
  readonly name: number;
  readonly version: number;
}

/** Which CVE, seen from where. */
export interface OccurrenceQuestion {
  readonly cve: number;
  readonly scope: Scope;
  readonly states: StateMask;
}

/** Visits every distinct (pair, component name, version) of a CVE within a scope once. */
export function eachOccurrence(
  snapshot: Snapshot,
  question: OccurrenceQuestion,
  visit: (occurrence: Occurrence) => void,
): void {
  const seen = new Map<number, Set<string>>();
  eachSegmentOfCve(snapshot, question, (segment, start, end) => {
    const components = componentsOfRows(snapshot, { start, end, states: question.states });
    for (let at = snapshot.segmentPairStart[segment]!; at < snapshot.segmentPairStart[segment + 1]!; at += 1) {
      const pair = snapshot.segmentPairs[at]!;
      if (question.scope.pairs[pair] === 0) {
        continue;
      }
      const ofPair = seen.get(pair) ?? new Set<string>();
      seen.set(pair, ofPair);
      for (const [key, name, version] of components) {
        if (!ofPair.has(key)) {
          ofPair.add(key);
          visit({ pair, name, version });
        }
      }
    }
  });
}

function componentsOfRows(
  snapshot: Snapshot,
  rows: { readonly start: number; readonly end: number; readonly states: StateMask },
): [key: string, name: number, version: number][] {
  const components = new Map<string, [string, number, number]>();
  for (let row = rows.start; row < rows.end; row += 1) {
    const word = snapshot.rowComponent[row]!;
    if (((1 << (word >>> stateShift)) & rows.states) === 0) {
      continue;
    }
    const name = snapshot.componentName[word & componentMask]!;
    const version = snapshot.componentVersion[word & componentMask]!;
    const key = `${name}:${version}`;
    components.set(key, [key, name, version]);
  }
  return [...components.values()];
}

/**
 * Visits every segment that holds the CVE in a considered state and runs in the scope, with its
 * range of rows of that CVE (some of which may be in other states).
 */
export function eachSegmentOfCve(
  snapshot: Snapshot,
  { cve, scope, states }: OccurrenceQuestion,
  visit: (segment: number, start: number, end: number) => void,
): void {
  for (let at = snapshot.cveSegmentStart[cve]!; at < snapshot.cveSegmentStart[cve + 1]!; at += 1) {
    const segment = snapshot.cveSegments[at]!;
    if (!runsInScope(snapshot, segment, scope)) {
      continue;
    }
    const { start, end } = rowsOfCve(snapshot, segment, cve);
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
