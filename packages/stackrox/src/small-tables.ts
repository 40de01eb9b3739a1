import type { Central, Reading } from './connection.ts';
import { readContainers } from './containers.ts';
import type { CentralContainer } from './containers.ts';
import type { ImageRef } from './image-ref.ts';
import { readImages } from './images.ts';
import type { CentralImage } from './images.ts';
import { limits } from './limits.ts';
import type { CentralSchema } from './schema.ts';
import { epochSeconds, epochSql, integer, text, truth } from './values.ts';

/** A secured cluster and how it fares. */
export interface CentralCluster {
  readonly id: string;
  readonly name: string;
  /** 0 uninitialized, 1 unavailable, 2 unhealthy, 3 degraded, 4 healthy; null: not known or not granted. */
  readonly health: number | null;
  /** Epoch seconds of the last contact: how old the data of this cluster is. */
  readonly lastContact: number | null;
}

/** A namespace; its identity is (clusterId, name). */
export interface CentralNamespace {
  readonly id: string;
  readonly name: string;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A workload of any kind. */
export interface CentralDeployment {
  readonly id: string;
  readonly name: string;
  /** Deployment, DaemonSet, StatefulSet, CronJob, … */
  readonly type: string;
  readonly namespace: string;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly created: number | null;
  /** Part of the platform rather than a user's workload; null when unknown. */
  readonly platformComponent: boolean | null;
}

/** Everything of Central that is small enough to be read whole each time. */
export interface CentralInventory {
  readonly clusters: readonly CentralCluster[];
  readonly namespaces: readonly CentralNamespace[];
  readonly deployments: readonly CentralDeployment[];
  readonly containers: readonly CentralContainer[];
  /** The deployed images only; watched and inactive ones concern nobody's namespace. */
  readonly images: readonly CentralImage[];
}

/**
 * Reads clusters, namespaces, workloads, containers and the metadata of the deployed images at one moment.
 * NULL in any column is survived: texts become `''`, the rest null or 0. An empty inventory is returned as
 * such; whether to believe it is the caller's decision.
 */
export function readInventory(central: Central, schema: CentralSchema): Promise<CentralInventory> {
  return central.snapshot({ bulk: false }, async (reading) => {
    const clusters = await readClusters(reading, schema);
    const namespaces = await readNamespaces(reading);
    const deployments = await readDeployments(reading, schema);
    const containers = await readContainers(reading, schema);
    const images = await readImages(reading, schema, deployedRefs(containers));
    return { clusters, namespaces, deployments, containers, images };
  });
}

/** The image references that containers use, each once. */
export function deployedRefs(containers: readonly CentralContainer[]): readonly ImageRef[] {
  const refs = new Map<string, ImageRef>();
  for (const { imageRef, generation } of containers) {
    if (imageRef !== null && generation !== null) refs.set(`${generation} ${imageRef}`, { ref: imageRef, generation });
  }
  return [...refs.values()];
}

async function readClusters(reading: Reading, schema: CentralSchema): Promise<CentralCluster[]> {
  const health = schema.columns.clusterHealth
    ? {
        columns: `h.overallhealthstatus, ${epochSql('h.lastcontact')}`,
        join: 'LEFT JOIN public.cluster_health_statuses h ON h.id = c.id',
      }
    : { columns: 'NULL::int, NULL::float8', join: '' };
  const rows: CentralCluster[] = [];
  await reading.each(
    { text: `SELECT c.id::text, c.name, ${health.columns} FROM public.clusters c ${health.join}` },
    (row) => {
      rows.push({ id: text(row[0]), name: text(row[1]), health: integer(row[2]), lastContact: epochSeconds(row[3]) });
    },
  );
  return rows;
}

async function readNamespaces(reading: Reading): Promise<CentralNamespace[]> {
  const rows: CentralNamespace[] = [];
  await reading.each(
    {
      text: 'SELECT n.id::text, n.name, n.clusterid::text, n.clustername, n.labels, n.annotations FROM public.namespaces n',
    },
    (row) => {
      rows.push({
        id: text(row[0]),
        name: text(row[1]),
        clusterId: text(row[2]),
        clusterName: text(row[3]),
        labels: stringMap(row[4]),
        annotations: stringMap(row[5]),
      });
    },
  );
  return rows;
}

async function readDeployments(reading: Reading, schema: CentralSchema): Promise<CentralDeployment[]> {
  const platform = schema.columns.platformComponent ? 'd.platformcomponent' : 'NULL::boolean';
  const sql = `SELECT d.id::text, d.name, d.type, d.namespace, d.clusterid::text, d.clustername, ${epochSql('d.created')}, ${platform}
                 FROM public.deployments d`;
  const rows: CentralDeployment[] = [];
  await reading.each({ text: sql }, (row) => {
    rows.push({
      id: text(row[0]),
      name: text(row[1]),
      type: text(row[2]),
      namespace: text(row[3]),
      clusterId: text(row[4]),
      clusterName: text(row[5]),
      created: epochSeconds(row[6]),
      platformComponent: truth(row[7]),
    });
  });
  return rows;
}

/** Keeps what kubectl copies into an annotation out: it repeats the whole object. */
const noise = 'kubectl.kubernetes.io/last-applied-configuration';

/** A flat map of texts out of a jsonb value; entries of another shape or beyond the limit are left out. */
function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && entry[0] !== noise && entry[1].length <= limits.annotationCharacters,
  );
  return Object.fromEntries(entries);
}
