import { columnList } from './copy.ts';
import type { Cell, TableRows } from './copy.ts';
import type { Draw } from './draw.ts';
import type { ImagePlan } from './images.ts';
import type { ClusterPlan, DeploymentPlan, NamespacePlan, WorkloadPlan } from './workloads.ts';

/** What the workload tables are made from. */
export interface WorkloadRowsRequest {
  readonly draw: Draw;
  readonly workloads: WorkloadPlan;
  /** By name without the registry, such as `payments/api:3.4.1`. */
  readonly images: ReadonlyMap<string, ImagePlan>;
  readonly now: Date;
}

const dayMs = 86_400_000;

/** Containers whose digest the cluster has not reported, and such whose image Central does not have. */
const odd = { unknownDigest: ['identity/gateway', 'search/worker'], missingImage: ['returns/worker'] } as const;

/** The protobuf of a row whose message nobody reads here. */
const noMessage = new Uint8Array();

/** Rows of clusters, namespaces, deployments, containers and pods in an order that keeps the foreign keys. */
export function workloadTables(request: WorkloadRowsRequest): readonly TableRows[] {
  const { deployments } = request.workloads;
  return [
    ...clusterTables(request),
    {
      table: 'deployments',
      columns: deploymentColumns,
      rows: deployments.map((deployment) => deploymentRow(deployment, request)),
    },
    { table: 'deployments_containers', columns: containerColumns, rows: containerRows(request) },
    {
      table: 'pods',
      columns: columnList('id name deploymentid namespace clusterid serialized'),
      rows: deployments.map((deployment) => podRow(deployment, request.draw)),
    },
    { table: 'pods_live_instances', columns: ['pods_id', 'idx', 'imagedigest'], rows: liveRows(request) },
    { table: 'watched_images', columns: ['name', 'serialized'], rows: watchedRows(request) },
  ];
}

function clusterTables({ workloads, now }: WorkloadRowsRequest): readonly TableRows[] {
  return [
    {
      table: 'clusters',
      columns: columnList(`
        id name type labels status_providermetadata_cluster_type status_orchestratormetadata_version serialized`),
      rows: workloads.clusters.map(clusterRow),
    },
    {
      table: 'cluster_health_statuses',
      columns: columnList(`
        id sensorhealthstatus collectorhealthstatus overallhealthstatus admissioncontrolhealthstatus
        scannerhealthstatus lastcontact serialized`),
      rows: workloads.clusters.map((cluster) => healthRow(cluster, now)),
    },
    {
      table: 'namespaces',
      columns: columnList('id name clusterid clustername labels annotations serialized'),
      rows: workloads.namespaces.map(namespaceRow),
    },
  ];
}

/** Type 5 is OpenShift 4. */
function clusterRow({ id, name, provider, version }: ClusterPlan): readonly Cell[] {
  return [id, name, 5, { demo: 'true' }, provider, version, noMessage];
}

/** A cluster that has been silent for an hour is unhealthy (2), else healthy (4). */
function healthRow({ id, silentMinutes }: ClusterPlan, now: Date): readonly Cell[] {
  const health = silentMinutes > 60 ? 2 : 4;
  return [id, health, 4, health, 4, 4, new Date(now.getTime() - silentMinutes * 60_000), noMessage];
}

function namespaceRow({ id, name, cluster, annotations }: NamespacePlan): readonly Cell[] {
  return [id, name, cluster.id, cluster.name, { 'kubernetes.io/metadata.name': name }, annotations, noMessage];
}

function podRow(deployment: DeploymentPlan, draw: Draw): readonly Cell[] {
  const { id, name, namespace } = deployment;
  return [podId(deployment, draw), `${name}-0`, id, namespace.name, namespace.cluster.id, noMessage];
}

const deploymentColumns = columnList(`
  id name hash type namespace namespaceid orchestratorcomponent labels podlabels created clusterid
  clustername annotations priority imagepullsecrets serviceaccount serviceaccountpermissionlevel
  riskscore platformcomponent serialized`);

function deploymentRow(deployment: DeploymentPlan, { draw, now }: WorkloadRowsRequest): readonly Cell[] {
  const { id, name, type, namespace } = deployment;
  const labels = { app: name, 'app.kubernetes.io/part-of': namespace.name };
  const created = new Date(now.getTime() - draw.between(2, 700, 'deployed', id) * dayMs);
  const platform = namespace.platform;
  return [
    ...[
      id,
      name,
      draw.between(1, 2 ** 31 - 1, 'hash', id),
      type,
      namespace.name,
      namespace.id,
      platform && namespace.name.startsWith('openshift-'),
    ],
    ...[
      labels,
      labels,
      created,
      namespace.cluster.id,
      namespace.cluster.name,
      {},
      0,
      ['registry-pull'],
      platform ? name : 'default',
    ],
    ...[platform ? 4 : 2, Math.fround(1 + draw.number('risk', id) * 4), platform, noMessage],
  ];
}

const containerColumns = columnList(`
  deployments_id idx image_id image_name_registry image_name_remote image_name_tag image_name_fullname
  image_idv2 securitycontext_privileged securitycontext_dropcapabilities
  securitycontext_addcapabilities securitycontext_readonlyrootfilesystem resources_cpucoresrequest
  resources_cpucoreslimit resources_memorymbrequest resources_memorymblimit type`);

function* containerRows({ workloads, images, draw }: WorkloadRowsRequest): Generator<readonly Cell[]> {
  for (const deployment of workloads.deployments) {
    for (const [at, name] of deployment.images.entries()) {
      const image = images.get(name);
      const reference = image === undefined ? undefined : referenceOf(image, draw);
      const [remote = '', tag = ''] = name.split(':');
      yield [
        ...[
          deployment.id,
          at,
          reference?.digest ?? '',
          'registry.example.com',
          remote,
          tag,
          `registry.example.com/${name}`,
        ],
        ...[reference?.v2Id ?? null, false, ['ALL'], [], true, Math.fround(0.1), Math.fround(1), 128, 512, 0],
      ];
    }
  }
}

/** How a container names its image; V2 ids are written in every generation that has them, as the migration does. */
function referenceOf(image: ImagePlan, draw: Draw): { readonly digest: string; readonly v2Id: string | null } {
  const is = (remotes: readonly string[]): boolean => remotes.includes(image.remote);
  if (is(odd.unknownDigest)) {
    return { digest: '', v2Id: null };
  }
  if (is(odd.missingImage)) {
    return { digest: `sha256:${draw.hex('never scanned', image.fullName)}`, v2Id: null };
  }
  return { digest: image.digest, v2Id: image.v2Id };
}

function podId(deployment: DeploymentPlan, draw: Draw): string {
  return draw.uuid('pod', deployment.id);
}

function* liveRows(request: WorkloadRowsRequest): Generator<readonly Cell[]> {
  for (const deployment of request.workloads.deployments) {
    for (const [at, name] of deployment.images.entries()) {
      yield [podId(deployment, request.draw), at, request.images.get(name)?.digest ?? ''];
    }
  }
}

function* watchedRows({ images }: WorkloadRowsRequest): Generator<readonly Cell[]> {
  for (const image of [...images.values()].filter((each) => !each.deployed).slice(0, 3)) {
    yield [image.fullName, noMessage];
  }
}
