/** Tables, which kubectl prints as they come where no other output is asked for. */
import type { Kind } from './kinds.ts';
import type { ApiObject } from './object-store.ts';

type Cells = readonly (readonly [string, (object: ApiObject) => string | number])[];
type Fields = Readonly<Record<string, unknown>>;

const columns: Readonly<Record<string, Cells>> = {
  Endpoints: [['Endpoints', endpoints]],
  Pod: [
    ['Ready', readyOfPod],
    ['Status', (pod) => textOf(fields(pod['status'])['phase'], 'Pending')],
    ['Restarts', () => 0],
  ],
  Deployment: [
    ['Ready', (object) => `${count(object, 'readyReplicas')}/${Number(fields(object['spec'])['replicas'] ?? 1)}`],
    ['Up-to-date', (object) => count(object, 'updatedReplicas')],
    ['Available', (object) => count(object, 'availableReplicas')],
  ],
  Secret: [
    ['Type', (object) => textOf(object['type'], 'Opaque')],
    ['Data', (object) => Object.keys(fields(object['data'])).length],
  ],
  ConfigMap: [['Data', (object) => Object.keys(fields(object['data'])).length]],
  Namespace: [['Status', () => 'Active']],
};

/** Objects as `meta.k8s.io/v1` Table. */
export function tableOf(
  kind: Kind,
  objects: readonly ApiObject[],
  { version, now }: { readonly version: string; readonly now: Date },
): unknown {
  const own = columns[kind.kind] ?? [];
  const definition = (name: string, format = '') => ({ name, type: 'string', format, description: '', priority: 0 });
  return {
    ...{ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: version } },
    columnDefinitions: [definition('Name', 'name'), ...own.map(([name]) => definition(name)), definition('Age')],
    rows: objects.map((object) => ({
      cells: [object.metadata.name, ...own.map(([, cell]) => cell(object)), age(object, now)],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}

function endpoints(object: ApiObject): string {
  const pairs = list(object['subsets']).flatMap((subset) =>
    list(subset['ports']).flatMap((port) =>
      list(subset['addresses']).map((address) => `${String(address['ip'])}:${String(port['port'])}`),
    ),
  );
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

function readyOfPod(pod: ApiObject): string {
  const all = list(fields(pod['spec'])['containers']).length;
  const statuses = list(fields(pod['status'])['containerStatuses']);
  return `${statuses.filter((status) => status['ready'] === true).length}/${all}`;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function count(object: ApiObject, field: string): number {
  return Number(fields(object['status'])[field] ?? 0);
}

function age({ metadata }: ApiObject, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(metadata.creationTimestamp ?? '')) / 1000));
  return Number.isNaN(seconds) ? '<unknown>' : seconds < 120 ? `${seconds}s` : `${Math.floor(seconds / 60)}m`;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly Fields[]) : [];
}
