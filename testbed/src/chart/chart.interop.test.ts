import { beforeAll, describe, expect, it } from 'vitest';
import { needsPeer, runPeer } from '../peers/peers.ts';
import { cases } from './cases.ts';
import { chartFolder } from './chart-files.ts';
import { shapeMistakes } from './kubernetes-shapes.ts';
import { helmTemplate, renderAll, type RenderedObject, type Rendering } from './render.ts';
import type { PodSpec } from './rendered-parts.ts';

const helm = needsPeer('helm');
const names = Object.keys(cases) as (keyof typeof cases)[];

helm.describe('the chart', () => {
  let all: Readonly<Record<keyof typeof cases, Rendering>>;
  let text: string;
  beforeAll(async () => {
    text = (await helmTemplate(helm.path, {})).stdout;
    all = await renderAll(helm.path, cases);
  });

  it('passes the lint of helm', async () => {
    const answer = await runPeer(helm.path, ['lint', '--strict', chartFolder]);
    expect(answer.stdout).toContain('0 chart(s) failed');
  });

  it('renders the same without a cluster every time, with nothing random in it', async () => {
    expect((await helmTemplate(helm.path, {})).stdout).toBe(text);
    await expect(text).toMatchFileSnapshot('default-render.golden');
  });

  it.each(names)('renders only fields that Kubernetes has: %s', (name) => {
    expect(all[name].objects.length).toBeGreaterThan(10);
    expect(all[name].objects.flatMap((object) => shapeMistakes(object))).toEqual([]);
  });

  it.each(names)('renders no object twice and labels each: %s', (name) => {
    const all_ = all[name];
    expect(new Set(all_.names()).size).toBe(all_.objects.length);
    const product = name === 'renamed' ? 'gate' : 'connaisseur';
    for (const { kind, metadata } of all_.objects) {
      expect({ kind, ...metadata.labels }).toMatchObject({
        'app.kubernetes.io/name': product,
        'app.kubernetes.io/instance': product,
        'app.kubernetes.io/version': expect.any(String),
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.sh/chart': expect.any(String),
      });
      if (metadata.namespace !== undefined) expect(metadata.namespace).toBe('connaisseur');
    }
  });

  it.each(names)('puts no secret into anything but Secrets: %s', (name) => {
    const open = all[name].objects.filter(({ kind }) => kind !== 'Secret');
    expect(JSON.stringify(open)).not.toMatch(/SECRET|PRIVATE KEY/);
  });

  it.each(names)('keeps every pod within the restricted standard: %s', (name) => {
    for (const { spec } of all[name].objects.filter(({ kind }) => kind === 'Deployment')) {
      const pod = (spec as { template: { spec: PodSpec } }).template.spec;
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod[field]).toBeUndefined();
      for (const volume of pod.volumes) {
        expect(Object.keys(volume).filter((key) => key !== 'name')).toEqual([
          expect.toBeOneOf(['configMap', 'secret', 'projected', 'emptyDir']),
        ]);
      }
      for (const container of pod.containers) expect(container.securityContext).toMatchObject(restricted);
    }
  });

  it('4.7 calls its objects what runbooks call them', () => {
    expect(all.usual.names()).toEqual([
      'ClusterRole connaisseur-cluster-role',
      'ClusterRoleBinding connaisseur-cluster-role-binding',
      'ConfigMap connaisseur-alert-config',
      'ConfigMap connaisseur-alert-templates',
      'ConfigMap connaisseur-app-config',
      'ConfigMap connaisseur-env',
      'Deployment connaisseur',
      'Deployment connaisseur-redis',
      'MutatingWebhookConfiguration connaisseur-webhook',
      'NetworkPolicy connaisseur-redis',
      'PodDisruptionBudget connaisseur-pod-disruption-budget',
      'Role connaisseur-role',
      'RoleBinding connaisseur-role-binding',
      'Service connaisseur-metrics',
      'Service connaisseur-redis-service',
      'Service connaisseur-svc',
      'ServiceAccount connaisseur-serviceaccount',
    ]);
    expect(all.renamed.names().every((name) => / gate(-|$)/.test(name))).toBe(true);
    expect(all.renamed.at('ConfigMap', 'gate-env', '/data/OBJECT_PREFIX')).toBe('gate');
  });

  it('TLS-3.7 renders neither certificate nor caBundle nor rules, and says the rules for the gate to write', () => {
    expect(all.usual.objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const [entry] = all.usual.at('MutatingWebhookConfiguration', 'connaisseur-webhook', '/webhooks') as [object];
    expect(entry).not.toHaveProperty('rules');
    expect(entry).not.toHaveProperty('clientConfig.caBundle');
    const rules = all.usual.get('MutatingWebhookConfiguration', 'connaisseur-webhook').metadata.annotations?.[
      'pratique.io/rules'
    ];
    const [apps, core, batch] = JSON.parse(rules ?? '') as Record<string, unknown>[];
    expect(apps).toMatchObject({
      apiGroups: ['apps'],
      resources: ['deployments', 'replicasets', 'daemonsets', 'statefulsets'],
    });
    expect(core).toMatchObject({
      apiGroups: [''],
      resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers'],
    });
    expect(batch).toMatchObject({ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] });
  });

  it('4.5 renders the webhook with the fields of the specification', () => {
    expect(all.usual.at('MutatingWebhookConfiguration', 'connaisseur-webhook', '/webhooks/0')).toMatchObject({
      name: 'connaisseur-svc.connaisseur.svc',
      clientConfig: { service: { name: 'connaisseur-svc', namespace: 'connaisseur', path: '/mutate', port: 443 } },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 30,
      admissionReviewVersions: ['v1'],
      matchPolicy: 'Equivalent',
      namespaceSelector: {
        matchExpressions: [
          { key: 'securesystemsengineering.connaisseur/webhook', operator: 'NotIn', values: ['ignore'] },
        ],
      },
    });
    expect(all.everyValue.at('MutatingWebhookConfiguration', 'connaisseur-webhook', '/webhooks/0')).toMatchObject({
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      clientConfig: { service: { port: 8443 } },
      namespaceSelector: { matchExpressions: [{ operator: 'In', values: ['validate'] }] },
    });
    expect(
      all.nothingExempt.at('MutatingWebhookConfiguration', 'connaisseur-webhook', '/webhooks/0'),
    ).not.toHaveProperty('namespaceSelector');
  });

  it('4.5 has a validating webhook where it is wanted, and only there', () => {
    expect(all.usual.find('ValidatingWebhookConfiguration', 'connaisseur-webhook')).toBeUndefined();
    const entry = all.everything.at('ValidatingWebhookConfiguration', 'connaisseur-webhook', '/webhooks/0');
    expect(entry).toMatchObject({ clientConfig: { service: { path: '/validate' } }, timeoutSeconds: 10 });
    expect(entry).not.toHaveProperty('reinvocationPolicy');
  });

  it('3.7 exposes metrics on a port and a Service of their own', () => {
    expect(all.usual.at('Service', 'connaisseur-metrics', '/spec/ports/0')).toMatchObject({
      port: 9090,
      targetPort: 'metrics',
    });
    expect(all.everything.at('ServiceMonitor', 'connaisseur-svc', '/spec/endpoints/0')).toMatchObject({
      port: 'metrics',
      path: '/metrics',
    });
    expect(all.everything.get('ServiceMonitor', 'connaisseur-svc').metadata.labels?.['release']).toBe('prometheus');
    expect(all.nothingExempt.find('Service', 'connaisseur-metrics')).toBeUndefined();
  });

  it('WHK-2 guards the label that switches validation off, where that is wanted', () => {
    expect(all.usual.names().join()).not.toContain('ValidatingAdmissionPolicy');
    // Labels are written by way of the other two as well.
    expect(
      all.everything.at(
        'ValidatingAdmissionPolicy',
        'connaisseur-namespace-label',
        '/spec/matchConstraints/resourceRules/0/resources',
      ),
    ).toEqual(['namespaces', 'namespaces/finalize', 'namespaces/status']);
    expect(
      all.everything.at('ValidatingAdmissionPolicyBinding', 'connaisseur-namespace-label', '/spec/validationActions'),
    ).toEqual(['Deny']);
  });

  describe('its rights (4.4)', () => {
    const rulesOf = (object: RenderedObject) =>
      object['rules'] as { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];

    it.each(names)('have no wildcard, no delete, and names wherever a name can be given: %s', (name) => {
      for (const object of all[name].objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')) {
        for (const rule of rulesOf(object)) {
          expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
          expect(rule.verbs).not.toContain('delete');
          const isOwn = ['secrets', 'configmaps', 'leases', 'mutatingwebhookconfigurations'].includes(
            rule.resources[0] ?? '',
          );
          if (isOwn && rule.verbs.join() !== 'create') expect(rule.resourceNames?.length).toBeGreaterThan(0);
          if (!isOwn) expect(rule.verbs).toEqual(['get']);
        }
      }
    });

    it('reach nothing but the parents of pods and its own webhook beyond the namespace', () => {
      expect(rulesOf(all.usual.get('ClusterRole', 'connaisseur-cluster-role'))).toMatchObject([
        {
          resources: ['mutatingwebhookconfigurations'],
          resourceNames: ['connaisseur-webhook'],
          verbs: ['get', 'list', 'watch', 'patch'],
        },
        { resources: ['deployments', 'replicasets', 'daemonsets', 'statefulsets'], verbs: ['get'] },
        { resources: ['pods', 'replicationcontrollers'], verbs: ['get'] },
        { resources: ['jobs', 'cronjobs'], verbs: ['get'] },
      ]);
      // Without child approval nobody asks for parents.
      expect(rulesOf(all.everyValue.get('ClusterRole', 'connaisseur-cluster-role'))).toHaveLength(1);
    });

    it('grow with what rules and workloads need, by name', () => {
      const last = (name: 'nothingExempt' | 'everything') =>
        rulesOf(all[name].get('ClusterRole', 'connaisseur-cluster-role')).at(-1);
      expect(last('nothingExempt')).toEqual({ apiGroups: [''], resources: ['namespaces'], verbs: ['get'] });
      expect(last('everything')).toEqual({ apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] });
    });

    it('let the gate write its certificate only where it owns it', () => {
      const secrets = (rendering: Rendering) =>
        rulesOf(rendering.get('Role', 'connaisseur-role')).filter(({ resources }) => resources[0] === 'secrets');
      expect(secrets(all.usual)).toMatchObject([
        { verbs: ['create'] },
        { resourceNames: ['connaisseur-tls', 'connaisseur-ca'], verbs: ['get', 'list', 'watch', 'update', 'patch'] },
      ]);
      expect(secrets(all.providedCertificate)).toMatchObject([
        { resourceNames: ['connaisseur-tls'], verbs: ['get', 'list', 'watch'] },
      ]);
    });
  });
});

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
  privileged: false,
  readOnlyRootFilesystem: true,
};
