import type { StringTable } from './string-table.ts';

type Words = Uint32Array<SharedArrayBuffer>;
type Floats = Float32Array<SharedArrayBuffer>;

/**
 * One immutable version of everything that is known to run and what was found in it, as typed arrays in
 * shared memory. Every thread of a hub reads the same copy; a question sees one version from beginning to
 * end. Names end in what indexes them: `pairCluster[pair]`, `rowFact[row]`. A list of lists is a pair of
 * arrays: the items of `x` are `xItems[xStart[x] … xStart[x + 1]]`.
 */
export interface Snapshot {
  readonly version: number;
  readonly epoch: number;
  /** Epoch milliseconds of the poll this version was read by. */
  readonly dataAsOf: number;

  readonly texts: StringTable;
  readonly cves: StringTable;
  /** Position of every CVE among all ids in alphabetical order: the last tie-breaker of every sort. */
  readonly cveRanks: Words;

  readonly factCve: Words;
  readonly factFlags: Words;
  readonly factCvss: Floats;
  readonly factEpss: Floats;
  readonly factImpact: Floats;
  readonly factNvdCvss: Floats;
  readonly factPublished: Words;
  readonly factFixedBy: Words;
  readonly factAdvisoryName: Words;
  readonly factAdvisoryLink: Words;
  readonly factFixAvailable: Words;

  readonly componentName: Words;
  readonly componentVersion: Words;
  readonly componentOrigin: Words;

  /** Rows of segment `s`: `segmentStart[s] … segmentStart[s + 1]`, each CVE one run, ascending by CVE. */
  readonly segmentStart: Words;
  readonly segmentOs: Words;
  /** Which exception states the rows of a segment are in, as bits of a mask: 1 alone in nearly all of them. */
  readonly segmentStates: Words;
  readonly rowFact: Words;
  /** Component index; the two highest bits are Central's exception state. */
  readonly rowComponent: Words;
  /** Epoch seconds; 0 unknown. */
  readonly rowFirstSeen: Words;

  /** Segment of an image plus one; 0 where the source holds no findings for it. */
  readonly imageSegment: Words;
  /** Images that share a segment. */
  readonly segmentImageStart: Words;
  readonly segmentImages: Words;

  /** Deployments are ordered by pair: those of pair `p` are `pairStart[p] … pairStart[p + 1]`. */
  readonly pairStart: Words;
  readonly pairCluster: Words;
  readonly deploymentPair: Words;
  readonly deploymentImageStart: Words;
  readonly deploymentImages: Words;
  readonly imageDeploymentStart: Words;
  readonly imageDeployments: Words;

  /** Pairs in which a segment is deployed, each once. */
  readonly segmentPairStart: Words;
  readonly segmentPairs: Words;

  /** Deployed segments that hold a CVE, each once. */
  readonly cveSegmentStart: Words;
  readonly cveSegments: Words;
  /** Where the rows of the CVE begin in that segment. */
  readonly cveRows: Words;

  readonly names: SnapshotNames;
}

/** The strings of the small tables, in shared memory too. */
export interface SnapshotNames {
  readonly clusters: StringTable;
  readonly pairNamespaces: StringTable;
  readonly deploymentIds: StringTable;
  readonly deploymentNames: StringTable;
  readonly deploymentTypes: StringTable;
  readonly imageNames: StringTable;
  readonly imageDigests: StringTable;
  /** The rest of what is known of an image, as JSON: read only where one image is shown. */
  readonly imageRecords: StringTable;
  readonly clusterRecords: StringTable;
}

/** How large a snapshot is, for the operator's page and for tests. */
export interface SnapshotCounts {
  readonly clusters: number;
  readonly namespaces: number;
  readonly deployments: number;
  readonly images: number;
  readonly images_not_scanned: number;
  readonly findings: number;
  readonly cves: number;
}

/** Where the run of rows of one CVE that begins at `start` ends, within its segment. */
export function endOfCve(snapshot: Snapshot, segment: number, start: number): number {
  const { segmentStart, rowFact, factCve } = snapshot;
  const last = segmentStart[segment + 1]!;
  const cve = factCve[rowFact[start]!]!;
  let end = start + 1;
  while (end < last && factCve[rowFact[end]!] === cve) {
    end += 1;
  }
  return end;
}

/** The half-open range of rows of `cve` in `segment`; empty when the segment does not hold it. */
export function rowsOfCve(snapshot: Snapshot, segment: number, cve: number): { start: number; end: number } {
  const { segmentStart, rowFact, factCve } = snapshot;
  let low = segmentStart[segment]!;
  let high = segmentStart[segment + 1]!;
  const last = high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (factCve[rowFact[middle]!]! < cve) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const isHeld = low < last && factCve[rowFact[low]!] === cve;
  return { start: low, end: isHeld ? endOfCve(snapshot, segment, low) : low };
}
