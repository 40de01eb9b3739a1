import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { needsPeer, runPeer } from '../peers/peers.ts';
import { cases } from './cases.ts';
import { chartFolder } from './chart-files.ts';
import { shapeMistakes } from './kubernetes-shapes.ts';
import { helmTemplate, renderAll, type RenderedObject, type Rendering } from './render.ts';

const helm = needsPeer('helm');
const names = Object.keys(cases) as (keyof typeof cases)[];

interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext: Record<string, unknown>;
  readonly env?: readonly { readonly name: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly [field: string]: unknown;
}
interface PodSpec {
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}

function podOf(rendering: Rendering, name = 'connaisseur'): PodSpec {
  return rendering.at('Deployment', name, '/spec/template/spec') as PodSpec;
}
function environmentOf(rendering: Rendering): Record<string, string> {
  return rendering.at('ConfigMap', 'connaisseur-env', '/data') as Record<string, string>;
}
function documentIn(rendering: Rendering, name: string): Record<string, unknown> {
  return parse(String(rendering.at('ConfigMap', name, '/data/config.yaml'))) as Record<string, unknown>;
}
function decoded(rendering: Rendering, name: string, key: string): string {
  const data = rendering.at('Secret', name, '/data') as Record<string, string>;
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

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

  it('4.9 runs one container as its image says, on named ports, with probes over https', () => {
    const pod = podOf(all.usual);
    const [gate] = pod.containers;
    expect(pod.containers).toHaveLength(1);
    expect(gate).not.toHaveProperty('command');
    expect(gate).not.toHaveProperty('args');
    expect(gate).toMatchObject({
      ports: [
        { name: 'https', containerPort: 5000 },
        { name: 'metrics', containerPort: 9090 },
      ],
      livenessProbe: { httpGet: { path: '/health', port: 'https', scheme: 'HTTPS' } },
      readinessProbe: { httpGet: { path: '/ready', port: 'https', scheme: 'HTTPS' } },
      startupProbe: { httpGet: { path: '/health', port: 'https', scheme: 'HTTPS' } },
      terminationMessagePolicy: 'FallbackToLogsOnError',
      securityContext: { runAsUser: 10_001, runAsGroup: 20_001, readOnlyRootFilesystem: true },
    });
    expect(all.usual.at('Service', 'connaisseur-svc', '/spec/ports')).toEqual([
      { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' },
    ]);
  });

  it('4.6 drains, spreads and keeps one replica at all times', () => {
    const pod = podOf(all.usual);
    expect(pod['terminationGracePeriodSeconds']).toBe(45);
    expect(pod.containers[0]).toMatchObject({ lifecycle: { preStop: { sleep: { seconds: 5 } } } });
    expect(all.usual.at('Deployment', 'connaisseur', '/spec/strategy/rollingUpdate/maxUnavailable')).toBe(0);
    expect(all.usual.at('Deployment', 'connaisseur', '/spec/replicas')).toBe(3);
    expect(pod['affinity']).toMatchObject({
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }] },
    });
    expect(pod['topologySpreadConstraints']).toMatchObject([{ topologyKey: 'topology.kubernetes.io/zone' }]);
    const budget = ['PodDisruptionBudget', 'connaisseur-pod-disruption-budget'] as const;
    expect(all.usual.at(...budget, '/spec/minAvailable')).toBe(1);
    expect(all.everyValue.at(...budget, '/spec')).toMatchObject({ maxUnavailable: '25%' });
    expect(all.alone.find(...budget)).toBeUndefined();
    expect(all.nothingExempt.find(...budget)).toBeUndefined();
  });

  it('1.1 mounts what the gate reads where the gate reads it, read-only', () => {
    const [gate] = podOf(all.usual).containers;
    expect(gate.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
      '/app/config',
      '/app/alerts',
      '/app/certs',
      '/app/redis-certs',
    ]);
    expect(gate.volumeMounts.every(({ readOnly }) => readOnly)).toBe(true);
    expect(podOf(all.usual).volumes).toContainEqual({
      name: 'certs',
      secret: { secretName: 'connaisseur-tls', optional: true },
    });
    // The key of the cache is none of the gate's business.
    expect(podOf(all.usual).volumes).toContainEqual({
      name: 'redis-certs',
      secret: { secretName: 'connaisseur-redis-tls', optional: true, items: [{ key: 'ca.crt', path: 'tls.crt' }] },
    });
  });

  it('1.2 hands every feature over as its variable', () => {
    expect(environmentOf(all.usual)).toEqual({
      AUTOMATIC_CHILD_APPROVAL: 'true',
      CHILD_APPROVAL_REQUIRE_DECISION: 'true',
      AUTOMATIC_UNCHANGED_APPROVAL: 'false',
      DETECTION_MODE: 'false',
      RESOURCE_VALIDATION_MODE: 'all',
      PATTERN_MATCHING: 'anchored',
      STRICT_CONFIG: 'false',
      CACHE_EXPIRY_SECONDS: '30',
      CACHE_ERRORS: 'true',
      REDIS_HOST: 'connaisseur-redis-service',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json-pretty',
      OBJECT_PREFIX: 'connaisseur',
      TLS_MODE: 'auto',
      METRICS_PORT: '9090',
    });
    expect(environmentOf(all.everyValue)).toMatchObject({
      AUTOMATIC_CHILD_APPROVAL: 'false',
      AUTOMATIC_UNCHANGED_APPROVAL: 'true',
      DETECTION_MODE: 'true',
      RESOURCE_VALIDATION_MODE: 'podsOnly',
      CACHE_EXPIRY_SECONDS: '60',
      CACHE_ERRORS: 'false',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
    });
    expect(environmentOf(all.everything)).toMatchObject({
      UNCHANGED_MAX_AGE: '12h',
      CHILD_APPROVAL_REQUIRE_DECISION: 'false',
      PATTERN_MATCHING: 'legacy',
      STRICT_CONFIG: 'true',
      LAST_GOOD_GRACE: '1h',
      CACHE_DIGEST_SECONDS: '60',
      IMAGE_EXTRACTORS: '[{"group":"example.com","kind":"Thing","podSpecs":["$.spec"]}]',
      PRATIQUE_HUB_URL: 'https://hub.example.com',
      PRATIQUE_CLUSTER_NAME: 'north',
      PRATIQUE_HUB_API_KEY_FILE: '/app/hub/api-key',
    });
    const [gate] = podOf(all.usual).containers;
    expect(gate.env?.map(({ name }) => name)).toEqual([
      'POD_NAME',
      'POD_NAMESPACE',
      'REDIS_PASSWORD',
      'CACHE_SEAL_KEY',
    ]);
  });

  it('4.8 puts every value of Connaisseur 3 where it belongs', () => {
    const pod = podOf(all.everyValue);
    const [gate] = pod.containers;
    expect(gate).toMatchObject({ image: 'registry.example.com/gate:v9', imagePullPolicy: 'Always' });
    expect(gate.securityContext).toMatchObject({ runAsUser: 4711, runAsNonRoot: true });
    expect(pod).toMatchObject({
      imagePullSecrets: [{ name: 'pull' }],
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'dedicated' }],
      securityContext: { fsGroup: 20_001 },
      affinity: { nodeAffinity: {}, podAntiAffinity: {} },
    });
    expect(all.everyValue.at('Deployment', 'connaisseur', '/spec/template/metadata/labels/team')).toBe('platform');
    const deployment = all.everyValue.get('Deployment', 'connaisseur');
    expect(deployment.metadata.annotations?.['example.com/owner']).toBe('platform');
    expect(deployment.metadata.labels?.['app.example.com/part']).toBe('admission');
    expect(all.everyValue.at('Deployment', 'connaisseur', '/spec/replicas')).toBe(5);
    expect(all.everyValue.at('Service', 'connaisseur-svc', '/spec/type')).toBe('LoadBalancer');
    expect(all.everyValue.get('ServiceAccount', 'connaisseur-serviceaccount').metadata.annotations).toHaveProperty([
      'eks.amazonaws.com/role-arn',
    ]);
    expect(decoded(all.everyValue, 'connaisseur-env-secret', 'VAULT_TOKEN')).toBe('SECRET');
    const redis = podOf(all.everyValue, 'connaisseur-redis');
    expect(redis.containers[0]).toMatchObject({
      image: 'registry.example.com/redis:7',
      imagePullPolicy: 'IfNotPresent',
    });
    expect(redis).toMatchObject({ securityContext: { fsGroup: 999 } });
  });

  it('takes a file copied from Connaisseur 3, and does not run its image', () => {
    expect(podOf(all.copiedValues).containers[0].image).toBe('docker.io/pratique/pratique:v0.1.0');
    expect(documentIn(all.copiedValues, 'connaisseur-app-config')).toMatchObject({ policy: [{}, {}, {}] });
  });

  it('names its image by digest where one is given', () => {
    expect(podOf(all.digest).containers[0].image).toBe(`docker.io/pratique/pratique@sha256:${'a'.repeat(64)}`);
  });

  it('checksum/config changes with what the pods read, on Deployment and pods alike', () => {
    const sums = names.map((name) => {
      const gate = name === 'renamed' ? 'gate' : 'connaisseur';
      const sum = all[name].get('Deployment', gate).metadata.annotations?.['checksum/config'];
      expect(all[name].at('Deployment', gate, '/spec/template/metadata/annotations/checksum~1config')).toBe(sum);
      return [name, sum];
    });
    const of = Object.fromEntries(sums) as Record<string, string>;
    expect(of['usual']).toMatch(/^[0-9a-f]{64}$/);
    expect(of['renamed']).toBe(of['usual']);
    for (const name of ['everyValue', 'credentials', 'certManager', 'everything'])
      expect(of[name]).not.toBe(of['usual']);
  });

  it('1.5 makes Secrets of credentials and names them in the configuration', () => {
    expect(parse(decoded(all.credentials, 'team-auth', 'secret.yaml'))).toEqual({
      username: 'robot',
      password: 'SECRET',
      registry: 'registry.example.com',
    });
    expect(parse(decoded(all.credentials, 'old-notary-auth', 'secret.yaml'))).toEqual({
      username: 'a',
      password: 'SECRET',
    });
    const config = parse(decoded(all.credentials, 'connaisseur-app-config', 'config.yaml')) as { validators: object[] };
    expect(config.validators).toMatchObject([
      {},
      {},
      { auth: { secretName: 'team-auth' } },
      { auth: { secretName: 'registry.pull' } },
      {},
      {},
    ]);
    const mounts = podOf(all.credentials).containers[0].volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts.filter((path) => path.startsWith('/app/secrets/'))).toEqual([
      '/app/secrets/team-auth',
      '/app/secrets/registry.pull',
      '/app/secrets/old-notary-auth',
      '/app/secrets/slack-hook',
    ]);
    for (const volume of podOf(all.credentials).volumes) {
      if (String(volume['name']).startsWith('secret-')) expect(volume).toMatchObject({ secret: { optional: true } });
    }
  });

  it('keeps addresses of receivers and private keys in Secrets that stand in for the ConfigMaps', () => {
    expect(parse(decoded(all.everyValue, 'connaisseur-alert-config', 'config.yaml'))).toMatchObject({
      admitRequest: { receivers: [{ receiverUrl: 'https://alerts.example.com/SECRET', priority: 0 }] },
    });
    expect(documentIn(all.everyValue, 'connaisseur-alert-config')).toMatchObject({
      clusterIdentifier: 'north',
      rejectRequest: { receivers: [{ template: 'mine', receiverUrl: 'kept in the Secret connaisseur-alert-config' }] },
    });
    expect(JSON.stringify(podOf(all.everyValue).volumes)).toContain('{"secret":{"name":"connaisseur-alert-config"}}');
    expect(JSON.stringify(podOf(all.credentials).volumes)).toContain('{"secret":{"name":"connaisseur-app-config"}}');
    expect(all.credentials.at('ConfigMap', 'connaisseur-app-config', '/data/client-ca.crt')).toContain(
      'BEGIN CERTIFICATE',
    );
  });

  it('ALR-8 shows the templates of the gate, and takes more', () => {
    const templates = all.everyValue.at('ConfigMap', 'connaisseur-alert-templates', '/data') as Record<string, string>;
    expect(Object.keys(templates)).toEqual(
      ['ecs-1-12-0', 'keybase', 'mine', 'msteams', 'opsgenie', 'slack'].map((name) => `${name}.json`),
    );
    // A file wins over what the gate brings itself; they must be the same.
    const shipped = new URL('../../../apps/gate/src/alerts/templates/', import.meta.url);
    for (const [name, template] of Object.entries(templates)) {
      const own =
        name === 'mine.json' ? cases.everyValue.alertTemplates.mine : readFileSync(new URL(name, shipped), 'utf8');
      expect(template.trimEnd(), name).toBe(own.trimEnd());
    }
  });

  it('4.10 runs a cache that speaks TLS only, forgets, and is reached by the gate alone', () => {
    const pod = podOf(all.usual, 'connaisseur-redis');
    const args = pod.containers[0]['args'] as string[];
    const valueOf = (flag: string) => args[args.indexOf(flag) + 1];
    expect(valueOf('--port')).toBe('0');
    expect(valueOf('--tls-port')).toBe('6379');
    expect(valueOf('--tls-auth-clients')).toBe('no');
    expect(valueOf('--save')).toBe('');
    expect(valueOf('--maxmemory-policy')).toBe('allkeys-lru');
    expect(args.filter((word, index) => args[index - 1] === '--rename-command' && word)).toEqual([
      'FLUSHALL',
      'FLUSHDB',
    ]);
    expect(pod['automountServiceAccountToken']).toBe(false);
    expect(pod.containers[0].image).toMatch(/^redis@sha256:[0-9a-f]{64}$/);
    expect(JSON.stringify(pod.containers[0]['livenessProbe'])).toContain('--tls');
    expect(all.usual.at('NetworkPolicy', 'connaisseur-redis', '/spec')).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'connaisseur' } } }] }],
    });
    const level = podOf(all.everyValue, 'connaisseur-redis').containers[0]['args'] as string[];
    expect(level[level.indexOf('--loglevel') + 1]).toBe('debug');
  });

  it('CAC-1 deploys no Redis where the cache is off or somewhere else', () => {
    for (const name of ['alone', 'redisElsewhere'] as const) {
      expect(all[name].names().filter((one) => one.includes('redis'))).toEqual([]);
    }
    expect(environmentOf(all.alone)).not.toHaveProperty('REDIS_HOST');
    expect(environmentOf(all.redisElsewhere)['REDIS_HOST']).toBe('valkey.cache.svc');
    expect(JSON.stringify(podOf(all.redisElsewhere))).toContain('"secretName":"valkey-login"');
  });

  it('TLS-1 takes a certificate of ones own, with what signed it', () => {
    expect(Object.keys(all.ownCertificate.at('Secret', 'connaisseur-tls', '/data') as object)).toEqual([
      'tls.crt',
      'tls.key',
      'ca.crt',
    ]);
    expect(decoded(all.ownCertificate, 'connaisseur-redis-tls', 'ca.crt')).toContain('BEGIN CERTIFICATE');
    expect(environmentOf(all.ownCertificate)['TLS_MODE']).toBe('provided');
    expect(environmentOf(all.providedCertificate)['TLS_MODE']).toBe('provided');
  });

  it('TLS-3.8 lets cert-manager make the certificate and vouch for it', () => {
    expect(environmentOf(all.certManager)['TLS_MODE']).toBe('certManager');
    expect(all.certManager.at('Certificate', 'connaisseur-tls', '/spec')).toMatchObject({
      secretName: 'connaisseur-tls',
      issuerRef: { name: 'internal', kind: 'ClusterIssuer' },
      dnsNames: [
        'connaisseur-svc',
        'connaisseur-svc.connaisseur',
        'connaisseur-svc.connaisseur.svc',
        'connaisseur-svc.connaisseur.svc.cluster.local',
      ],
    });
    const webhook = all.certManager.get('MutatingWebhookConfiguration', 'connaisseur-webhook');
    expect(webhook.metadata.annotations?.['cert-manager.io/inject-ca-from']).toBe('connaisseur/connaisseur-tls');
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
    expect(
      all.everything.at(
        'ValidatingAdmissionPolicy',
        'connaisseur-namespace-label',
        '/spec/matchConstraints/resourceRules/0/resources',
      ),
    ).toEqual(['namespaces']);
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
