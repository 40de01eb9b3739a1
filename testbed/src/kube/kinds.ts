/** The kinds of objects the test cluster knows, as discovery lists them. */

/** One kind. */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly subresources: readonly string[];
}

interface Extra {
  readonly short?: readonly string[];
  readonly sub?: readonly string[];
  readonly cluster?: true;
}

const workload = ['status', 'scale'];

/** Every kind, core first as the real server lists them. */
export const builtInKinds: readonly Kind[] = [
  of('v1', 'Pod', 'pods', { short: ['po'], sub: ['status', 'ephemeralcontainers', 'log'] }),
  of('v1', 'Service', 'services', { short: ['svc'], sub: ['status'] }),
  of('v1', 'Endpoints', 'endpoints', { short: ['ep'] }),
  of('v1', 'Secret', 'secrets'),
  of('v1', 'ConfigMap', 'configmaps', { short: ['cm'] }),
  of('v1', 'ServiceAccount', 'serviceaccounts', { short: ['sa'] }),
  of('v1', 'Event', 'events', { short: ['ev'] }),
  of('v1', 'ReplicationController', 'replicationcontrollers', { short: ['rc'], sub: workload }),
  of('v1', 'Namespace', 'namespaces', { short: ['ns'], cluster: true, sub: ['status'] }),
  of('v1', 'Node', 'nodes', { short: ['no'], cluster: true, sub: ['status'] }),
  of('apps/v1', 'Deployment', 'deployments', { short: ['deploy'], sub: workload }),
  of('apps/v1', 'ReplicaSet', 'replicasets', { short: ['rs'], sub: workload }),
  of('apps/v1', 'DaemonSet', 'daemonsets', { short: ['ds'], sub: ['status'] }),
  of('apps/v1', 'StatefulSet', 'statefulsets', { short: ['sts'], sub: workload }),
  of('batch/v1', 'Job', 'jobs', { sub: ['status'] }),
  of('batch/v1', 'CronJob', 'cronjobs', { short: ['cj'], sub: ['status'] }),
  of('coordination.k8s.io/v1', 'Lease', 'leases'),
  of('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  of('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', { short: ['netpol'] }),
  of('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', { short: ['pdb'], sub: ['status'] }),
  of('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  of('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  of('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', { cluster: true }),
  of('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', { cluster: true }),
  ...(['Mutating', 'Validating'] as const).map((word) =>
    of('admissionregistration.k8s.io/v1', `${word}WebhookConfiguration`, `${word.toLowerCase()}webhookconfigurations`, {
      cluster: true,
    }),
  ),
  ...['Policy', 'PolicyBinding'].map((word) =>
    of(
      'admissionregistration.k8s.io/v1',
      `ValidatingAdmission${word}`,
      `validatingadmission${word === 'Policy' ? 'policies' : 'policybindings'}`,
      { cluster: true },
    ),
  ),
  of('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', { cluster: true, short: ['pc'] }),
  of('authorization.k8s.io/v1', 'SubjectAccessReview', 'subjectaccessreviews', { cluster: true }),
  of('authorization.k8s.io/v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', { cluster: true }),
];

/** `v1` or `apps/v1`. */
export function apiVersion({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `deployments.apps`, as error texts name a kind. */
export function qualified({ group, plural }: Pick<Kind, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** What can be done with objects of a kind. */
export function verbsOf(kind: Kind): readonly string[] {
  if (kind.group === 'authorization.k8s.io') return ['create'];
  return ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
}

/**
 * A kind of the test's own, as a CustomResourceDefinition would bring it.
 *
 * @param place `example.com/v1`
 */
export function customKind(place: string, kind: string, plural: string): Kind {
  return of(place, kind, plural, { sub: ['status'] });
}

function of(place: string, kind: string, plural: string, extra: Extra = {}): Kind {
  const [group, version] = place.includes('/') ? place.split('/', 2) : ['', place];
  return {
    ...{ group: group ?? '', version: version ?? '', kind, plural, namespaced: extra.cluster !== true },
    ...{ shortNames: extra.short ?? [], subresources: extra.sub ?? [] },
  };
}
