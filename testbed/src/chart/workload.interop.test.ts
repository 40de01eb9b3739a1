import { beforeAll, expect, it } from 'vitest';
import { needsPeer } from '../peers/peers.ts';
import { cases } from './cases.ts';
import { renderAll, type Rendering } from './render.ts';
import { decoded, documentIn, environmentOf, podOf } from './rendered-parts.ts';

const helm = needsPeer('helm');
const names = Object.keys(cases) as (keyof typeof cases)[];

helm.describe('the pods of the chart', () => {
  let all: Readonly<Record<keyof typeof cases, Rendering>>;
  beforeAll(async () => {
    all = await renderAll(helm.path, cases);
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
    const [own, ...read] = gate.volumeMounts;
    expect(own, 'a folder of its own, for public trust material').toEqual({ name: 'tmp', mountPath: '/tmp' });
    expect(read.map(({ mountPath }) => mountPath)).toEqual([
      '/app/config',
      '/app/alerts',
      '/app/certs',
      '/app/redis-certs',
    ]);
    expect(read.every(({ readOnly }) => readOnly)).toBe(true);
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
    expect(podOf(all.copiedValues).containers[0].image).toBe('registry.example.com/pratique:v0.1.0');
    expect(documentIn(all.copiedValues, 'connaisseur-app-config')).toMatchObject({ policy: [{}, {}, {}] });
  });

  it('names its image by digest where one is given', () => {
    expect(podOf(all.digest).containers[0].image).toBe(`registry.example.com/pratique@sha256:${'a'.repeat(64)}`);
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
});
