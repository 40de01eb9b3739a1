/** The little of the server's own checks that tests and runbooks meet. */
import { createHash } from 'node:crypto';
import type { Kind } from './kinds.ts';
import type { ApiObject } from './object-store.ts';
import { invalid } from './refusal.ts';

type Fields = Readonly<Record<string, unknown>>;

const label = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const anyCase = /^[A-Za-z0-9][-A-Za-z0-9.:_]*$/;

/** Where a kind has its pod. */
export function podSpecPath(kind: Kind): readonly string[] | undefined {
  if (kind.kind === 'Pod') return ['spec'];
  if (kind.kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  const templated = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'ReplicationController', 'Job'];
  return templated.includes(kind.kind) ? ['spec', 'template', 'spec'] : undefined;
}

/** @throws Refusal 422 as the real server words it */
export function checkObject(kind: Kind, object: ApiObject): void {
  const name = object.metadata.name ?? '';
  const flaw =
    metadataFlaw(object) ?? nameFlaw(kind, name) ?? selectorFlaw(kind, object) ?? containerFlaw(kind, object);
  if (flaw !== undefined) throw invalid(kind, name, flaw);
}

function metadataFlaw({ metadata }: ApiObject): string | undefined {
  for (const field of ['labels', 'annotations'] as const) {
    const wrong = Object.entries(metadata[field] ?? {}).find(([, value]) => typeof value !== 'string');
    if (wrong !== undefined || typeof (metadata[field] ?? {}) !== 'object')
      return `metadata.${field}: Invalid value: must be a map of texts`;
  }
  const owners: unknown = metadata.ownerReferences ?? [];
  const areOwners = Array.isArray(owners) && owners.every((owner) => typeof fields(owner)['uid'] === 'string');
  if (!areOwners) return 'metadata.ownerReferences: Invalid value: must be a list of owners with uid';
  return Array.isArray(metadata.finalizers ?? []) ? undefined : 'metadata.finalizers: Invalid value: must be a list';
}

function nameFlaw(kind: Kind, name: string): string | undefined {
  if (name === '') return 'metadata.name: Required value: name or generateName is required';
  const form = kind.group === 'rbac.authorization.k8s.io' ? anyCase : label;
  if (form.test(name) && name.length <= 253) return undefined;
  return `metadata.name: Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`;
}

function selectorFlaw(kind: Kind, object: ApiObject): string | undefined {
  if (!['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].includes(kind.kind)) return undefined;
  return fields(object['spec'])['selector'] == null ? 'spec.selector: Required value' : undefined;
}

function containerFlaw(kind: Kind, object: ApiObject): string | undefined {
  const path = podSpecPath(kind);
  if (path === undefined) return undefined;
  const spec = path.reduce<unknown>((value, part) => fields(value)[part], object);
  const containers = fields(spec)['containers'];
  const place = `${path.join('.')}.containers`;
  if (!Array.isArray(containers) || containers.length === 0) return `${place}: Required value`;
  for (const [index, container] of containers.entries()) {
    if (!fields(container)['name']) return `${place}[${index}].name: Required value`;
    if (!fields(container)['image']) return `${place}[${index}].image: Required value`;
  }
  return undefined;
}

/** An object as the server completes it before anybody sees it: `stringData` of Secrets, replicas, restart policies. */
export function withDefaults(kind: Kind, object: ApiObject): ApiObject {
  if (kind.kind === 'Secret') return secretWithData(object);
  if (kind.kind === 'Namespace') {
    const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' };
    return { ...object, metadata: { ...object.metadata, labels }, status: { phase: 'Active' } };
  }
  if (['Deployment', 'ReplicaSet', 'StatefulSet'].includes(kind.kind))
    return { ...object, spec: { replicas: 1, ...fields(object['spec']) } };
  if (kind.kind === 'Service') return serviceWithAddress(object);
  if (kind.kind === 'Pod') return { ...object, spec: { restartPolicy: 'Always', ...fields(object['spec']) } };
  return object;
}

/** The same address whenever it is asked for; helm waits until a Service has one. */
function serviceWithAddress(object: ApiObject): ApiObject {
  const { namespace = '', name = '' } = object.metadata;
  const [high = 0, low = 0] = createHash('sha256').update(`${namespace}/${name}`).digest();
  const clusterIP = `10.96.${high}.${low}`;
  return { ...object, spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ...fields(object['spec']) } };
}

function secretWithData(object: ApiObject): ApiObject {
  const { stringData, ...rest } = object;
  const encoded = Object.entries(fields(stringData)).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  return { type: 'Opaque', ...rest, data: { ...fields(rest['data']), ...Object.fromEntries(encoded) } };
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
