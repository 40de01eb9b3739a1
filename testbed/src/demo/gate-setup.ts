/** What the gate of the demonstration is set up with: its policy, its settings, and the webhook it is asked through. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGateConfig, type GateOptions } from '@pratique/gate';
import { stringify } from 'yaml';
import type { ApiObject } from '../kube/kube.ts';
import type { DemoRegistry } from './registry.ts';

/** The namespace and the names of the gate's objects are Connaisseur's, as everywhere. */
export const gateNamespace = 'connaisseur';

/** Where decisions are reported. */
export interface DemoHub {
  readonly url: string;
  readonly apiKey: string;
  readonly clusterName: string;
}

/** What {@link gateOptions} needs. */
export interface GateSetup {
  readonly folder: string;
  readonly registry: Pick<DemoRegistry, 'address' | 'key'>;
  readonly hub: DemoHub;
}

/** Writes the files of the gate and reads its settings, as the container would find them. */
export async function gateOptions({ folder, registry, hub }: GateSetup): Promise<GateOptions> {
  const places = ['config', 'alerts', 'secrets', 'certs'].map((name) => join(folder, 'gate', name));
  await Promise.all(places.map((place) => mkdir(place, { recursive: true })));
  const [config = '', alerts = '', secrets = '', certs = ''] = places;
  const key = await readFile(registry.key.publicFile, 'utf8');
  await writeFile(join(config, 'config.yaml'), stringify(demoPolicy(registry.address, key)));
  await writeFile(join(alerts, 'config.yaml'), '{}\n');
  const { options } = readGateConfig({
    ...{ HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', POD_NAME: 'connaisseur-demo', POD_NAMESPACE: gateNamespace },
    ...{ CONFIG_DIR: config, ALERTS_DIR: alerts, SECRETS_DIR: secrets, CERTS_DIR: certs, DRAIN_DELAY: '0s' },
    PRATIQUE_HUB_URL: hub.url,
    PRATIQUE_HUB_API_KEY: hub.apiKey,
    PRATIQUE_CLUSTER_NAME: hub.clusterName,
  });
  return options;
}

/** Images of the shop by the team's key, the platform's own without a look, everything else denied; one rule only warns. */
function demoPolicy(registry: string, key: string): object {
  return {
    validators: [
      { name: 'allow', type: 'static', approve: true },
      { name: 'deny', type: 'static', approve: false },
      { name: 'shop', type: 'cosign', trustRoots: [{ name: 'default', key }] },
    ],
    policy: [
      { pattern: '*:*', validator: 'deny' },
      { pattern: 'registry.k8s.io/*:*', validator: 'allow' },
      { pattern: 'docker.io/library/*:*', validator: 'deny', action: 'warn' },
      { pattern: `${registry}/shop/*:*`, validator: 'shop', with: { verifyInTransparencyLog: false } },
    ],
  };
}

const wantedRules = [
  { apiGroups: ['apps'], resources: ['deployments', 'replicasets', 'daemonsets', 'statefulsets'] },
  { apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
].map((rule) => ({ ...rule, apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' }));

/**
 * The objects an installation makes for the gate. Its rules stand in the webhook from the beginning: the gate's own look whether its
 * Service answers needs a name server that knows the cluster. What it writes is `caBundle`.
 */
export function gateObjects(): readonly ApiObject[] {
  const service = { name: 'connaisseur-svc', namespace: gateNamespace };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: service, spec: { ports: [{ port: 443, targetPort: 'https' }] } },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: webhookName, annotations: { 'pratique.io/rules': JSON.stringify(wantedRules) } },
      webhooks: [
        {
          name: `connaisseur-svc.${gateNamespace}.svc`,
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { ...service, path: '/mutate', port: 443 } },
          ...{ failurePolicy: 'Fail', matchPolicy: 'Equivalent', sideEffects: 'NoneOnDryRun', timeoutSeconds: 30 },
          rules: wantedRules,
        },
      ],
    },
  ];
}

/** The webhook configuration of the gate. */
export const webhookName = 'connaisseur-webhook';
