/** What the API server says about itself: versions, kinds, and as much OpenAPI as kubectl asks for before it writes. */
import { createHash } from 'node:crypto';
import { apiVersion, verbsOf } from './kinds.ts';
import type { Kind } from './kinds.ts';

/** The answer for a path of discovery, or undefined where it is none. */
export function discoveryAnswer(path: string, kinds: readonly Kind[]): unknown {
  if (path === '/version')
    return {
      major: '1',
      minor: '36',
      gitVersion: 'v1.36.0',
      platform: 'linux/amd64',
      goVersion: 'go1.25',
      compiler: 'gc',
    };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(kinds) };
  if (path === '/openapi/v3') return { paths: openApiPaths(kinds) };
  const [, root, ...rest] = path.split('/');
  if (root === 'openapi' && rest[0] === 'v3') return openApiOf(rest.slice(1), kinds);
  const depth = { api: 1, apis: 2 }[root ?? ''];
  const version = rest.length === depth ? rest.join('/') : '';
  return resourceList(version, kinds);
}

function groupsOf(kinds: readonly Kind[]): readonly unknown[] {
  const versions = Map.groupBy(
    kinds.filter(({ group }) => group !== ''),
    ({ group }) => group,
  );
  return [...versions].map(([name, members]) => {
    const all = [...new Set(members.map(({ version }) => version))];
    const list = all.map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: list, preferredVersion: list[0] };
  });
}

function resourceList(groupVersion: string, kinds: readonly Kind[]): unknown {
  const members = kinds.filter((kind) => apiVersion(kind) === groupVersion);
  if (members.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: members.flatMap(entriesOf) };
}

/** What `kubectl get all` shows. */
const shown = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'deployments',
  'replicasets',
  'daemonsets',
  'statefulsets',
  'jobs',
  'cronjobs',
]);

function entriesOf(kind: Kind): readonly unknown[] {
  const { plural: name, kind: word, namespaced, shortNames } = kind;
  const singularName = word.toLowerCase();
  return [
    {
      name,
      singularName,
      namespaced,
      kind: word,
      verbs: verbsOf(kind),
      ...(shortNames.length > 0 && { shortNames }),
      ...(shown.has(name) && { categories: ['all'] }),
    },
    ...kind.subresources.map((sub) => ({
      ...{ name: `${name}/${sub}`, singularName: '', namespaced, kind: sub === 'scale' ? 'Scale' : word },
      verbs: sub === 'log' ? ['get'] : ['get', 'patch', 'update'],
    })),
  ];
}

function openApiPaths(kinds: readonly Kind[]): Record<string, { readonly serverRelativeURL: string }> {
  const roots = new Set(kinds.map(rootOf));
  return Object.fromEntries(
    [...roots].map((root) => {
      const hash = createHash('sha256').update(root).digest('hex').slice(0, 32);
      return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }];
    }),
  );
}

/** kubectl looks only for whether PATCH of the kind takes `fieldValidation` and `dryRun`; with them it leaves checking to the server. */
function openApiOf(parts: readonly string[], kinds: readonly Kind[]): unknown {
  const root = parts.join('/');
  const members = kinds.filter((kind) => rootOf(kind) === root);
  if (members.length === 0) return undefined;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    ...{ name, in: 'query', schema: { type: 'string', uniqueItems: true } },
  }));
  const paths = members.map((kind) => {
    const place = `/${root}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`;
    const gvk = { group: kind.group, kind: kind.kind, version: kind.version };
    return [place, { patch: { 'x-kubernetes-action': 'patch', 'x-kubernetes-group-version-kind': gvk, parameters } }];
  });
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36.0' }, paths: Object.fromEntries(paths) };
}

function rootOf({ group, version }: Kind): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
