/**
 * The whole product in one process, as the demo shows it and the end-to-end tests use it: PostgreSQL with both databases, a hub for
 * browsers (dev mode: one click changes the person) and a hub that spokes talk to (keys and headers), as two replicas of one installation;
 * beside it a registry with images that are signed, unsigned and wrongly signed, and a cluster whose gate judges them.
 */
import { readHubConfig, startHub, type DemoPerson, type DeploymentTrials, type Hub } from '@pratique/hub';
import type { Log } from '@pratique/runtime/log';
import { closeAll } from '@pratique/runtime/serve';
import { dataFiles } from './data.ts';
import type { DemoCluster } from './demo/cluster.ts';
import { openDemoDatabases, within, type DemoDatabases } from './demo/databases.ts';
import { freePortFrom } from './demo/free-port.ts';
import { demoPair, demoPeople, demoSpokeKeys } from './demo/people.ts';
import { startDemoRegistry, type DemoRegistry } from './demo/registry.ts';
import { attemptTrial } from './demo/trials.ts';
import { seedDemoWorkflow } from './demo/workflow.ts';
import { trialExamples } from './demo/workloads.ts';
import type { PostgresServer } from './postgres.ts';

/** How the constellation is to stand. */
export interface ConstellationOptions {
  /** Where databases are kept between starts. */
  readonly folder: string;
  /** Throw away what is kept and begin anew. */
  readonly reset?: boolean;
  /** First port to try; 0 takes any. */
  readonly port: number;
  readonly log: Log;
  readonly version: string;
  readonly consoleRoot?: string | undefined;
  readonly pollSeconds?: number;
  readonly checkResponses?: boolean;
  /** As of `startHub`. */
  readonly maxEventLoopDelayMs?: number;
  readonly now: () => Date;
  readonly onProgress?: (what: string) => void;
}

/** A standing constellation. */
export interface Constellation {
  /** The console and its API in dev mode. */
  readonly hub: Hub;
  /** The API as spokes use it. */
  readonly spokeHub: Hub;
  readonly databases: DemoDatabases;
  readonly people: readonly DemoPerson[];
  readonly spokeKeys: typeof demoSpokeKeys;
  readonly registry: DemoRegistry;
  /** The cluster whose gate reports to the hub, under the name of the team's. */
  readonly cluster: DemoCluster;
  stop(): Promise<void>;
}

/** Starts everything; what was started is stopped again when a later part fails. */
export async function startConstellation(options: ConstellationOptions): Promise<Constellation> {
  const progress = options.onProgress ?? (() => undefined);
  const parts: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  try {
    const databases = await openDemoDatabases({
      folder: options.folder,
      reset: options.reset ?? false,
      now: options.now(),
      onProgress: progress,
    });
    parts.push({ name: 'PostgreSQL', stop: () => databases.server.stop() });
    progress('starting the hub');
    const standing: { cluster?: DemoCluster; registry?: DemoRegistry } = {};
    const hub = await startOne(options, {
      port: options.port,
      env: { DEV_MODE: 'true', ...devPerson() },
      databases,
      trials: trialsOn(standing),
    });
    parts.push({ name: 'hub', stop: () => hub.stop() });
    await seedWorkflow(databases.server, options.now());
    const spokeHub = await startOne(options, {
      port: options.port === 0 ? 0 : hub.port + 1,
      env: { SECRET_KEY: 'demo-only-not-a-secret-0123456789', SPOKE_API_KEYS: JSON.stringify(demoSpokeKeys) },
      databases,
    });
    parts.push({ name: 'hub for spokes', stop: () => spokeHub.stop() });
    progress('starting the registry and signing its images');
    const registry = await startDemoRegistry({
      folder: options.folder,
      port: options.port === 0 ? 0 : registryPort,
      version: options.version,
      log: options.log,
      now: options.now,
    });
    parts.push({ name: 'registry', stop: () => registry.stop() });
    standing.registry = registry;
    progress('starting the gate and its cluster, reading StackRox for the first time');
    const [cluster] = await Promise.all([
      bringCluster(options, { spokeHub, registry, parts }),
      firstVersion(hub, spokeHub),
    ]);
    standing.cluster = cluster;
    const stop = () => closeAll(parts);
    return { hub, spokeHub, databases, people: demoPeople, spokeKeys: demoSpokeKeys, registry, cluster, stop };
  } catch (error) {
    await closeAll(parts).catch(() => undefined);
    throw error;
  }
}

interface ClusterSurroundings {
  readonly spokeHub: Hub;
  readonly registry: DemoRegistry;
  readonly parts: { readonly name: string; readonly stop: () => Promise<void> }[];
}

/** The cluster of the demo's team, with a few workloads tried on it, so that the desk has decisions to show. */
async function bringCluster(
  options: ConstellationOptions,
  { spokeHub, registry, parts }: ClusterSurroundings,
): Promise<DemoCluster> {
  const { cluster_name: clusterName } = demoPair;
  const apiKey = demoSpokeKeys.find(({ clusters }) => clusters.includes(clusterName))?.key ?? '';
  const { folder, log, version, now } = options;
  // The gate brings many modules along; the hubs answer before they are loaded.
  const { deployExamples, startDemoCluster } = await import('./demo/cluster.ts');
  const cluster = await startDemoCluster({
    ...{ folder, registry, log, version, now },
    hub: { url: spokeHub.url, apiKey, clusterName },
  });
  parts.push({ name: 'cluster', stop: () => cluster.stop() });
  await deployExamples(cluster, registry.address);
  return cluster;
}

/** The hub stands before the cluster does; what is tried until then is told so. */
function trialsOn(standing: { readonly cluster?: DemoCluster; readonly registry?: DemoRegistry }): DeploymentTrials {
  return {
    clusterName: demoPair.cluster_name,
    examples: () => (standing.registry === undefined ? [] : trialExamples(standing.registry)),
    attempt: async (trial) => {
      const { cluster } = standing;
      if (cluster === undefined) return { kind: 'unreachable', problem: 'the cluster of this demo is still starting' };
      return await attemptTrial(cluster.apiServer, trial);
    },
  };
}

async function seedWorkflow(server: PostgresServer, now: Date): Promise<void> {
  await within(server, 'app', (app) =>
    within(server, 'central_active', (central) => seedDemoWorkflow({ app, central, now })),
  );
}

function devPerson(): Record<string, string> {
  const [first] = demoPeople;
  return first === undefined
    ? {}
    : { DEV_USER_ID: first.id, DEV_USER_NAME: first.name, DEV_USER_EMAIL: first.email, DEV_USER_ROLE: first.role };
}

interface HubSetup {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly databases: DemoDatabases;
  readonly trials?: DeploymentTrials;
}

async function startOne(options: ConstellationOptions, { port, env, databases, trials }: HubSetup): Promise<Hub> {
  const free = port === 0 ? 0 : await freePortFrom(port);
  const config = readHubConfig({
    HOST: '127.0.0.1',
    PORT: String(free),
    APP_BASE_URL: `http://127.0.0.1:${free}`,
    APP_DB_URL: databases.appUrl,
    STACKROX_DB_URL: databases.centralUrl,
    EPSS_FILE: dataFiles.epss,
    MANAGEMENT_EMAIL: 'management@example.com',
    DEFAULT_ESCALATION_EMAIL: 'security@example.com',
    API_DOCS_ENABLED: 'true',
    SNAPSHOT_INTERVAL_SECONDS: String(options.pollSeconds ?? 15),
    ...env,
  });
  return startHub({
    config,
    log: options.log,
    version: options.version,
    consoleRoot: options.consoleRoot,
    defaultKevFile: dataFiles.kev,
    people: 'DEV_MODE' in env ? demoPeople : [],
    ...(trials === undefined ? {} : { trials }),
    ...(options.checkResponses === undefined ? {} : { checkResponses: options.checkResponses }),
    ...(options.maxEventLoopDelayMs === undefined ? {} : { maxEventLoopDelayMs: options.maxEventLoopDelayMs }),
  });
}

/** Where people expect a registry; the next free one is taken where it is in use. */
const registryPort = 5000;
const firstVersionTimeoutMs = 120_000;

async function firstVersion(...hubs: readonly Hub[]): Promise<void> {
  const until = Date.now() + firstVersionTimeoutMs;
  while (hubs.some((hub) => hub.source.loadedVersion === 0) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
