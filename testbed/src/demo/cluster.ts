/** A cluster for the demonstration: an API server, the gate it asks, and a few workloads that somebody has tried to deploy. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startGate, type RunningGate } from '@pratique/gate';
import { connectCluster, type Cluster } from '@pratique/kube';
import type { Log } from '@pratique/runtime/log';
import { closeAll } from '@pratique/runtime/serve';
import { startFakeApiServer, type FakeApiServer } from '../kube/kube.ts';
import { gateNamespace, gateObjects, gateOptions, webhookName, type GateSetup } from './gate-setup.ts';
import { demoPair } from './people.ts';
import { attemptTrial } from './trials.ts';
import { workloadOf } from './workloads.ts';

/** How the cluster is to stand. */
export interface DemoClusterOptions extends GateSetup {
  readonly version: string;
  readonly log: Log;
  readonly now: () => Date;
}

/** A standing cluster. */
export interface DemoCluster {
  readonly apiServer: FakeApiServer;
  readonly gate: RunningGate;
  /** A file that opens the API server to kubectl. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** Starts the API server and the gate, and waits until one trusts the other. */
export async function startDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  const parts: { readonly name: string; readonly stop: () => unknown }[] = [];
  try {
    const apiServer = await startFakeApiServer({
      namespaces: { [gateNamespace]: {}, [demoPair.namespace]: {} },
      objects: gateObjects(),
      now: options.now,
    });
    parts.push({ name: 'API server', stop: () => apiServer.close() });
    const cluster = await accessOf(apiServer, options.now);
    parts.push({ name: 'access of the gate', stop: () => cluster.close() });
    const gate = await startGate(await gateOptions(options), {
      ...{ log: calmLog(options.log), version: options.version, cluster },
    });
    parts.push({ name: 'gate', stop: () => gate.stop() });
    apiServer.route(`${gateNamespace}/connaisseur-svc`, { host: '127.0.0.1', port: gate.port });
    const kubeconfig = join(options.folder, 'kubeconfig');
    await writeFile(kubeconfig, apiServer.kubeconfig(), { mode: 0o600 });
    await untilTrusted(apiServer);
    return { apiServer, gate, kubeconfig, stop: () => closeAll(parts) };
  } catch (error) {
    await closeAll(parts).catch(() => undefined);
    throw error;
  }
}

/** Refusals are what this gate is for; on the screen of a demo they would only look like trouble. Whoever asked for more sees all. */
function calmLog(log: Log): Log {
  return log.level === 'warn' ? log.child({}, { level: 'error' }) : log;
}

function accessOf(apiServer: FakeApiServer, now: () => Date): Promise<Cluster> {
  return connectCluster({ config: { kind: 'kubeconfig', text: apiServer.kubeconfig() }, now, random: Math.random });
}

const trustMs = 20_000;

/** The gate writes its authority into the webhook within moments; until then every workload would be refused. */
async function untilTrusted(apiServer: FakeApiServer): Promise<void> {
  const until = performance.now() + trustMs;
  while (!isTrusted(apiServer)) {
    if (performance.now() > until) throw new Error('the gate of the demo wrote no caBundle into its webhook');
    await delay(20);
  }
}

function isTrusted(apiServer: FakeApiServer): boolean {
  const webhooks = apiServer.get('mutatingwebhookconfigurations', undefined, webhookName)?.['webhooks'];
  const [webhook] = Array.isArray(webhooks) ? (webhooks as readonly { clientConfig?: { caBundle?: string } }[]) : [];
  return (webhook?.clientConfig?.caBundle ?? '') !== '';
}

/** What people have tried before anybody looked: something of every kind, in namespaces of three teams. */
const deployed = [
  { namespace: demoPair.namespace, name: 'web', image: 'shop/web:1.0' },
  { namespace: demoPair.namespace, name: 'web-next', image: 'shop/web:1.1' },
  { namespace: demoPair.namespace, name: 'tools', image: 'shop/tools:4.0' },
  { namespace: 'checkout', name: 'api', image: 'shop/api:2.0' },
  { namespace: 'checkout', name: 'worker', image: 'shop/worker:3.0' },
  { namespace: 'monitoring', name: 'cache', image: 'docker.io/library/redis:7.4' },
] as const;

/** Tries them one after the other, as the pipelines of the teams would. */
export async function deployExamples({ apiServer }: DemoCluster, registry: string): Promise<void> {
  for (const { namespace, name, image } of deployed) {
    const reference = image.startsWith('docker.io/') ? image : `${registry}/${image}`;
    const user = `system:serviceaccount:${namespace}:deployer`;
    await attemptTrial(apiServer, { namespace, user, manifest: workloadOf(name, reference) });
  }
  await apiServer.settled();
}
