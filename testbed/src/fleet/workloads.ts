import type { Draw } from './draw.ts';

/** A secured cluster. */
export interface ClusterPlan {
  readonly id: string;
  readonly name: string;
  /** `status_providermetadata_cluster_type`: 5 OCP, 7 ROSA. */
  readonly provider: number;
  readonly version: string;
  /** Minutes since its sensor was last heard. */
  readonly silentMinutes: number;
}

/** A namespace of a cluster. */
export interface NamespacePlan {
  readonly id: string;
  readonly name: string;
  readonly cluster: ClusterPlan;
  readonly platform: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What runs, in which image. */
export interface DeploymentPlan {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly namespace: NamespacePlan;
  /** Image names without the registry, such as `payments/api:3.4.1`. */
  readonly images: readonly string[];
}

/** The running part of the fleet. */
export interface WorkloadPlan {
  readonly clusters: readonly ClusterPlan[];
  readonly namespaces: readonly NamespacePlan[];
  readonly deployments: readonly DeploymentPlan[];
}

const clusters = [
  { name: 'harbor-eu', provider: 5, version: 'v1.31.9', silentMinutes: 1, teams: 20 },
  { name: 'harbor-us', provider: 7, version: 'v1.31.9', silentMinutes: 2, teams: 15 },
  { name: 'quarantine-lab', provider: 5, version: 'v1.29.14', silentMinutes: 318, teams: 8 },
] as const;

const teams: readonly string[] = [
  ...['payments', 'checkout', 'ledger', 'catalog', 'search', 'identity', 'fraud-scoring', 'reporting'],
  ...['pricing', 'inventory', 'shipping', 'returns', 'customer-portal', 'partner-api', 'notifications'],
  ...['recommendations', 'loyalty', 'mobile-backend', 'data-platform', 'batch-jobs'],
];

/** The workloads every team has, then those some have; the words after the colon are the kind and the image when it is not the team's own. */
const everyTeam = ['api:Deployment', 'worker:Deployment', 'web:Deployment', 'cache:StatefulSet:mirror/redis'] as const;
const someTeams: readonly string[] = [
  ...['database:StatefulSet:mirror/postgres', 'scheduler:Deployment', 'gateway:Deployment', 'admin:DeploymentConfig'],
  ...[
    'nightly-report:CronJob',
    'importer:CronJob',
    'broker:StatefulSet:mirror/activemq',
    'exporter:ReplicaSet',
    'migrate:Job',
  ],
];

/** Platform namespaces exist under the same name in each cluster. */
const platform: Readonly<Record<string, readonly string[]>> = {
  'openshift-monitoring': [
    'prometheus:StatefulSet',
    'alertmanager:StatefulSet',
    'node-exporter:DaemonSet',
    'grafana:Deployment',
  ],
  'openshift-ingress': ['router-default:Deployment', 'ingress-canary:DaemonSet'],
  'openshift-logging': ['collector:DaemonSet', 'log-store:StatefulSet', 'log-console:Deployment'],
  'openshift-dns': ['dns-default:DaemonSet', 'node-resolver:DaemonSet'],
  'openshift-image-registry': ['image-registry:Deployment', 'image-pruner:CronJob'],
  'openshift-gitops': ['application-controller:StatefulSet', 'repo-server:Deployment', 'gitops-server:Deployment'],
  'cert-manager': ['cert-manager:Deployment', 'cainjector:Deployment', 'cert-webhook:Deployment'],
  stackrox: ['sensor:Deployment', 'collector:DaemonSet', 'admission-control:Deployment', 'scanner-v4:Deployment'],
};

/** Side-cars: the proxy beside every team workload, the log shipper once in every namespace. */
const proxyImage = 'mesh/sidecar-proxy:1.22.3';
const shipperImage = 'observability/log-shipper:2.11.0';

/** The same people own the same teams whatever the seed, so that instructions can name them: alice and dieter have payments. */
const people = ['alice', 'bruno', 'carmen', 'dieter', 'elena', 'farid', 'greta', 'hugo'] as const;

/** Plans clusters, namespaces and workloads. */
export function planWorkloads(draw: Draw): WorkloadPlan {
  const planned = clusters.map((cluster) => ({ ...cluster, id: draw.uuid('cluster', cluster.name) }));
  const namespaces = planned.flatMap((cluster) => [
    ...teams.slice(0, cluster.teams).map((team) => teamNamespace(draw, cluster, team)),
    ...Object.keys(platform).map((name) => platformNamespace(draw, cluster, name)),
  ]);
  return {
    clusters: planned,
    namespaces,
    deployments: namespaces.flatMap((namespace) => deploymentsOf(draw, namespace)),
  };
}

function teamNamespace(draw: Draw, cluster: ClusterPlan, name: string): NamespacePlan {
  const at = teams.indexOf(name);
  const owners = [people[at % people.length], people[(at + 3) % people.length]];
  const annotations = {
    'rhacs-manager.io/users': owners.join(','),
    'rhacs-manager.io/groups': `team-${name}`,
    'rhacs-manager.io/escalation-email': `${name}-oncall@example.com`,
  };
  return { id: draw.uuid('namespace', cluster.name, name), name, cluster, platform: false, annotations };
}

function platformNamespace(draw: Draw, cluster: ClusterPlan, name: string): NamespacePlan {
  const annotations = { 'rhacs-manager.io/groups': 'platform-engineering' };
  return { id: draw.uuid('namespace', cluster.name, name), name, cluster, platform: true, annotations };
}

function deploymentsOf(draw: Draw, namespace: NamespacePlan): readonly DeploymentPlan[] {
  const specs = namespace.platform ? (platform[namespace.name] ?? []) : teamWorkloads(draw, namespace.name);
  return specs.map((spec, at) => {
    const [name = '', type = '', foreign] = spec.split(':');
    const main = foreign === undefined ? ownImage(draw, namespace, name) : mirrorImage(draw, namespace, foreign);
    const images = [main, ...(namespace.platform ? [] : [proxyImage]), ...(at === 0 ? [shipperImage] : [])];
    return { id: draw.uuid('deployment', namespace.id, name), name, type, namespace, images };
  });
}

function teamWorkloads(draw: Draw, team: string): readonly string[] {
  return [...everyTeam, ...someTeams.filter((spec) => draw.chance(0.36, 'workload', team, spec))];
}

/** Most clusters run the same release; some lag one behind, and the laboratory runs what comes next. */
function ownImage(draw: Draw, namespace: NamespacePlan, name: string): string {
  const folder = namespace.platform ? `platform/${namespace.name}` : namespace.name;
  const major = draw.between(1, 6, 'major', folder, name);
  const minor = draw.between(1, 20, 'minor', folder, name);
  const lab = namespace.cluster.name === 'quarantine-lab' && draw.chance(0.6, 'lab', folder, name);
  const behind = namespace.cluster.name === 'harbor-us' && draw.chance(0.35, 'behind', folder, name);
  return `${folder}/${name}:${major}.${minor + (lab ? 1 : behind ? -1 : 0)}.${draw.between(0, 9, 'patch', folder, name)}`;
}

function mirrorImage(draw: Draw, namespace: NamespacePlan, remote: string): string {
  const tags: Readonly<Record<string, readonly string[]>> = {
    'mirror/redis': ['6.0.16', '6.2.14', '7.2.4'],
    'mirror/postgres': ['13.14', '15.6', '16.2'],
    'mirror/activemq': ['5.18.2', '5.18.6'],
  };
  const tag = draw.pick(tags[remote] ?? ['latest'], 'mirror', remote, namespace.name);
  // The laboratory has its own copy of the mirror: same digests under other names.
  return `${namespace.cluster.name === 'quarantine-lab' ? remote.replace('mirror/', 'mirror-lab/') : remote}:${tag}`;
}
