import { fixableFlag, kevFlag, severityMask, stateShift } from '../findings/layout.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { stringCount } from '../findings/string-table.ts';
import type { Scope } from './scope.ts';

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

/** Which segments a scope runs, in how many images, and by which deployments. */
interface SegmentUse {
  readonly segments: readonly number[];
  /** Images of the segment that a deployment in scope runs. */
  readonly images: Uint32Array;
  /** Deployments in scope of which this is the largest segment, or the only one. */
  readonly leading: Uint32Array;
  /** By largest segment: the sets of smaller ones that deployments run beside it, with how many do. */
  readonly together: ReadonlyMap<number, ReadonlyMap<string, SmallerSegments>>;
}

interface SmallerSegments {
  readonly smaller: readonly number[];
  deployments: number;
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

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.#columns = new Columns(stringCount(snapshot.cves));
    this.#factSeen = new Uint8Array(snapshot.factCve.length);
  }

  /** The aggregates of every CVE with at least one occurrence in `scope` whose state is in `states`. */
  view(scope: Scope, states: StateMask): ScopeView {
    const use = segmentUse(this.#snapshot, scope);
    const facts = this.#readRows(use, states);
    const cves = this.#foldFacts(facts);
    this.#countSharedDeployments(use, states);
    const view = this.#compact(
      { scope, states, segments: Uint8Array.from(use.images, (images) => Math.min(1, images)) },
      cves,
    );
    this.#wipe(facts, cves);
    return view;
  }

  /** First pass: which facts occur, and what depends on the row (first seen, state, counts). */
  #readRows(use: SegmentUse, states: StateMask): number[] {
    const { segmentStart, rowFact, rowComponent, rowFirstSeen, factCve } = this.#snapshot;
    const { firstSeen, stateBits, images, deployments } = this.#columns;
    const factSeen = this.#factSeen;
    const facts: number[] = [];
    for (const segment of use.segments) {
      const segmentImages = use.images[segment]!;
      const leading = use.leading[segment]!;
      let previous = -1;
      const end = segmentStart[segment + 1]!;
      for (let row = segmentStart[segment]!; row < end; row += 1) {
        const state = 1 << (rowComponent[row]! >>> stateShift);
        if ((state & states) === 0) {
          continue;
        }
        const fact = rowFact[row]!;
        if (factSeen[fact] === 0) {
          factSeen[fact] = 1;
          facts.push(fact);
        }
        const cve = factCve[fact]!;
        stateBits[cve]! |= state;
        const seen = rowFirstSeen[row]!;
        if (seen !== 0 && (firstSeen[cve] === 0 || seen < firstSeen[cve]!)) {
          firstSeen[cve] = seen;
        }
        if (cve !== previous) {
          previous = cve;
          images[cve]! += segmentImages;
          deployments[cve]! += leading;
        }
      }
    }
    return facts;
  }

  /** Second pass: maxima over distinct facts, of which there are far fewer than rows. */
  #foldFacts(facts: readonly number[]): Uint32Array {
    const { factCve, factFlags, factCvss, factEpss, factImpact, factPublished } = this.#snapshot;
    const columns = this.#columns;
    const cves: number[] = [];
    for (const fact of facts) {
      const cve = factCve[fact]!;
      const flags = factFlags[fact]!;
      if (columns.mark[cve] === 0) {
        columns.mark[cve] = 1;
        cves.push(cve);
      }
      columns.severity[cve] = Math.max(columns.severity[cve]!, flags & severityMask);
      columns.cvss[cve] = Math.max(columns.cvss[cve]!, factCvss[fact]!);
      columns.epss[cve] = Math.max(columns.epss[cve]!, factEpss[fact]!);
      columns.impact[cve] = Math.max(columns.impact[cve]!, factImpact[fact]!);
      if ((flags & fixableFlag) !== 0) {
        columns.fixable[cve] = 1;
      }
      if ((flags & kevFlag) !== 0) {
        columns.kev[cve] = 1;
      }
      const published = factPublished[fact]!;
      if (published !== 0 && (columns.published[cve] === 0 || published < columns.published[cve]!)) {
        columns.published[cve] = published;
      }
    }
    return Uint32Array.from(cves).sort();
  }

  /**
   * A deployment that runs several segments counts once for a CVE, however many of them hold it. The first pass has counted it for
   * its largest segment; here it counts for what the smaller ones hold and the largest does not. Side-cars are in thousands of
   * sets, so the CVEs of a largest segment are marked once for all of them.
   */
  #countSharedDeployments(use: SegmentUse, states: StateMask): void {
    const { mark, counted, deployments } = this.#columns;
    let stamp = 1;
    let setStamp = 0;
    for (const [largest, sets] of use.together) {
      stamp += 1;
      this.#eachCve(largest, states, (cve) => {
        mark[cve] = stamp;
      });
      for (const set of sets.values()) {
        setStamp += 1;
        for (const segment of set.smaller) {
          this.#eachCve(segment, states, (cve) => {
            if (mark[cve] !== stamp && counted[cve] !== setStamp) {
              counted[cve] = setStamp;
              deployments[cve]! += set.deployments;
            }
          });
        }
      }
    }
  }

  /** Visits the CVEs a segment holds in one of the states; a CVE of several rows may come several times. */
  #eachCve(segment: number, states: StateMask, visit: (cve: number) => void): void {
    const { segmentStart, rowFact, rowComponent, factCve } = this.#snapshot;
    const end = segmentStart[segment + 1]!;
    for (let row = segmentStart[segment]!; row < end; row += 1) {
      if (((1 << (rowComponent[row]! >>> stateShift)) & states) !== 0) {
        visit(factCve[rowFact[row]!]!);
      }
    }
  }

  #compact(of: Pick<ScopeView, 'scope' | 'states' | 'segments'>, cves: Uint32Array): ScopeView {
    const columns = this.#columns;
    const view: ScopeView = {
      ...of,
      cves,
      severity: new Uint8Array(cves.length),
      cvss: new Float32Array(cves.length),
      epss: new Float32Array(cves.length),
      impact: new Float32Array(cves.length),
      firstSeen: new Uint32Array(cves.length),
      published: new Uint32Array(cves.length),
      fixable: new Uint8Array(cves.length),
      kev: new Uint8Array(cves.length),
      stateBits: new Uint8Array(cves.length),
      images: new Uint32Array(cves.length),
      deployments: new Uint32Array(cves.length),
    };
    const names = [
      'severity',
      'cvss',
      'epss',
      'impact',
      'firstSeen',
      'published',
      'fixable',
      'kev',
      'stateBits',
      'images',
      'deployments',
    ] as const;
    for (const name of names) {
      const from = columns[name];
      const to = view[name];
      for (let at = 0; at < cves.length; at += 1) {
        to[at] = from[cves[at]!]!;
      }
    }
    return view;
  }

  #wipe(facts: readonly number[], cves: Uint32Array): void {
    for (const fact of facts) {
      this.#factSeen[fact] = 0;
    }
    for (const column of Object.values(this.#columns) as (Uint8Array | Uint32Array | Float32Array)[]) {
      for (const cve of cves) {
        column[cve] = 0;
      }
    }
  }
}

/** Which segments the deployments of a scope run. Deployments with the same set of segments are counted together. */
function segmentUse(snapshot: Snapshot, scope: Scope): SegmentUse {
  const { pairStart, deploymentImageStart, deploymentImages, imageSegment, segmentStart } = snapshot;
  const segmentCount = segmentStart.length - 1;
  const images = new Uint32Array(segmentCount);
  const leading = new Uint32Array(segmentCount);
  const imageSeen = new Uint8Array(imageSegment.length);
  const segments: number[] = [];
  const together = new Map<number, Map<string, SmallerSegments>>();
  const size = (segment: number) => segmentStart[segment + 1]! - segmentStart[segment]!;
  for (let pair = 0; pair < scope.pairs.length; pair += 1) {
    if (scope.pairs[pair] === 0) {
      continue;
    }
    for (let deployment = pairStart[pair]!; deployment < pairStart[pair + 1]!; deployment += 1) {
      const own: number[] = [];
      for (let at = deploymentImageStart[deployment]!; at < deploymentImageStart[deployment + 1]!; at += 1) {
        const image = deploymentImages[at]!;
        const segment = imageSegment[image]! - 1;
        if (segment < 0) {
          continue;
        }
        if (!own.includes(segment)) {
          own.push(segment);
        }
        if (imageSeen[image] === 0) {
          imageSeen[image] = 1;
          if (images[segment] === 0) {
            segments.push(segment);
          }
          images[segment]! += 1;
        }
      }
      countDeployment(
        own.sort((a, b) => size(b) - size(a) || a - b),
        leading,
        together,
      );
    }
  }
  return { segments, images, leading, together };
}

/** `own`: the segments of one deployment, largest first. */
function countDeployment(
  own: readonly number[],
  leading: Uint32Array,
  together: Map<number, Map<string, SmallerSegments>>,
): void {
  const [largest, ...smaller] = own;
  if (largest === undefined) {
    return;
  }
  leading[largest]! += 1;
  if (smaller.length > 0) {
    const sets = together.get(largest) ?? new Map<string, SmallerSegments>();
    together.set(largest, sets);
    const key = smaller.join();
    const known = sets.get(key);
    if (known === undefined) {
      sets.set(key, { smaller, deployments: 1 });
    } else {
      known.deployments += 1;
    }
  }
}
