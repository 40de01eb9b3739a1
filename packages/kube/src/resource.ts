/** Kinds of objects and where the API keeps them. */
import { excerpt } from '@pratique/runtime/fault';
import { kubeFault } from './errors.ts';

/** One kind of object as it is addressed. */
export interface KubeResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural in lower case: `secrets`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where one object, or all of a kind, is. */
export interface ObjectPlace {
  /** Absent for kinds without namespaces, and for a kind in all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

function core(plural: string, kind: string, namespaced = true): KubeResource {
  return { group: '', version: 'v1', plural, kind, namespaced };
}

function grouped(place: string, plural: string, kind: string): KubeResource {
  const [group = '', version = ''] = place.split('/');
  return { group, version, plural, kind, namespaced: group !== 'admissionregistration.k8s.io' };
}

/** The kinds this product names itself; others are found with `discover`. */
export const resources = {
  pods: core('pods', 'Pod'),
  secrets: core('secrets', 'Secret'),
  configMaps: core('configmaps', 'ConfigMap'),
  services: core('services', 'Service'),
  serviceAccounts: core('serviceaccounts', 'ServiceAccount'),
  endpoints: core('endpoints', 'Endpoints'),
  events: core('events', 'Event'),
  namespaces: core('namespaces', 'Namespace', false),
  replicationControllers: core('replicationcontrollers', 'ReplicationController'),
  deployments: grouped('apps/v1', 'deployments', 'Deployment'),
  replicaSets: grouped('apps/v1', 'replicasets', 'ReplicaSet'),
  daemonSets: grouped('apps/v1', 'daemonsets', 'DaemonSet'),
  statefulSets: grouped('apps/v1', 'statefulsets', 'StatefulSet'),
  jobs: grouped('batch/v1', 'jobs', 'Job'),
  cronJobs: grouped('batch/v1', 'cronjobs', 'CronJob'),
  leases: grouped('coordination.k8s.io/v1', 'leases', 'Lease'),
  endpointSlices: grouped('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice'),
  networkPolicies: grouped('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy'),
  podDisruptionBudgets: grouped('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  mutatingWebhooks: grouped(
    'admissionregistration.k8s.io/v1',
    'mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
  ),
  validatingWebhooks: grouped(
    'admissionregistration.k8s.io/v1',
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
  ),
} as const;

// What the API allows in names of any kind is a path segment (some kinds allow colons); the strict forms are the server's to check.
const segment = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,253}$/;

/**
 * The path of objects on the API server, without a query.
 *
 * @throws Fault `object-name-invalid` for a name that would lead to another place
 *
 * @example
 * objectPath(resources.secrets, { namespace: 'a', name: 'b' }); // '/api/v1/namespaces/a/secrets/b'
 */
export function objectPath(resource: KubeResource, { namespace, name, subresource }: ObjectPlace = {}): string {
  const root = groupPath(resource.group, resource.version);
  const within = resource.namespaced && namespace !== undefined ? ['namespaces', checked(namespace)] : [];
  const object =
    name === undefined ? [] : [checked(name), ...(subresource === undefined ? [] : [checked(subresource)])];
  return [root, ...within, checked(resource.plural), ...object].join('/');
}

/** `/api/v1` or `/apis/apps/v1`. */
export function groupPath(group: string, version: string): string {
  return group === '' ? `/api/${checked(version)}` : `/apis/${checked(group)}/${checked(version)}`;
}

/** `v1` or `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<KubeResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `secrets "a" in namespace b`, for messages. */
export function describePlace(resource: KubeResource, { namespace, name, subresource }: ObjectPlace = {}): string {
  const kind = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const named = name === undefined ? kind : `${kind} "${excerpt(name, 253)}"`;
  return namespace === undefined ? named : `${named} in namespace ${excerpt(namespace, 253)}`;
}

function checked(name: string): string {
  if (segment.test(name)) return name;
  throw kubeFault({
    code: 'object-name-invalid',
    message: `"${excerpt(name)}" cannot be the name of a Kubernetes object.`,
    hint: 'Names have letters, digits, dots and dashes, at most 253 of them.',
    values: { name: excerpt(name) },
  });
}
