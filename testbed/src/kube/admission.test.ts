import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFakeApiServer } from './kube.ts';
import type { FakeApiServer, TriedObject } from './kube.ts';
import { patchOf, startTestWebhook } from './webhook-for-test.ts';
import type { TestWebhook } from './webhook-for-test.ts';

const serverName = 'connaisseur-svc.connaisseur.svc';
let server: FakeApiServer;
let webhook: TestWebhook;

beforeAll(async () => {
  webhook = await startTestWebhook([serverName, 'connaisseur-svc']);
  server = await startFakeApiServer({
    namespaces: {
      connaisseur: {},
      team: { env: 'prod' },
      free: { 'securesystemsengineering.connaisseur/webhook': 'ignore' },
    },
    controllers: false,
  });
});

beforeEach(() => {
  webhook.reply = () => ({ allowed: true });
  server.route('connaisseur/connaisseur-svc', webhook.endpoint);
  configure();
});

afterAll(async () => {
  await server.close();
  await webhook[Symbol.asyncDispose]();
});

function configure(more: Readonly<Record<string, unknown>> = {}, client: Readonly<Record<string, unknown>> = {}): void {
  const service = { namespace: 'connaisseur', name: 'connaisseur-svc', path: '/mutate', port: 443 };
  server.put({
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
    metadata: { name: 'connaisseur-webhook' },
    webhooks: [
      {
        name: serverName,
        clientConfig: { service, caBundle: webhook.caBundle, ...client },
        rules: [
          {
            operations: ['CREATE', 'UPDATE'],
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            resources: ['deployments', 'replicasets'],
          },
          {
            operations: ['CREATE', 'UPDATE'],
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['pods', 'pods/ephemeralcontainers'],
          },
        ],
        ...{ failurePolicy: 'Fail', sideEffects: 'None', timeoutSeconds: 30, admissionReviewVersions: ['v1'] },
        namespaceSelector: {
          matchExpressions: [
            { key: 'securesystemsengineering.connaisseur/webhook', operator: 'NotIn', values: ['ignore'] },
          ],
        },
        ...more,
      },
    ],
  });
}

function pod(name: string, namespace = 'team', labels: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels } },
    spec: { containers: [{ name: 'main', image: 'web:1' }] },
  });
}

async function attempt(text: string, dryRun = true): Promise<TriedObject> {
  const trial = await server.tryManifest(text, { dryRun });
  if (trial.state === 'unreadable') throw new Error(trial.problem);
  return trial.objects[0]!;
}

describe('a review', () => {
  it('has the shape the API server gives it, and the timeout in its address', async () => {
    await attempt(pod('one'));
    const { url, host, review } = webhook.asked.at(-1)!;
    expect(url).toBe('/mutate?timeout=30s');
    expect(host).toBe(`${serverName}:443`);
    expect(review).toEqual({
      ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
      request: {
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        requestKind: { group: '', version: 'v1', kind: 'Pod' },
        requestResource: { group: '', version: 'v1', resource: 'pods' },
        ...{ name: 'one', namespace: 'team', operation: 'CREATE', dryRun: true, oldObject: null },
        userInfo: { username: 'kubernetes-admin', groups: ['system:masters'] },
        object: expect.objectContaining({ apiVersion: 'v1', kind: 'Pod' }),
        options: {
          ...{ apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
          ...{ fieldManager: 'kubectl-client-side-apply', fieldValidation: 'Strict' },
        },
      },
    });
  });

  it('of an update has both versions', async () => {
    await attempt(pod('two'), false);
    await attempt(pod('two', 'team', { a: 'b' }), false);
    expect(webhook.asked.at(-1)?.review['request']).toMatchObject({
      operation: 'UPDATE',
      object: { metadata: { labels: { a: 'b' } } },
      oldObject: { metadata: { name: 'two', uid: expect.any(String) } },
    });
  });

  it('is asked only where rules, namespace, labels and conditions say so', async () => {
    const before = webhook.asked.length;
    await attempt(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'team' } }));
    await attempt(pod('a', 'free'));
    configure({ objectSelector: { matchLabels: { checked: 'yes' } } });
    await attempt(pod('a'));
    const expression = '!(request.namespace == "team" && object.spec.containers.all(c, c.image.startsWith("web:")))';
    configure({ matchConditions: [{ name: 'ours', expression }] });
    await attempt(pod('a'));
    expect(webhook.asked.length).toBe(before);
    configure({ matchConditions: [{ name: 'ours', expression: expression.replace('web:', 'api:') }] });
    expect((await attempt(pod('a'))).webhooks).toHaveLength(1);
    configure({ objectSelector: { matchLabels: { checked: 'yes' } } });
    expect((await attempt(pod('a', 'team', { checked: 'yes' }))).webhooks).toHaveLength(1);
  });

  it('whose condition cannot be evaluated fails or passes as the policy says', async () => {
    const matchConditions = [{ name: 'broken', expression: 'object.spec.nothing.here == 1' }];
    configure({ matchConditions });
    expect(await attempt(pod('a'))).toMatchObject({
      outcome: 'denied',
      code: 403,
      message: expect.stringContaining('pods "a" is forbidden: broken: '),
    });
    configure({ matchConditions, failurePolicy: 'Ignore' });
    expect(await attempt(pod('a'))).toMatchObject({ outcome: 'allowed' });
  });
});

describe('an answer', () => {
  it('with a patch changes what is kept, and its warnings reach the caller', async () => {
    webhook.reply = () => ({
      ...patchOf([
        { op: 'test', path: '/spec/containers/0/image', value: 'web:1' },
        { op: 'replace', path: '/spec/containers/0/image', value: 'web:1@sha256:aa' },
      ]),
      warnings: ['careful'],
    });
    const tried = await attempt(pod('pinned'), false);
    expect(tried).toMatchObject({ outcome: 'allowed', did: 'created', code: 201, warnings: ['careful'] });
    expect(tried.webhooks[0]?.patch).toHaveLength(2);
    expect(server.get('pods', 'team', 'pinned')).toMatchObject({
      spec: { containers: [{ image: 'web:1@sha256:aa' }] },
    });
  });

  it('that denies is told in the words of the API server', async () => {
    webhook.reply = () => ({ allowed: false, status: { code: 403, reason: 'Forbidden', message: 'no matching rule' } });
    expect(await attempt(pod('x'))).toMatchObject({
      ...{ outcome: 'denied', code: 403, webhooks: [{ name: serverName, allowed: false }] },
      message: `admission webhook "${serverName}" denied the request: no matching rule`,
    });
    webhook.reply = () => ({ allowed: false });
    expect(await attempt(pod('x'))).toMatchObject({
      ...{ code: 400, message: `admission webhook "${serverName}" denied the request without explanation` },
    });
  });

  it.each([
    [{ allowed: true, uid: 'other' }, 'expected response.uid='],
    [{ allowed: true, patchType: 'JSONPatch' }, 'webhook returned response.patchType but not response.patch'],
    [{ allowed: true, patch: 'W10=' }, 'webhook returned response.patch but not response.patchType'],
    [{ status: 200, body: '{"kind":"AdmissionReview"}' }, 'expected webhook response of admission.k8s.io/v1'],
    [{ status: 200, body: 'oops' }, 'json parse error'],
    [{ status: 404, body: '' }, 'failed to call webhook: the server could not find the requested resource'],
    [{ status: 500, body: 'boom' }, 'an error on the server ("boom") has prevented the request from succeeding'],
    [patchOf([{ op: 'test', path: '/kind', value: 'Service' }]), 'testing value /kind failed: test failed'],
  ])('%j is refused as the API server refuses it', async (reply, message) => {
    webhook.reply = () => reply;
    expect(await attempt(pod('x'))).toMatchObject({
      outcome: 'denied',
      code: 500,
      message: expect.stringContaining(message),
    });
  });
});

describe('a webhook that cannot be called', () => {
  const failing = `Internal error occurred: failed calling webhook "${serverName}": failed to call webhook`;
  const post = `${failing}: Post "https://${serverName}:443/mutate?timeout=30s"`;

  it('for its certificate is told as Go tells it', async () => {
    const other = await startTestWebhook(['other.svc']);
    configure({}, { caBundle: other.caBundle });
    expect((await attempt(pod('x'))).message).toBe(
      `${post}: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    );
    configure({}, { caBundle: '' });
    expect((await attempt(pod('x'))).message).toContain('x509: certificate signed by unknown authority');
    configure({}, { caBundle: Buffer.from('not a certificate').toString('base64') });
    expect((await attempt(pod('x'))).message).toBe(
      `${failing}: unable to load root certificates: unable to parse bytes as PEM block`,
    );
    server.route('connaisseur/connaisseur-svc', other.endpoint);
    configure({}, { caBundle: other.caBundle });
    expect((await attempt(pod('x'))).message).toBe(
      `${post}: tls: failed to verify certificate: x509: certificate is valid for other.svc, not ${serverName}`,
    );
    await other[Symbol.asyncDispose]();
    expect((await attempt(pod('x'))).message).toMatch(/: dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/);
  });

  it('for want of endpoints says which', async () => {
    server.route('connaisseur/connaisseur-svc', undefined);
    expect((await attempt(pod('x'))).message).toBe(`${post}: service "connaisseur-svc" not found`);
    server.put({ kind: 'Service', metadata: { namespace: 'connaisseur', name: 'connaisseur-svc' }, spec: {} });
    expect((await attempt(pod('x'))).message).toBe(`${post}: no endpoints available for service "connaisseur-svc"`);
    configure({ failurePolicy: 'Ignore' });
    expect(await attempt(pod('x'))).toMatchObject({
      outcome: 'allowed',
      webhooks: [{ failure: expect.stringContaining('no endpoints') }],
    });
  });

  it('in time is a deadline', async () => {
    configure({ timeoutSeconds: 0.05 });
    webhook.reply = () => 'never';
    expect((await attempt(pod('x'))).message).toMatch(/timeout=0\.05s": context deadline exceeded$/);
  });

  it('can be repaired, since webhooks are not asked about webhooks', async () => {
    server.route('connaisseur/connaisseur-svc', undefined);
    const manifest = {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      ...{ metadata: { name: 'connaisseur-webhook', labels: { repaired: 'yes' } } },
    };
    expect(await attempt(JSON.stringify(manifest), false)).toMatchObject({ outcome: 'allowed', webhooks: [] });
  });
});

describe('a Deployment', () => {
  it('becomes a ReplicaSet and pods that belong to it, each past the webhook', async () => {
    await using own = await startFakeApiServer({
      namespaces: { connaisseur: {}, team: {} },
      endpoints: { 'connaisseur/connaisseur-svc': webhook.endpoint },
    });
    own.put(server.get('mutatingwebhookconfigurations', undefined, 'connaisseur-webhook')!);
    const spec = {
      ...{ replicas: 2, selector: { matchLabels: { app: 'web' } } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
    };
    const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
    await own.tryManifest(JSON.stringify(manifest), { namespace: 'team', dryRun: false });
    await own.settled();
    const [set] = own.list('replicasets', 'team');
    expect(set?.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', name: 'web', controller: true }]);
    const pods = own.list('pods', 'team');
    expect(pods.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual([
      set?.metadata.uid,
      set?.metadata.uid,
    ]);
    expect(own.get('deployments', 'team', 'web')).toMatchObject({
      status: { readyReplicas: 2, observedGeneration: 1 },
    });
    expect(own.webhookCalls.map(({ kind }) => kind)).toEqual(['Deployment', 'ReplicaSet', 'Pod', 'Pod']);
    own.remove('deployments', 'team', 'web');
    await own.settled();
    expect(own.list('pods', 'team')).toEqual([]);
  });

  it('whose pods are refused says so in an event, and gets them when asked again', async () => {
    await using own = await startFakeApiServer({
      namespaces: { team: {} },
      endpoints: { 'connaisseur/connaisseur-svc': webhook.endpoint },
    });
    own.put(server.get('mutatingwebhookconfigurations', undefined, 'connaisseur-webhook')!);
    webhook.reply = ({ kind }) => ({
      allowed: (kind as { readonly kind: string }).kind !== 'Pod',
      status: { code: 403, message: 'not signed' },
    });
    own.put({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'team' } },
      spec: {
        selector: {},
        template: { metadata: { labels: {} }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
      },
    });
    await own.settled();
    expect(own.list('pods', 'team')).toEqual([]);
    expect(own.list('events', 'team')).toMatchObject([
      { reason: 'FailedCreate', message: expect.stringContaining('denied the request: not signed') },
    ]);
    webhook.reply = () => ({ allowed: true });
    await own.retry();
    expect(own.list('pods', 'team')).toHaveLength(1);
  });
});

describe('a manifest', () => {
  it.each([
    ['', 'holds no object'],
    ['a: [', 'is not YAML'],
    ['kind: Pod', 'no apiVersion and kind'],
    ['apiVersion: v1\nkind: Pod', 'no metadata'],
    [`${'x'.repeat(1024 * 1024)}x`, 'longer than'],
  ])('%.30j is unreadable', async (text, problem) => {
    expect(await server.tryManifest(text)).toMatchObject({
      state: 'unreadable',
      problem: expect.stringContaining(problem),
    });
  });

  it.each([
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `${'bcdefghijklm'[i]}: &${'bcdefghijklm'[i]} [${Array(10).fill(`*${'abcdefghijklm'[i]}`).join()}]`).join('\n')}`,
    ],
    ['brackets without end', '['.repeat(200_000)],
  ])('with %s is unreadable and no crash', async (_, text) => {
    expect(await server.tryManifest(text)).toMatchObject({ state: 'unreadable' });
  });

  it.each([
    [{ metadata: { name: 7 } }],
    [{ metadata: { name: 'x', labels: { a: {} } } }],
    [{ metadata: { name: 'x', ownerReferences: 5 } }],
    [{ metadata: { name: 'x', finalizers: 'f' } }],
    [{ metadata: { name: '../x' } }],
    [{ metadata: { name: 'x' }, spec: { containers: [null] } }],
    [{ metadata: { name: 'x' }, spec: 5 }],
    [{ metadata: { name: 'x' } }],
  ])('of a strange form is denied: %j', async (more) => {
    const whole = { ...(JSON.parse(pod('x')) as object), ...more };
    const named = { ...whole, metadata: { namespace: 'team', ...more.metadata } };
    expect(
      await attempt(
        JSON.stringify(
          'spec' in more
            ? named
            : {
                ...named,
                spec:
                  more.metadata.name === 'x' && Object.keys(more.metadata).length === 1
                    ? {}
                    : (JSON.parse(pod('x')) as { spec: unknown }).spec,
              },
        ),
      ),
    ).toMatchObject({ outcome: 'denied', code: 422 });
  });

  it('of several documents and lists is tried object by object, a wrong one among them told', async () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [JSON.parse(pod('l1')), JSON.parse(pod('l2', 'nowhere'))] };
    const text = [pod('d1'), JSON.stringify(list), 'apiVersion: v2\nkind: Pod\nmetadata: {name: odd}'].join('\n---\n');
    const trial = await server.tryManifest(text);
    expect(trial).toMatchObject({
      objects: [
        { name: 'd1', outcome: 'allowed' },
        { name: 'l1', outcome: 'allowed' },
        { name: 'l2', outcome: 'denied', code: 404, message: 'namespaces "nowhere" not found' },
        { name: 'odd', outcome: 'denied', message: 'no matches for kind "Pod" in version "v2"' },
      ],
    });
    expect(server.get('pods', 'team', 'd1')).toBeUndefined();
  });
});
