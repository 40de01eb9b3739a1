/** A cluster with a gate installed as the chart does it, and replicas of its certificate keeper. */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { connectCluster } from '@pratique/kube';
import { createAuthority, issueLeaf, serviceNames } from '@pratique/tls';
import { startFakeApiServer } from '@pratique/testbed/kube';
import type { AccessRule, FakeApiServer } from '@pratique/testbed/kube';
import type { CertificateFacts, Certificates } from './certificates.ts';
import { clusterObjects } from './cluster-over-kube.ts';
import type { ClusterSource } from './options.ts';
import { startCertificates } from './start-certificates.ts';

export const namespace = 'connaisseur';
export const callersName = 'connaisseur-svc.connaisseur.svc';

const named = (
  verbs: readonly string[],
  apiGroup: string,
  resource: string,
  ...resourceNames: string[]
): AccessRule => ({
  ...{ apiGroups: [apiGroup], resources: [resource], verbs, resourceNames },
  ...(apiGroup.startsWith('admission') ? {} : { namespaces: [namespace] }),
});

/** Lists and watches of one name; the server of the tests takes a name from the path only, the real one from the selector too. */
const looking = (apiGroup: string, resource: string): AccessRule => {
  const { resourceNames: _all, ...rule } = named(['list', 'watch'], apiGroup, resource);
  return rule;
};

const creating = (apiGroup: string, resource: string): AccessRule => ({
  ...{ apiGroups: [apiGroup], resources: [resource], verbs: ['create'], namespaces: [namespace] },
});

const hooks = 'admissionregistration.k8s.io';
const changing = ['get', 'update', 'patch'];

/** The rights of decision 0017. */
const rights: readonly AccessRule[] = [
  ...[
    creating('', 'secrets'),
    looking('', 'secrets'),
    named(changing, '', 'secrets', 'connaisseur-tls', 'connaisseur-ca'),
  ],
  ...[creating('', 'configmaps'), looking('', 'configmaps'), named(changing, '', 'configmaps', 'connaisseur-ca')],
  creating('coordination.k8s.io', 'leases'),
  named(['get', 'update'], 'coordination.k8s.io', 'leases', 'connaisseur-certificates'),
  ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].flatMap((resource) => [
    looking(hooks, resource),
    named(['get', 'patch'], hooks, resource, 'connaisseur-webhook'),
  ]),
];

export const wantedRules = [
  { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
];

/** The webhook configuration as the chart renders it, beside an entry of somebody else. */
export function renderedWebhook() {
  const service = { name: 'connaisseur-svc', namespace, path: '/mutate', port: 443 };
  const common = { sideEffects: 'None', admissionReviewVersions: ['v1'], failurePolicy: 'Fail' };
  const other = { url: 'https://127.0.0.1:1/', caBundle: 'bm90IG91cnM=' };
  return {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
    metadata: {
      name: 'connaisseur-webhook',
      annotations: { 'pratique.io/rules': JSON.stringify(wantedRules) },
    },
    webhooks: [
      { name: 'other.example.com', clientConfig: other, rules: [], ...common },
      { name: callersName, clientConfig: { service }, ...common },
    ],
  };
}

/** A cluster where the chart was just installed. */
export async function startCluster(): Promise<FakeApiServer> {
  const options = { namespaces: { [namespace]: {} }, controllers: false };
  return startFakeApiServer({ ...options, objects: [renderedWebhook()] });
}

/** One replica. */
export interface Replica {
  readonly certificates: Certificates;
  /** Lines of the log: level, message. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
  /** As if the process was killed: nothing of it reaches the API server any more, and nothing is given back. */
  kill(): void;
}

/** What a replica can be started with besides. */
export interface ReplicaOptions extends Partial<Omit<ClusterSource, 'kind' | 'cluster'>> {
  readonly now?: () => number;
}

/** Starts a replica as a pod with exactly the rights that are documented. */
export async function startReplica(api: FakeApiServer, pod: string, options: ReplicaOptions = {}): Promise<Replica> {
  const { now = Date.now, ...source } = options;
  const token = api.tokenFor(pod, rights);
  const config = { kind: 'kubeconfig', text: api.kubeconfig(token) } as const;
  const cluster = await connectCluster({ config, now: () => new Date(), random: () => 0 });
  const lines: string[] = [];
  const say = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  const log = { info: say('info'), warn: say('warn'), error: say('error') };
  const certificates = await startCertificates({
    ...{ log, now, random: randomBytes },
    source: {
      ...{ kind: 'cluster', mode: 'auto', service: 'connaisseur-svc', namespace, pod },
      cluster: clusterObjects(cluster, namespace, { durationSeconds: 1, everyMs: 200 }),
      ...{ isReady: () => true, probe: async () => true, ...source },
      patience: { settleMs: 150, overlapMs: 0, ...source.patience },
      times: { retryMs: 50, longestRetryMs: 100, readyMs: 50, ...source.times },
    },
  });
  return {
    ...{ certificates, lines, kill: () => api.revoke(token) },
    stop: async () => {
      await certificates.stop();
      cluster.close();
    },
  };
}

/** `data` of a Secret, decoded; empty where there is none. */
export function secretData(api: FakeApiServer, name: string): Readonly<Record<string, string>> {
  const data = (api.get('secrets', namespace, name)?.['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** The own entry of the webhook configuration. */
export function ownEntry(api: FakeApiServer): {
  readonly clientConfig: { readonly caBundle?: string };
  readonly rules?: readonly unknown[];
} {
  const all = api.get('mutatingwebhookconfigurations', undefined, 'connaisseur-webhook')?.['webhooks'];
  const entries = all as readonly (ReturnType<typeof ownEntry> & { readonly name: string })[];
  const found = entries.find((entry) => entry.name === callersName);
  if (found === undefined) throw new Error('the webhook configuration has no own entry');
  return found;
}

/** Whether all is as it should be for this replica. */
export function isSettled({ caBundleInSync, webhookActive, source }: CertificateFacts): boolean {
  return source === 'cluster' && caBundleInSync === true && webhookActive === true;
}

/** A certificate that the gate did not make, with the content of its Secret. */
export async function makeForeign(options: { readonly selfSigned?: boolean } = {}): Promise<{
  readonly secret: Readonly<Record<string, string>>;
  /** PEM. */
  readonly authority: string;
  readonly key: string;
}> {
  const making = { now: Date.now(), random: randomBytes };
  if (options.selfSigned === true) {
    const { certificate, key } = await selfSign();
    return { secret: { 'tls.crt': certificate, 'tls.key': key }, authority: certificate, key };
  }
  const authority = await createAuthority({ name: 'somebody', ...making });
  const names = serviceNames('connaisseur-svc', namespace);
  const { certificate, key } = await issueLeaf({ authority, names, ...making });
  const secret = { 'ca.crt': authority.certificate, 'tls.crt': certificate, 'tls.key': key };
  return { secret, authority: authority.certificate, key };
}

/** As the chart of Connaisseur makes it: one certificate that signed itself and may not sign others. */
async function selfSign(): Promise<{ readonly certificate: string; readonly key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await X509CertificateGenerator.createSelfSigned({
    ...{ name: `CN=${callersName}`, keys, signingAlgorithm: algorithm },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 36_500 * 24 * 3_600_000),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: callersName }]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: `${made.toString('pem')}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Replaces the content of a Secret as somebody with kubectl would: annotations stay. */
export function putSecret(api: FakeApiServer, name: string, content: Readonly<Record<string, string>>): void {
  const before = api.get('secrets', namespace, name);
  const data = Object.fromEntries(
    Object.entries(content).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const metadata = before?.metadata ?? { name, namespace };
  api.put({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data });
}
