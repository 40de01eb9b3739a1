import { fixableFlag, kevFlag, severityMask, stateShift } from '../findings/layout.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { stringCount } from '../findings/string-table.ts';
import { wholeKey, type Scope } from './scope.ts';
import { segmentUse, type SegmentUse } from './segment-use.ts';

/** Bits of the exception states a question takes into account: 1 observed, 2 deferred, 4 false positive. */
export type StateMask = number;
export const observedOnly: StateMask = 0b001;
export const anyState: StateMask = 0b111;

/**
 * Every CVE of a scope with its aggregates over the occurrences in scope, as parallel columns
 * ascending by CVE index. Severity, scores: the maximum; first seen, published: the minimum (epoch
 * seconds, 0 unknown); images, deployments: how many distinct ones.
 */
export interface ScopeView {
  readonly scope: Scope;
  readonly states: StateMask;
  readonly cves: Uint32Array;
  readonly severity: Uint8Array;
  readonly cvss: Float32Array;
  readonly epss: Float32Array;
  readonly impact: Float32Array;
  readonly firstSeen: Uint32Array;
  readonly published: Uint32Array;
  readonly fixable: Uint8Array;
  readonly kev: Uint8Array;
  /** Which states occur, as bits of a mask. */
  readonly stateBits: Uint8Array;
  readonly images: Uint32Array;
  readonly deployments: Uint32Array;
  /** 1 for each segment that runs in the scope. */
  readonly segments: Uint8Array;
}

/** One column per aggregate over all CVE indices; reused between questions and wiped behind each. */
class Columns {
  readonly severity: Uint8Array;
  readonly cvss: Float32Array;
  readonly epss: Float32Array;
  readonly impact: Float32Array;
  readonly firstSeen: Uint32Array;
  readonly published: Uint32Array;
  readonly fixable: Uint8Array;
  readonly kev: Uint8Array;
  readonly stateBits: Uint8Array;
  readonly images: Uint32Array;
  readonly deployments: Uint32Array;
  readonly mark: Uint32Array;
  readonly counted: Uint32Array;
  readonly all: readonly Column[];

  constructor(cves: number) {
    this.severity = new Uint8Array(cves);
    this.cvss = new Float32Array(cves);
    this.epss = new Float32Array(cves);
    this.impact = new Float32Array(cves);
    this.firstSeen = new Uint32Array(cves);
    this.published = new Uint32Array(cves);
    this.fixable = new Uint8Array(cves);
    this.kev = new Uint8Array(cves);
    this.stateBits = new Uint8Array(cves);
    this.images = new Uint32Array(cves);
    this.deployments = new Uint32Array(cves);
    this.mark = new Uint32Array(cves);
    this.counted = new Uint32Array(cves);
    this.all = Object.values(this).filter((column): column is Column => ArrayBuffer.isView(column));
  }
}

/**
 * Aggregates scopes of one snapshot. Holds scratch columns, so one aggregator serves one thread;
 * what it returns is independent of it.
 */
export class Aggregator {
  readonly #snapshot: Snapshot;
  readonly #columns: Columns;
  readonly #factSeen: Uint8Array;
  /** The facts met, in order of appearance. */
  readonly #facts: Uint32Array;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.#columns = new Columns(stringCount(snapshot.cves));
    this.#factSeen = new Uint8Array(snapshot.factCve.length);
    this.#facts = new Uint32Array(snapshot.factCve.length);
  }

  /** The aggregates of every CVE with at least one occurrence in `scope` whose state is in `states`. */
  view(scope: Scope, states: StateMask): ScopeView {
    const use = segmentUse(this.#snapshot, scope);
    let met = 0;
    for (const segment of use.segments) {
      met = this.#readRows(use, { segment, states, met });
    }
    const cves = this.#foldFacts(met);
    this.#countSharedDeployments(use, states);
    const view = this.#compact({ scope, states, segments: flagsOf(use.images) }, cves);
    this.#wipe(met);
    return view;
  }

  /**
   * First pass, of one segment: which facts occur, and what depends on the row (first seen, state, counts). Returns how many
   * facts were met so far. The hottest loop of every first answer, so it works on variables instead of fields.
   */
  #readRows(use: SegmentUse, { segment, states, met }: { segment: number; states: StateMask; met: number }): number {
    const { segmentStart, segmentStates, rowFact, rowComponent, rowFirstSeen, factCve } = this.#snapshot;
    const { firstSeen, stateBits, images, deployments } = this.#columns;
    const factSeen = this.#factSeen;
    const facts = this.#facts;
    const ofSegment = segmentStates[segment]!;
    const isMixed = (ofSegment & (ofSegment - 1)) !== 0;
    const segmentImages = use.images[segment]!;
    const leading = use.leading[segment]!;
    const end = (ofSegment & states) === 0 ? 0 : segmentStart[segment + 1]!;
    let count = met;
    let previous = -1;
    for (let row = segmentStart[segment]!; row < end; row += 1) {
      const state = isMixed ? 1 << (rowComponent[row]! >>> stateShift) : ofSegment;
      if ((state & states) === 0) {
        continue;
      }
      const fact = rowFact[row]!;
      const cve = factCve[fact]!;
      if (factSeen[fact] === 0) {
        factSeen[fact] = 1;
        facts[count] = fact;
        count += 1;
      }
      const seen = rowFirstSeen[row]!;
      const known = firstSeen[cve]!;
      if (seen !== 0 && (known === 0 || seen < known)) {
        firstSeen[cve] = seen;
      }
      if (cve !== previous) {
        previous = cve;
        images[cve]! += segmentImages;
        deployments[cve]! += leading;
      }
      stateBits[cve]! |= state;
    }
    return count;
  }

  /** Second pass: maxima over distinct facts, of which there are far fewer than rows. */
  #foldFacts(met: number): Uint32Array {
    const { factCve, factFlags, factCvss, factEpss, factImpact, factPublished } = this.#snapshot;
    const { mark, severity, cvss, epss, impact, fixable, kev, published } = this.#columns;
    let count = 0;
    for (let at = 0; at < met; at += 1) {
      const fact = this.#facts[at]!;
      const cve = factCve[fact]!;
      const flags = factFlags[fact]!;
      count += 1 - mark[cve]!;
      mark[cve] = 1;
      severity[cve] = Math.max(severity[cve]!, flags & severityMask);
      cvss[cve] = Math.max(cvss[cve]!, factCvss[fact]!);
      epss[cve] = Math.max(epss[cve]!, factEpss[fact]!);
      impact[cve] = Math.max(impact[cve]!, factImpact[fact]!);
      fixable[cve]! |= Number((flags & fixableFlag) !== 0);
      kev[cve]! |= Number((flags & kevFlag) !== 0);
      const since = factPublished[fact]!;
      if (since !== 0 && (published[cve] === 0 || since < published[cve]!)) {
        published[cve] = since;
      }
    }
    return positionsOf(mark, count);
  }

  /**
   * A deployment that runs several segments counts once for a CVE, however many of them hold it. The first pass has counted it for
   * its largest segment; here it counts for what the smaller ones hold and the largest does not. Side-cars are in thousands of
   * sets, so the CVEs of a largest segment are marked once for all of them.
   */
  #countSharedDeployments(use: SegmentUse, states: StateMask): void {
    const { mark, counted, deployments } = this.#columns;
    const { segmentStart, segmentStates, rowFact, rowComponent, factCve } = this.#snapshot;
    const isPure = (segment: number) => (segmentStates[segment]! & ~states) === 0;
    let stamp = 1;
    let setStamp = 0;
    for (const [largest, sets] of use.together) {
      stamp += 1;
      const takesLargest = isPure(largest);
      for (let row = segmentStart[largest]!; row < segmentStart[largest + 1]!; row += 1) {
        if (takesLargest || ((1 << (rowComponent[row]! >>> stateShift)) & states) !== 0) {
          mark[factCve[rowFact[row]!]!] = stamp;
        }
      }
      for (const set of sets.values()) {
        setStamp += 1;
        for (const segment of set.smaller) {
          const takesAll = isPure(segment);
          for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
            if (takesAll || ((1 << (rowComponent[row]! >>> stateShift)) & states) !== 0) {
              const cve = factCve[rowFact[row]!]!;
              if (mark[cve] !== stamp && counted[cve] !== setStamp) {
                counted[cve] = setStamp;
                deployments[cve]! += set.deployments;
              }
            }
          }
        }
      }
    }
  }

  #compact(of: Pick<ScopeView, 'scope' | 'states' | 'segments'>, cves: Uint32Array): ScopeView {
    const columns = this.#columns;
    return {
      ...of,
      cves,
      severity: gather(columns.severity, cves, new Uint8Array(cves.length)),
      cvss: gather(columns.cvss, cves, new Float32Array(cves.length)),
      epss: gather(columns.epss, cves, new Float32Array(cves.length)),
      impact: gather(columns.impact, cves, new Float32Array(cves.length)),
      firstSeen: gather(columns.firstSeen, cves, new Uint32Array(cves.length)),
      published: gather(columns.published, cves, new Uint32Array(cves.length)),
      fixable: gather(columns.fixable, cves, new Uint8Array(cves.length)),
      kev: gather(columns.kev, cves, new Uint8Array(cves.length)),
      stateBits: gather(columns.stateBits, cves, new Uint8Array(cves.length)),
      images: gather(columns.images, cves, new Uint32Array(cves.length)),
      deployments: gather(columns.deployments, cves, new Uint32Array(cves.length)),
    };
  }

  #wipe(met: number): void {
    for (let at = 0; at < met; at += 1) {
      this.#factSeen[this.#facts[at]!] = 0;
    }
    for (const column of this.#columns.all) {
      column.fill(0);
    }
  }
}

/**
 * The view of everything that runs, in shared memory: worked out once where a version is loaded, so that nobody who sees everything waits for it and no
 * thread works it out twice.
 */
export function wholeView(snapshot: Snapshot): ScopeView {
  const pairs = new Uint8Array(snapshot.pairCluster.length).fill(1);
  const scope = { key: wholeKey, pairs, pairCount: pairs.length };
  const view = new Aggregator(snapshot).view(scope, observedOnly);
  return Object.fromEntries(
    Object.entries(view).map(([name, value]) => [name, ArrayBuffer.isView(value) ? shared(value as Column) : value]),
  ) as unknown as ScopeView;
}

function shared<T extends Column>(column: T): T {
  const copy = new SharedArrayBuffer(column.byteLength);
  new Uint8Array(copy).set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return Reflect.construct(column.constructor, [copy]) as T;
}

type Column = Uint8Array | Uint32Array | Float32Array;

function gather<T extends Column>(from: T, cves: Uint32Array, to: T): T {
  for (let at = 0; at < cves.length; at += 1) {
    to[at] = from[cves[at]!]!;
  }
  return to;
}

/** Where `mark` is not 0, ascending. */
function positionsOf(mark: Uint32Array, count: number): Uint32Array {
  const positions = new Uint32Array(count);
  let next = 0;
  for (let at = 0; next < count; at += 1) {
    if (mark[at] !== 0) {
      positions[next] = at;
      next += 1;
    }
  }
  return positions;
}

function flagsOf(counts: Uint32Array): Uint8Array {
  const flags = new Uint8Array(counts.length);
  for (let at = 0; at < flags.length; at += 1) {
    flags[at] = Number(counts[at] !== 0);
  }
  return flags;
}
