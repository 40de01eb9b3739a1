/** A small world as a snapshot, without any database: dictionaries, segments and small tables straight into typed arrays. */
import { buildSnapshot } from '../findings/build-snapshot.ts';
import { FindingDictionaries, type Finding } from '../findings/dictionary.ts';
import type { FindingException, Inventory, InventoryImage } from '../findings/inventory.ts';
import { alignedWords, decodeSegment, encodeSegment, type Segment } from '../findings/segment.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { extendStringTable } from '../findings/string-table.ts';
import type { Identity } from './naive-oracle-fixture.ts';
import { worldNow, type World, type WorldImage, type WorldRow } from './small-world-fixture.ts';

/** Builds the snapshot a reader would publish of this world. */
export function snapshotOfWorld(world: World, identity: Identity): Snapshot {
  const dictionaries = new FindingDictionaries();
  const { inventory, refs } = inventoryOf(world, identity);
  const segments = new Map<string, Segment>();
  for (const [ref, image] of refs) {
    const stored = encodeSegment(dictionaries.segmentOf(image.rows.map((row) => findingOf(image, row))));
    segments.set(ref, decodeSegment(stored));
  }
  const chunks = dictionaries.takeNewChunks();
  const bytesOf = (name: string) => chunks.filter((chunk) => chunk.name === name).map(({ bytes }) => bytes);
  const words = (name: string) => alignedWords(bytesOf(name)[0] ?? new Uint8Array());
  const exceptions = [...refs].flatMap(([ref, image]) =>
    Object.entries(image.states).map(([cve, state]): FindingException => ({ ref, cve, state })),
  );
  return buildSnapshot({
    version: 1,
    epoch: 1,
    dataAsOf: worldNow * 1000,
    cves: extendStringTable(null, bytesOf('cve')),
    texts: extendStringTable(null, bytesOf('text')),
    facts: words('fact'),
    components: words('component'),
    segments,
    inventory,
    exceptions,
  });
}

function findingOf(image: WorldImage, row: WorldRow): Finding {
  const component = row.component === null ? undefined : image.components[row.component];
  return {
    cve: row.cve,
    component: component?.name ?? '',
    version: component?.version ?? '',
    os: component === undefined ? '' : (image.os ?? ''),
    source: component?.source ?? 0,
    layerType: null,
    severity: row.severity ?? 0,
    cvss: row.cvss ?? 0,
    epss: row.epss ?? 0,
    impact: row.impact ?? 0,
    nvdCvss: 0,
    firstSeen: row.firstSeen,
    published: row.published,
    fixAvailable: null,
    fixable: row.fixable === true,
    fixedBy: row.fixedBy ?? '',
    advisoryName: '',
    advisoryLink: '',
    kev: row.kev,
  };
}

function inventoryOf(world: World, identity: Identity): { inventory: Inventory; refs: Map<string, WorldImage> } {
  const refs = new Map<string, WorldImage>();
  const images: InventoryImage[] = [];
  const indexOf = (container: World['deployments'][number]['containers'][number]): number => {
    const digest = container.digest ?? '';
    const image = world.images.find((one) => one.digest === digest);
    const name = container.name || (identity === 'v1' ? (image?.names[0] ?? '') : '');
    const ref =
      image === undefined || (identity === 'v2' && name === '')
        ? null
        : identity === 'v1'
          ? digest
          : `${name}@${digest}`;
    if (image !== undefined && ref !== null) refs.set(ref, image);
    const known = images.findIndex((one) => one.name === name && one.digest === digest);
    return known === -1 ? images.push(imageRecord({ name, digest, ref, scanned: image?.scanned === true })) - 1 : known;
  };
  const deployments = world.deployments.map(({ id, name, namespace, cluster, containers }) => {
    return {
      id,
      name,
      namespace,
      cluster,
      type: 'Deployment',
      created: null,
      platform: null,
      images: [...new Set(containers.map(indexOf))],
    };
  });
  const clusters = world.clusters.map((name) => ({ name, health: null, lastContact: null }));
  return { inventory: { clusters, namespaces: [], deployments, images }, refs };
}

function imageRecord(one: {
  readonly name: string;
  readonly digest: string;
  readonly ref: string | null;
  readonly scanned: boolean;
}): InventoryImage {
  const { name, digest, ref, scanned } = one;
  const unknown = {
    registry: '',
    remote: '',
    tag: '',
    os: '',
    user: '',
    created: null,
    updated: null,
    riskScore: 0,
    topCvss: 0,
    componentCount: 0,
  };
  return { ...unknown, name, digest, ref, generation: ref === null ? null : 1, scanned: scanned ? worldNow : null };
}
