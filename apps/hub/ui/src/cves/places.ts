/** Where a CVE runs, as a tree: clusters, their namespaces, their deployments, the images of those. */
import type { AffectedDeployment, AffectedImage } from '@pratique/hub/contract';

export type CarriedComponent = AffectedImage['components'][number];

export interface ImageLeaf {
  readonly key: string;
  readonly imageId: string;
  readonly name: string;
  readonly components: readonly CarriedComponent[];
}

export interface Place {
  readonly kind: 'cluster' | 'namespace' | 'deployment';
  /** Path of percent-encoded names, so that the address can hold it. */
  readonly key: string;
  readonly name: string;
  readonly deployments: number;
  readonly images: number;
  readonly children: readonly Place[];
  /** Of a deployment only. */
  readonly leaves: readonly ImageLeaf[];
  readonly workload: string | null;
}

/** What one deployment runs, with the words of its image looked up. */
export interface PlacedImage extends AffectedDeployment {
  readonly components: readonly CarriedComponent[];
}

/** Joins deployments with what their images carry. Linear, as a fleet may hold 25,000 of them. */
export function placedImages(
  deployments: readonly AffectedDeployment[],
  images: readonly AffectedImage[],
): readonly PlacedImage[] {
  const byName = new Map(images.map((image) => [`${image.image_id} ${image.image_name}`, image.components]));
  const byId = new Map(images.map((image) => [image.image_id, image.components]));
  return deployments.map((row) => ({
    ...row,
    components: byName.get(`${row.image_id} ${row.image_name}`) ?? byId.get(row.image_id) ?? [],
  }));
}

/** Rows that mention the text: place, deployment, image or component, in any case. */
export function narrowed(rows: readonly PlacedImage[], text: string): readonly PlacedImage[] {
  const needle = text.trim().toLowerCase();
  if (needle === '') return rows;
  return rows.filter((row) =>
    [row.deployment_name, row.namespace, row.cluster_name, row.image_name, ...row.components.map(nameOf)].some((word) =>
      word.toLowerCase().includes(needle),
    ),
  );
}

function nameOf(component: CarriedComponent): string {
  return `${component.component_name} ${component.component_version}`;
}

/** The tree of these rows, every level in the order of its names. */
export function placesOf(rows: readonly PlacedImage[]): readonly Place[] {
  return grouped(rows, (row) => row.cluster_name).map(([cluster, inCluster]) => {
    const key = encodeURIComponent(cluster);
    const children = grouped(inCluster, (row) => row.namespace).map(([namespace, inNamespace]) =>
      namespaceOf(`${key}/${encodeURIComponent(namespace)}`, namespace, inNamespace),
    );
    return { ...placeOf('cluster', key, cluster, inCluster), children };
  });
}

/** Deployments of a namespace are only worked out when it is opened: of 25,000 most never are. */
function namespaceOf(key: string, name: string, rows: readonly PlacedImage[]): Place {
  let children: readonly Place[] | undefined;
  return {
    ...placeOf('namespace', key, name, rows),
    get children() {
      children ??= grouped(rows, (row) => row.deployment_id || row.deployment_name)
        .map(([id, ofDeployment]) => deploymentOf(`${key}/${encodeURIComponent(id)}`, ofDeployment))
        .toSorted((a, b) => order(a.name, b.name));
      return children;
    },
  };
}

function deploymentOf(key: string, rows: readonly PlacedImage[]): Place {
  const leaves = rows.map((row) => ({
    key: `${key}/${row.image_id} ${row.image_name}`,
    imageId: row.image_id,
    name: row.image_name,
    components: row.components,
  }));
  const first = rows[0];
  const place = placeOf('deployment', key, first?.deployment_name ?? '', rows);
  return { ...place, leaves, workload: first?.deployment_type ?? null };
}

function placeOf(kind: Place['kind'], key: string, name: string, rows: readonly PlacedImage[]): Place {
  const deployments = new Set(rows.map((row) => row.deployment_id || row.deployment_name)).size;
  const images = new Set(rows.map((row) => row.image_id || row.image_name)).size;
  return { kind, key, name, deployments, images, children: [], leaves: [], workload: null };
}

function grouped(
  rows: readonly PlacedImage[],
  keyOf: (row: PlacedImage) => string,
): readonly (readonly [string, readonly PlacedImage[]])[] {
  const groups = new Map<string, PlacedImage[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return [...groups].toSorted(([a], [b]) => order(a, b));
}

/** Plain order of names: `localeCompare` takes seconds for tens of thousands. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
