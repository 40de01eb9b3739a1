import { componentField, componentMask, componentWidth, factField, factWidth, stateShift } from './layout.ts';
import type { FindingException, Inventory, InventoryDeployment } from './inventory.ts';
import type { Segment } from './segment.ts';
import { column, factColumns, listOfLists, ranksOf, words, wordsOf } from './snapshot-columns.ts';
import type { Snapshot, SnapshotNames } from './snapshot.ts';
import { allStrings, encodeStrings, extendStringTable, stringCount, type StringTable } from './string-table.ts';

/** What a snapshot is built from: the stored dictionaries, segments by key, and the small tables. */
export interface SnapshotParts {
  readonly version: number;
  readonly epoch: number;
  readonly dataAsOf: number;
  readonly texts: StringTable;
  readonly cves: StringTable;
  /** Facts row by row, `factWidth` words each: all of them, or those that came after `base`. */
  readonly facts: Uint32Array;
  readonly components: Uint32Array;
  /** An earlier version of the same dictionaries; its columns are used again where nothing was added. */
  readonly base?: Snapshot | null;
  /** Stored segments by ref; only those an image of the inventory refers to are taken. */
  readonly segments: ReadonlyMap<string, Segment>;
  readonly inventory: Inventory;
  readonly exceptions: readonly FindingException[];
}

/** Builds one immutable version. Pure; takes about 60 ms per million findings. */
export function buildSnapshot(parts: SnapshotParts): Snapshot {
  const { inventory } = parts;
  const refs = segmentRefs(parts);
  const rows = layOutRows(parts, refs);
  const images = linkImages(inventory, refs);
  const deployments = linkDeployments(inventory);
  const base = parts.base ?? null;
  const factCve = column(parts.facts, factWidth, factField.cve, base?.factCve);
  const segmentPairs = pairsOfSegments(images, deployments, refs.size);
  applyExceptions(parts, refs, rows, factCve);
  const segmentStates = statesOfSegments(rows);
  const cveCount = stringCount(parts.cves);
  return {
    version: parts.version,
    epoch: parts.epoch,
    dataAsOf: parts.dataAsOf,
    texts: parts.texts,
    cves: parts.cves,
    cveRanks: base?.cves === parts.cves ? base.cveRanks : ranksOf(parts.cves),
    ...factColumns(parts.facts, factCve, base),
    componentName: column(parts.components, componentWidth, componentField.name, base?.componentName),
    componentVersion: column(parts.components, componentWidth, componentField.version, base?.componentVersion),
    componentOrigin: column(parts.components, componentWidth, componentField.origin, base?.componentOrigin),
    ...rows,
    segmentStates,
    ...images,
    ...deployments.links,
    ...segmentPairs,
    ...invertCves(rows, factCve, cveCount, segmentPairs.segmentPairStart),
    names: deployments.names,
  };
}

function statesOfSegments({ segmentStart, rowComponent }: Rows): Uint32Array<SharedArrayBuffer> {
  const states = words(segmentStart.length - 1);
  for (let segment = 0; segment < states.length; segment += 1) {
    let mask = 0;
    for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
      mask |= 1 << (rowComponent[row]! >>> stateShift);
    }
    states[segment] = mask;
  }
  return states;
}

/** The number of each segment in the snapshot built from these parts. */
export function segmentRefs(parts: Pick<SnapshotParts, 'inventory' | 'segments'>): Map<string, number> {
  const refs = new Map<string, number>();
  for (const image of parts.inventory.images) {
    if (image.ref !== null && !refs.has(image.ref) && parts.segments.has(image.ref)) {
      refs.set(image.ref, refs.size);
    }
  }
  return refs;
}

interface Rows {
  readonly segmentStart: Uint32Array<SharedArrayBuffer>;
  readonly segmentOs: Uint32Array<SharedArrayBuffer>;
  readonly rowFact: Uint32Array<SharedArrayBuffer>;
  readonly rowComponent: Uint32Array<SharedArrayBuffer>;
  readonly rowFirstSeen: Uint32Array<SharedArrayBuffer>;
}

function layOutRows(parts: SnapshotParts, refs: ReadonlyMap<string, number>): Rows {
  const segmentStart = words(refs.size + 1);
  const segmentOs = words(refs.size);
  const segments = [...refs.keys()].map((ref) => parts.segments.get(ref)!);
  segments.forEach((segment, index) => {
    segmentStart[index + 1] = segmentStart[index]! + segment.facts.length;
    segmentOs[index] = segment.os;
  });
  const total = segmentStart[refs.size]!;
  const rowFact = words(total);
  const rowComponent = words(total);
  const rowFirstSeen = words(total);
  segments.forEach(({ facts, components, firstSeen }, index) => {
    const at = segmentStart[index]!;
    rowFact.set(facts, at);
    rowFirstSeen.set(firstSeen, at);
    // A segment taken over from an older snapshot carries the states of that version.
    for (let row = 0; row < components.length; row += 1) {
      rowComponent[at + row] = components[row]! & componentMask;
    }
  });
  return { segmentStart, segmentOs, rowFact, rowComponent, rowFirstSeen };
}

function applyExceptions(
  parts: SnapshotParts,
  refs: ReadonlyMap<string, number>,
  rows: Rows,
  factCve: Uint32Array,
): void {
  if (parts.exceptions.length === 0) {
    return;
  }
  const cveIndex = new Map(allStrings(parts.cves).map((cve, index) => [cve, index]));
  const states = new Map<number, Map<number, number>>();
  for (const exception of parts.exceptions) {
    const segment = refs.get(exception.ref);
    const cve = cveIndex.get(exception.cve);
    if (segment !== undefined && cve !== undefined) {
      const ofSegment = states.get(segment) ?? new Map<number, number>();
      states.set(segment, ofSegment.set(cve, exception.state));
    }
  }
  for (const [segment, ofSegment] of states) {
    for (let row = rows.segmentStart[segment]!; row < rows.segmentStart[segment + 1]!; row += 1) {
      const state = ofSegment.get(factCve[rows.rowFact[row]!]!);
      if (state !== undefined) {
        rows.rowComponent[row] = ((rows.rowComponent[row]! & componentMask) | (state << stateShift)) >>> 0;
      }
    }
  }
}

interface ImageLinks {
  readonly imageSegment: Uint32Array<SharedArrayBuffer>;
  readonly segmentImageStart: Uint32Array<SharedArrayBuffer>;
  readonly segmentImages: Uint32Array<SharedArrayBuffer>;
}

function linkImages(inventory: Inventory, refs: ReadonlyMap<string, number>): ImageLinks {
  const imageSegment = words(inventory.images.length);
  const lists: number[][] = Array.from({ length: refs.size }, () => []);
  inventory.images.forEach((image, index) => {
    const segment = image.ref === null ? undefined : refs.get(image.ref);
    if (segment !== undefined) {
      imageSegment[index] = segment + 1;
      lists[segment]!.push(index);
    }
  });
  const { start, items } = listOfLists(lists);
  return { imageSegment, segmentImageStart: start, segmentImages: items };
}

interface DeploymentLinks {
  readonly links: Pick<
    Snapshot,
    | 'pairStart'
    | 'pairCluster'
    | 'deploymentPair'
    | 'deploymentImageStart'
    | 'deploymentImages'
    | 'imageDeploymentStart'
    | 'imageDeployments'
  >;
  readonly names: SnapshotNames;
}

function linkDeployments(inventory: Inventory): DeploymentLinks {
  const deployments = inventory.deployments.toSorted(byPairThenName);
  const clusters = [
    ...new Set(inventory.clusters.map((cluster) => cluster.name).concat(deployments.map((d) => d.cluster))),
  ];
  const clusterIndex = new Map(clusters.map((name, index) => [name, index]));
  const pairNamespaces: string[] = [];
  const pairClusters: number[] = [];
  const pairStart: number[] = [];
  const deploymentPair = words(deployments.length);
  deployments.forEach((deployment, index) => {
    const previous = deployments[index - 1];
    if (previous?.cluster !== deployment.cluster || previous.namespace !== deployment.namespace) {
      pairNamespaces.push(deployment.namespace);
      pairClusters.push(clusterIndex.get(deployment.cluster)!);
      pairStart.push(index);
    }
    deploymentPair[index] = pairNamespaces.length - 1;
  });
  const imagesOf = listOfLists(deployments.map((deployment) => [...deployment.images]));
  const users: number[][] = Array.from({ length: inventory.images.length }, () => []);
  deployments.forEach((deployment, index) => deployment.images.forEach((image) => users[image]!.push(index)));
  const deploymentsOf = listOfLists(users);
  return {
    links: {
      pairStart: wordsOf([...pairStart, deployments.length]),
      pairCluster: wordsOf(pairClusters),
      deploymentPair,
      deploymentImageStart: imagesOf.start,
      deploymentImages: imagesOf.items,
      imageDeploymentStart: deploymentsOf.start,
      imageDeployments: deploymentsOf.items,
    },
    names: nameTables({ inventory, deployments, clusters, pairNamespaces }),
  };
}

function byPairThenName(a: InventoryDeployment, b: InventoryDeployment): number {
  return (
    compare(a.cluster, b.cluster) || compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface NameSources {
  readonly inventory: Inventory;
  readonly deployments: readonly InventoryDeployment[];
  readonly clusters: readonly string[];
  readonly pairNamespaces: readonly string[];
}

function nameTables({ inventory, deployments, clusters, pairNamespaces }: NameSources): SnapshotNames {
  const records = new Map(inventory.clusters.map((cluster) => [cluster.name, cluster]));
  return {
    clusters: table(clusters),
    pairNamespaces: table(pairNamespaces),
    deploymentIds: table(deployments.map((deployment) => deployment.id)),
    deploymentNames: table(deployments.map((deployment) => deployment.name)),
    deploymentTypes: table(deployments.map((deployment) => deployment.type)),
    imageNames: table(inventory.images.map((image) => image.name)),
    imageDigests: table(inventory.images.map((image) => image.digest)),
    imageRecords: table(inventory.images.map((image) => JSON.stringify(image))),
    clusterRecords: table(
      clusters.map((name) => JSON.stringify(records.get(name) ?? { name, health: null, lastContact: null })),
    ),
  };
}

function pairsOfSegments(images: ImageLinks, deployments: DeploymentLinks, segments: number) {
  const { imageDeploymentStart, imageDeployments, deploymentPair } = deployments.links;
  const seen = new Uint32Array(deployments.links.pairCluster.length);
  const lists = Array.from({ length: segments }, (_, segment) => {
    const pairs: number[] = [];
    for (let at = images.segmentImageStart[segment]!; at < images.segmentImageStart[segment + 1]!; at += 1) {
      const image = images.segmentImages[at]!;
      for (let use = imageDeploymentStart[image]!; use < imageDeploymentStart[image + 1]!; use += 1) {
        const pair = deploymentPair[imageDeployments[use]!]!;
        if (seen[pair] !== segment + 1) {
          seen[pair] = segment + 1;
          pairs.push(pair);
        }
      }
    }
    return pairs;
  });
  const { start, items } = listOfLists(lists);
  return { segmentPairStart: start, segmentPairs: items };
}

/** Two passes over the rows, counting then filling; undeployed segments are left out. */
function invertCves(rows: Rows, factCve: Uint32Array, cveCount: number, segmentPairStart: Uint32Array) {
  const cveSegmentStart = words(cveCount + 1);
  eachCveOfSegment(rows, factCve, segmentPairStart, (cve) => {
    cveSegmentStart[cve + 1]! += 1;
  });
  for (let cve = 0; cve < cveCount; cve += 1) {
    cveSegmentStart[cve + 1]! += cveSegmentStart[cve]!;
  }
  const cveSegments = words(cveSegmentStart[cveCount] ?? 0);
  const cveRows = words(cveSegments.length);
  const next = cveSegmentStart.slice(0, cveCount);
  eachCveOfSegment(rows, factCve, segmentPairStart, (cve, segment, row) => {
    cveSegments[next[cve]!] = segment;
    cveRows[next[cve]!] = row;
    next[cve]! += 1;
  });
  return { cveSegmentStart, cveSegments, cveRows };
}

function eachCveOfSegment(
  rows: Rows,
  factCve: Uint32Array,
  segmentPairStart: Uint32Array,
  visit: (cve: number, segment: number, row: number) => void,
): void {
  const segments = rows.segmentStart.length - 1;
  for (let segment = 0; segment < segments; segment += 1) {
    if (segmentPairStart[segment] === segmentPairStart[segment + 1]) {
      continue;
    }
    let previous = -1;
    for (let row = rows.segmentStart[segment]!; row < rows.segmentStart[segment + 1]!; row += 1) {
      const cve = factCve[rows.rowFact[row]!]!;
      if (cve !== previous) {
        visit(cve, segment, row);
        previous = cve;
      }
    }
  }
}

function table(strings: readonly string[]): StringTable {
  return extendStringTable(null, [encodeStrings(strings)]);
}
