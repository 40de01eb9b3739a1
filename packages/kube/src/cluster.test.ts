import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { customKind, startFakeApiServer } from '@pratique/testbed/kube';
import type { FakeApiServer } from '@pratique/testbed/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { resources } from './resource.ts';

const tools = { now: () => new Date(), random: () => 0 };
let server: FakeApiServer;
let cluster: Cluster;

beforeAll(async () => {
  server = await startFakeApiServer({
    namespaces: { a: {} },
    kinds: [customKind('example.com/v1', 'Policy', 'policies')],
    controllers: false,
  });
  cluster = await connectCluster({ config: { kind: 'kubeconfig', text: server.kubeconfig() }, ...tools });
});

afterAll(async () => {
  cluster.close();
  await server.close();
});

function configMap(name: string, data: Readonly<Record<string, string>> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'a', name }, data };
}

function limited(rules: Parameters<FakeApiServer['tokenFor']>[1]): Promise<Cluster> {
  const text = server.kubeconfig(server.tokenFor('system:serviceaccount:a:gate', rules));
  return connectCluster({ config: { kind: 'kubeconfig', text }, ...tools });
}

describe('an object', () => {
  it('is made, read, changed and deleted', async () => {
    const place = { namespace: 'a', name: 'one' };
    const made = await cluster.create(resources.configMaps, configMap('one', { x: '1' }));
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    await cluster.patch(resources.configMaps, place, { type: 'merge', fields: { data: { y: '2' } } });
    const operations = [
      { op: 'test', path: '/data/y', value: '2' },
      { op: 'remove', path: '/data/x' },
    ] as const;
    await cluster.patch(resources.configMaps, place, { type: 'json', operations });
    expect((await cluster.get(resources.configMaps, place))?.['data']).toEqual({ y: '2' });
    expect(await cluster.delete(resources.configMaps, place)).toBe('deleted');
  });

  it('that is not there is undefined, absent, and nothing to change', async () => {
    const place = { namespace: 'a', name: 'none' };
    expect(await cluster.get(resources.secrets, place)).toBeUndefined();
    expect(await cluster.update(resources.configMaps, configMap('none'))).toBeUndefined();
    expect(await cluster.patch(resources.secrets, place, { type: 'merge', fields: {} })).toBeUndefined();
    expect(await cluster.delete(resources.secrets, place)).toBe('absent');
  });

  it('that changed since it was read is a conflict, one that exists already says so', async () => {
    const made = await cluster.create(resources.configMaps, configMap('twice'));
    await cluster.update(resources.configMaps, { ...made, data: { a: '1' } });
    const late = cluster.update(resources.configMaps, { ...made, data: { a: '2' } });
    await expect(late).rejects.toMatchObject({ code: 'api-conflict' });
    const again = cluster.create(resources.configMaps, configMap('twice'));
    await expect(again).rejects.toMatchObject({ code: 'api-already-exists' });
  });

  it('in a namespace that does not exist cannot be made', async () => {
    const object = { ...configMap('x'), metadata: { namespace: 'nowhere', name: 'x' } };
    await expect(cluster.create(resources.configMaps, object)).rejects.toMatchObject({
      code: 'api-not-found',
      message: expect.stringContaining('namespaces "nowhere" not found'),
    });
  });

  it('of a dry run is answered and not kept', async () => {
    const answer = await cluster.create(resources.configMaps, configMap('dry', { x: '1' }), { dryRun: true });
    expect(answer['data']).toEqual({ x: '1' });
    expect(server.get('configmaps', 'a', 'dry')).toBeUndefined();
  });

  it('whose patch does not apply is refused whole', async () => {
    await cluster.create(resources.configMaps, configMap('whole', { x: '1' }));
    const operations = [
      { op: 'replace', path: '/data/x', value: '2' },
      { op: 'test', path: '/data/x', value: '1' },
    ] as const;
    const patching = cluster.patch(
      resources.configMaps,
      { namespace: 'a', name: 'whole' },
      { type: 'json', operations },
    );
    await expect(patching).rejects.toMatchObject({ code: 'api-refused' });
    expect(server.get('configmaps', 'a', 'whole')?.['data']).toEqual({ x: '1' });
  });

  it.each([['..'], ['a/b'], ['a?b'], [''], ['a'.repeat(254)], ['a%2fb']])(
    'named %j is never asked for: its name would lead elsewhere',
    async (name) => {
      await expect(cluster.get(resources.secrets, { namespace: 'a', name })).rejects.toMatchObject({
        code: 'object-name-invalid',
      });
    },
  );

  it('is never all objects: a name and a namespace are needed', async () => {
    await expect(cluster.delete(resources.secrets, { namespace: 'a' })).rejects.toMatchObject({
      code: 'object-name-invalid',
    });
    await expect(cluster.get(resources.secrets, { name: 'x' })).rejects.toMatchObject({ code: 'object-name-invalid' });
  });
});

describe('a list', () => {
  it('is read over all its pages, each object with its kind', async () => {
    for (let index = 0; index < 260; index += 1)
      server.put({
        kind: 'ConfigMap',
        metadata: { namespace: 'kube-system', name: `m-${index}`, labels: { many: '' } },
      });
    const { items, resourceVersion } = await cluster.list(resources.configMaps, { labelSelector: 'many' });
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(260);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(Number(resourceVersion)).toBeGreaterThan(260);
    expect(server.asked.filter((line) => line.includes('continue='))).toHaveLength(1);
  });

  it('of nothing is empty', async () => {
    expect((await cluster.list(resources.pods, { namespace: 'a' })).items).toEqual([]);
  });
});

describe('a refusal', () => {
  it('by RBAC names the rule to add, and not the token', async () => {
    using account = await limited([]);
    const fault: unknown = await account
      .get(resources.secrets, { namespace: 'a', name: 'tls' })
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({
      code: 'api-forbidden',
      message: expect.stringContaining('User "system:serviceaccount:a:gate" cannot get resource "secrets"'),
      hint: 'Add to a Role of this account in namespace a: {apiGroups: [""], resources: ["secrets"], resourceNames: ["tls"], verbs: ["get"]}.',
    });
  });

  it.each([
    [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], namespaces: ['a'] }, undefined],
    [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['other'] }, 'api-forbidden'],
    [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], namespaces: ['b'] }, 'api-forbidden'],
    [{ apiGroups: ['apps'], resources: ['*'], verbs: ['*'] }, 'api-forbidden'],
  ])('depends on the rule: %j', async (rule, code) => {
    using account = await limited([rule]);
    const asked = await account
      .get(resources.secrets, { namespace: 'a', name: 'tls' })
      .catch((error: { readonly code: string }) => error.code);
    expect(asked).toBe(code);
  });

  it('does not meet lists and watches of the one name a rule has', async () => {
    const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'], resourceNames: ['tls'] };
    using account = await limited([rule]);
    const fieldSelector = 'metadata.name=tls';
    expect((await account.list(resources.secrets, { namespace: 'a', fieldSelector })).items).toEqual([]);
    const other = account.list(resources.secrets, { namespace: 'a', fieldSelector: 'metadata.name=other' });
    await expect(other).rejects.toMatchObject({
      hint: expect.stringContaining('resourceNames: ["other"], verbs: ["list"]'),
    });
    await expect(account.list(resources.secrets, { namespace: 'a' })).rejects.toMatchObject({ code: 'api-forbidden' });
  });

  it('of a webhook is not mistaken for a missing rule', async () => {
    server.trouble.interfere({
      ...{ when: /^POST .*configmaps/, times: 1 },
      with: { status: 403, message: 'admission webhook "w" denied the request: no' },
    });
    await expect(cluster.create(resources.configMaps, configMap('w'))).rejects.toMatchObject({
      code: 'api-refused',
      message: expect.stringContaining('denied the request: no'),
    });
  });

  it('for an unknown token is told from one for a missing right', async () => {
    const text = server.kubeconfig('nobody-knows-this-token');
    using stranger = await connectCluster({ config: { kind: 'kubeconfig', text }, ...tools });
    const fault: unknown = await stranger.list(resources.pods).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'api-unauthorized' });
    expect(inspect(fault, { depth: 9 })).not.toContain('nobody-knows');
  });
});

describe('a control plane in trouble', () => {
  it('that is busy is asked again when it says so', async () => {
    server.trouble.interfere({ when: /busy/, times: 2, with: { status: 429, retryAfter: 0.01 } });
    expect(await cluster.get(resources.secrets, { namespace: 'a', name: 'busy' })).toBeUndefined();
    expect(server.asked.filter((line) => line.endsWith('/busy'))).toHaveLength(3);
  });

  it('that fails is unavailable', async () => {
    server.trouble.interfere({ when: /failing/, times: 1, with: { status: 503 } });
    const asked = cluster.get(resources.secrets, { namespace: 'a', name: 'failing' });
    await expect(asked).rejects.toMatchObject({ code: 'api-unavailable' });
  });

  it('that hangs up is unreachable, also where a kept connection was closed before', async () => {
    server.trouble.interfere({ when: /dropped/, times: 3, with: 'drop' });
    const asked = cluster.get(resources.secrets, { namespace: 'a', name: 'dropped' });
    await expect(asked).rejects.toMatchObject({ code: 'api-unreachable' });
    server.trouble.calm();
    server.trouble.dropConnections();
    expect(await cluster.get(resources.secrets, { namespace: 'a', name: 'after' })).toBeUndefined();
  });

  it('ends with the reason of the caller who does not want to wait', async () => {
    server.trouble.interfere({ when: /slow/, times: 1, with: { delayMs: 5_000 } });
    const reason = new Error('deadline of the admission');
    const signal = AbortSignal.any([AbortSignal.timeout(60_000)]);
    const controller = new AbortController();
    const asked = cluster.get(
      resources.secrets,
      { namespace: 'a', name: 'slow' },
      { signal: AbortSignal.any([signal, controller.signal]) },
    );
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });

  it('whose certificate nobody trusts is not spoken to', async () => {
    const other = await startFakeApiServer({ controllers: false });
    const text = other.kubeconfig().replaceAll(`:${other.port}`, `:${server.port}`);
    using misled = await connectCluster({ config: { kind: 'kubeconfig', text }, ...tools });
    const before = server.asked.length;
    await expect(misled.list(resources.pods)).rejects.toMatchObject({ code: 'api-certificate-refused' });
    expect(server.asked.length).toBe(before);
    await other.close();
  });
});

describe('something that is no Kubernetes API', () => {
  it.each([
    ['<html>login</html>', 200, 'api-answer-invalid'],
    ['[]', 200, 'api-answer-invalid'],
    ['{"metadata":{"name":7}}', 200, 'api-answer-invalid'],
    ['', 302, 'api-answer-invalid'],
    [`{"metadata":{"name":"${'x'.repeat(9 * 1024 * 1024)}"}}`, 200, 'api-answer-too-large'],
  ])('answering %.30s with %i is a fault', async (body, status, code) => {
    const page = createServer((_, response) =>
      response.writeHead(status, { location: 'https://other.example/' }).end(body),
    );
    await new Promise<void>((done) => page.listen(0, '127.0.0.1', done));
    const server = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const text = JSON.stringify({
      ...{ 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c' } }] },
      clusters: [{ name: 'c', cluster: { server } }],
    });
    using odd = await connectCluster({ config: { kind: 'kubeconfig', text }, ...tools });
    await expect(odd.get(resources.secrets, { namespace: 'a', name: 'x' })).rejects.toMatchObject({ code });
    page.closeAllConnections();
    page.close();
  });
});

describe('a kind', () => {
  it('ADM-11 is looked up in what the server says, once', async () => {
    const [first, second] = await Promise.all([
      cluster.discover('example.com/v1', 'Policy'),
      cluster.discover('example.com/v1', 'Policy'),
    ]);
    expect(first).toMatchObject({ plural: 'policies', namespaced: true });
    expect(second).toEqual(first);
    expect(await cluster.discover('apps/v1', 'Deployment')).toEqual(resources.deployments);
    expect(server.asked.filter((line) => line === 'GET /apis/example.com/v1')).toHaveLength(1);
  });

  it('that nobody knows is undefined, and not being able to look is a fault', async () => {
    expect(await cluster.discover('v1', 'Podd')).toBeUndefined();
    expect(await cluster.discover('nowhere.example/v1', 'Thing')).toBeUndefined();
    await expect(cluster.discover('../../x', 'Thing')).rejects.toMatchObject({ code: 'object-name-invalid' });
    server.trouble.interfere({ when: /batch/, times: 1, with: { status: 500 } });
    await expect(cluster.discover('batch/v1', 'Job')).rejects.toMatchObject({ code: 'api-unavailable' });
    expect(await cluster.discover('batch/v1', 'Job')).toEqual(resources.jobs);
  });
});

describe('the account of a pod', () => {
  it('is what Roles say, and its token is read again when it is not accepted any more', async () => {
    server.put({
      ...{ kind: 'Role', metadata: { namespace: 'a', name: 'reader' } },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    });
    server.put({
      ...{ kind: 'RoleBinding', metadata: { namespace: 'a', name: 'reader' } },
      ...{ roleRef: { kind: 'Role', name: 'reader' }, subjects: [{ kind: 'ServiceAccount', name: 'gate' }] },
    });
    const folder = await server.serviceAccountFolder('a', 'gate');
    const config = { kind: 'in-cluster', host: server.host, port: String(server.port), folder } as const;
    using account = await connectCluster({ config, ...tools });
    expect(account.namespace).toBe('a');
    const place = { namespace: 'a', name: 'none' };
    expect(await account.get(resources.configMaps, place)).toBeUndefined();
    await expect(account.get(resources.secrets, place)).rejects.toMatchObject({ code: 'api-forbidden' });
    const old = server.serviceAccountToken('a', 'gate');
    await writeFile(join(folder, 'token'), old);
    server.revoke(old);
    using late = await connectCluster({ config, ...tools });
    await expect(late.get(resources.configMaps, place)).rejects.toMatchObject({ code: 'api-unauthorized' });
    await writeFile(join(folder, 'token'), server.serviceAccountToken('a', 'gate'));
    expect(await late.get(resources.configMaps, place)).toBeUndefined();
  });

  it('is read again after a minute, by one request for all that wait, and one that is being exchanged does not matter', async () => {
    const folder = await server.serviceAccountFolder('a', 'gate');
    const config = { kind: 'in-cluster', host: server.host, port: String(server.port), folder } as const;
    let time = 0;
    using account = await connectCluster({ config, ...tools, now: () => new Date(time) });
    const place = { namespace: 'a', name: 'none' };
    expect(await account.get(resources.configMaps, place)).toBeUndefined();
    await rm(join(folder, 'token'));
    time += 61_000;
    expect(await Promise.all([1, 2, 3].map(() => account.get(resources.configMaps, place)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('that is not there is a fault that says what to do', async () => {
    const nowhere = { kind: 'in-cluster', host: '127.0.0.1', port: '1', folder: '/nonexistent' } as const;
    await expect(connectCluster({ config: nowhere, ...tools })).rejects.toMatchObject({
      code: 'service-account-missing',
    });
    await expect(
      connectCluster({ config: { kind: 'in-cluster', host: undefined, port: undefined }, ...tools }),
    ).rejects.toMatchObject({ code: 'service-account-missing', hint: expect.stringContaining('kubeconfig') });
  });
});
