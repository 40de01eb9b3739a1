import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGateConfig, startGate, type RunningGate } from '@pratique/gate';
import { connectCluster, type Cluster } from '@pratique/kube';
import { startFakeApiServer, type ApiObject, type FakeApiServer } from '../kube/kube.ts';
import { needsPeer, runPeer, type PeerAnswer } from '../peers/peers.ts';
import { chartFolder } from './chart-files.ts';

const helm = needsPeer('helm');
const kubectl = needsPeer('kubectl');
const own = 'connaisseur';

/** A cluster with the chart in it, and the gate running as the account the chart has made, with its rights only. */
// Both are needed: skipped where either is missing.
(kubectl.path === undefined ? kubectl : helm).describe('the chart in a cluster', () => {
  let folder: string;
  let server: FakeApiServer;
  let cluster: Cluster;
  let gate: RunningGate;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pratique-install-'));
    server = await startFakeApiServer({ namespaces: { [own]: {}, team: {} } });
    await writeFile(join(folder, 'kubeconfig'), server.kubeconfig());
    await install();
    gate = await start();
    server.route(`${own}/connaisseur-svc`, { host: '127.0.0.1', port: gate.port });
    await until(() => entry().clientConfig.caBundle !== undefined && gate.readiness().isReady);
    // Names of Services lead nowhere on this machine, so the gate would wait its minute before it writes the rules.
    server.put({ ...webhook(), webhooks: [{ ...entry(), rules: JSON.parse(wantedRules()) as object[] }] });
  });
  afterAll(async () => {
    await gate?.stop();
    cluster?.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  function run(peer: string | undefined, ...args: readonly string[]): Promise<PeerAnswer> {
    const env = { KUBECONFIG: join(folder, 'kubeconfig') };
    return runPeer(peer, args, { cwd: folder, env });
  }

  /** What helm says once it is done; the look-ups of the templates reach the cluster. */
  async function install(...values: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(
      helm.path,
      'upgrade',
      '--install',
      own,
      chartFolder,
      '-n',
      own,
      ...values,
    );
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  async function layOut(into: string, configMap: string): Promise<void> {
    await mkdir(join(folder, into), { recursive: true });
    for (const [name, text] of Object.entries(dataOf('configmaps', configMap)))
      await writeFile(join(folder, into, name), text);
  }

  /** What the pod of the Deployment would be. */
  async function start(): Promise<RunningGate> {
    await layOut('config', 'connaisseur-app-config');
    await layOut('alerts', 'connaisseur-alert-config');
    const { REDIS_HOST: _redis, ...environment } = dataOf('configmaps', 'connaisseur-env');
    const { options } = readGateConfig({
      ...environment,
      ...{
        POD_NAME: 'connaisseur-1',
        POD_NAMESPACE: own,
        HOST: '127.0.0.1',
        PORT: '0',
        METRICS_PORT: '0',
        DRAIN_DELAY: '0',
      },
      ...{ CONFIG_DIR: join(folder, 'config'), ALERTS_DIR: join(folder, 'alerts') },
      ...{ SECRETS_DIR: join(folder, 'secrets'), CERTS_DIR: join(folder, 'certs') },
    });
    const text = server.kubeconfig(server.serviceAccountToken(own, 'connaisseur-serviceaccount'));
    cluster = await connectCluster({
      config: { kind: 'kubeconfig', text },
      now: () => new Date(),
      random: Math.random,
    });
    return startGate(options, { log: pino({ level: 'silent' }), version: '0.0.0', cluster });
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => void setTimeout(resolve, 20));
  }

  function object(plural: string, name: string, namespace: string | undefined = own): ApiObject {
    const found = server.get(plural, namespace, name);
    if (found === undefined) throw new Error(`there is no ${plural} ${name}`);
    return found;
  }
  const dataOf = (plural: string, name: string) => object(plural, name)['data'] as Record<string, string>;
  const webhook = () => {
    const found = server.get('mutatingwebhookconfigurations', undefined, 'connaisseur-webhook');
    if (found === undefined) throw new Error('there is no webhook');
    return found;
  };
  const wantedRules = () => webhook().metadata.annotations?.['pratique.io/rules'] ?? '';
  const entry = () => (webhook()['webhooks'] as [Record<string, unknown> & { clientConfig: { caBundle?: string } }])[0];

  it('4.4 gives the gate the rights it needs: it makes its Secrets and vouches for itself, and nothing is refused', () => {
    expect(Object.keys(dataOf('secrets', 'connaisseur-tls')).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    expect(entry().clientConfig.caBundle).toBe(dataOf('secrets', 'connaisseur-tls')['ca.crt']);
    expect(dataOf('configmaps', 'connaisseur-ca')['ca.crt']).toContain('BEGIN CERTIFICATE');
    expect(gate.readiness().conditions.problems.map(({ code }) => code)).toEqual([]);
    expect(gate.readiness().isReady).toBe(true);
  });

  it('3.6 lets kubectl deploy what the policy admits, and tells it why where it does not', async () => {
    const refused = await run(kubectl.path, 'run', 'web', '--image=nginx', '-n', 'team');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'admission webhook "connaisseur-svc.connaisseur.svc" denied the request: static deny',
    );
    expect(await run(kubectl.path, 'run', 'pause', '--image=registry.k8s.io/pause:3.10', '-n', 'team')).toMatchObject({
      code: 0,
    });
  });

  it('runs the commands of the runbook word for word', async () => {
    await server.settled();
    const waited = await run(kubectl.path, 'rollout', 'status', 'deploy/connaisseur', '-n', 'connaisseur');
    expect(waited.stdout).toContain('successfully rolled out');
    const shown = await run(
      kubectl.path,
      '-n',
      'connaisseur',
      'get',
      'configmap',
      'connaisseur-app-config',
      '-o',
      'yaml',
    );
    expect(shown.stdout).toContain('validators:');
    const endpoints = await run(kubectl.path, '-n', 'connaisseur', 'get', 'endpoints', 'connaisseur-svc', '-o', 'wide');
    expect(endpoints.stdout).toContain(`127.0.0.1:${gate.port}`);
    const bundle = await run(
      kubectl.path,
      '-n',
      'connaisseur',
      'get',
      'secret',
      'connaisseur-tls',
      '-o',
      String.raw`jsonpath={.data.ca\.crt}`,
    );
    const patch = JSON.stringify([{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: bundle.stdout }]);
    const patched = await run(
      kubectl.path,
      'patch',
      'mutatingwebhookconfiguration',
      'connaisseur-webhook',
      '--type=json',
      `-p=${patch}`,
    );
    expect(patched).toMatchObject({ code: 0 });
    expect(await run(kubectl.path, '-n', 'connaisseur', 'rollout', 'restart', 'deploy', 'connaisseur')).toMatchObject({
      code: 0,
    });
  });

  it('WHK-3 keeps certificate, rules and password through an upgrade that changes something else', async () => {
    const before = {
      entry: entry(),
      password: dataOf('secrets', 'connaisseur-redis-secret'),
      redis: dataOf('secrets', 'connaisseur-redis-tls'),
    };
    const said = await install('--set', 'kubernetes.webhook.timeoutSeconds=20');
    expect(said).toContain('pratique review --policy config.yaml -f deployment.yaml');
    expect(entry()).toMatchObject({
      timeoutSeconds: 20,
      rules: before.entry['rules'],
      clientConfig: before.entry.clientConfig,
    });
    expect(dataOf('secrets', 'connaisseur-redis-secret')).toEqual(before.password);
    expect(dataOf('secrets', 'connaisseur-redis-tls')).toEqual(before.redis);
    expect(Buffer.from(before.password['CACHE_SEAL_KEY'] ?? '', 'base64').toString()).toMatch(/^[A-Za-z0-9]{64}$/);
    expect(Object.keys(before.redis).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  });

  it('leaves nothing behind but what the gate has made, which the notes name', async () => {
    const notes = (await run(helm.path, 'get', 'notes', own, '-n', own)).stdout;
    expect(await run(helm.path, 'uninstall', own, '-n', own)).toMatchObject({ code: 0, stderr: '' });
    const left = ['secrets', 'configmaps', 'leases', 'deployments', 'services', 'roles'].flatMap((plural) =>
      server.list(plural, own).map(({ metadata }) => `${plural.replace(/s$/, '')}/${metadata.name}`),
    );
    expect(left.toSorted()).toEqual([
      'configmap/connaisseur-ca',
      'lease/connaisseur-certificates',
      'secret/connaisseur-ca',
      'secret/connaisseur-tls',
    ]);
    for (const one of left) expect(notes).toContain(one);
    expect(server.list('mutatingwebhookconfigurations')).toEqual([]);
  });
});
