/** Wires a gate: begin here. */
import { createHealth } from '@pratique/runtime/health';
import type { Health, HealthReport } from '@pratique/runtime/health';
import { createRegistry, startMetricsServer } from '@pratique/runtime/metrics';
import type { MetricsServer } from '@pratique/runtime/metrics';
import { closeAll } from '@pratique/runtime/serve';
import type { Part } from '@pratique/runtime/serve';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Certificates } from './certificates/certificates.ts';
import { openCache } from './cache.ts';
import { lookAtCluster } from './cluster-looks.ts';
import { followConfiguration } from './configuration/active-configuration.ts';
import type { ActiveConfiguration } from './configuration/active-configuration.ts';
import type { LoadedPolicy } from './configuration/load-policy.ts';
import { createListener } from './http/listener.ts';
import { hasClientCertificate, startServer } from './http/server.ts';
import type { RunningServer } from './http/server.ts';
import { limits } from './limits.ts';
import { measureGate } from './measure.ts';
import type { Measured } from './measure.ts';
import { openAlerts } from './open-alerts.ts';
import { openCertificates } from './open-certificates.ts';
import { openCluster } from './open-cluster.ts';
import { openConfiguration } from './open-configuration.ts';
import { openReport } from './open-report.ts';
import type { GateOptions, GateSurroundings } from './options.ts';
import { gateProblems } from './problems.ts';
import type { GateProblem } from './problems.ts';
import { readinessOf } from './readiness.ts';
import type { Readiness } from './readiness.ts';
import { answerReview } from './review/answer-review.ts';
import type { ReviewParts } from './review/answer-review.ts';
import { createPool } from './review/pool.ts';
import { createVerdicts } from './verdicts/verdicts.ts';

export type { GateOptions, GateSurroundings } from './options.ts';

/** A running gate. */
export interface RunningGate extends AsyncDisposable {
  /** `https://127.0.0.1:5000`. */
  readonly url: string;
  readonly port: number;
  /** Of plain-http `/metrics`. */
  readonly metricsUrl: string;
  /** Authorities of the served certificate in PEM, for clients on this machine; empty while unknown. */
  authorities(): string;
  readiness(): Readiness;
  health(): HealthReport;
  /** Reads the configuration again at once. */
  reload(): Promise<void>;
  /** Says it is going, goes on serving for a while, lets running reviews finish, then lets go of everything. */
  stop(): Promise<void>;
}

/** What the parts of a starting gate share. */
interface Starting {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly health: Health<GateProblem>;
  readonly opened: Part[];
  readonly state: { isDraining: boolean; isListening: boolean };
}

/**
 * Starts a gate. It serves when this returns.
 *
 * @throws Fault `gate-configuration-invalid`, `gate-port-unavailable`, `metrics-port-unavailable`
 *
 * @example
 * await using gate = await startGate(readGateConfig(process.env).options, { log });
 * console.log(gate.url);
 */
export async function startGate(options: GateOptions, surroundings: GateSurroundings): Promise<RunningGate> {
  const health = createHealth({ program: 'gate', problems: gateProblems, now: () => Date.now() });
  const starting: Starting = {
    options,
    surroundings,
    health,
    opened: [],
    state: { isDraining: false, isListening: false },
  };
  try {
    return await build(starting);
  } catch (error) {
    await closeAll(starting.opened);
    throw error;
  }
}

async function build(starting: Starting): Promise<RunningGate> {
  const { options, surroundings, health, opened, state } = starting;
  const { log } = surroundings;
  const held: { certificates?: Certificates; configuration?: ActiveConfiguration<LoadedPolicy> } = {};
  const measured = measureGate(createRegistry({ processMetrics: true }), {
    certificate: () => held.certificates?.facts(),
    sigstoreRootAge: () => held.configuration?.current().publicTrustAgeSeconds(),
  });
  const cluster = await openCluster({ options, surroundings, health, opened });
  const configuration = await followConfiguration(
    openConfiguration({ options, surroundings, health, measured, cluster }),
  );
  held.configuration = configuration;
  opened.push({ name: 'configuration', stop: () => configuration.stop() });
  opened.push({ name: 'policy', stop: () => configuration.current().close() });
  const certificates = await openCertificates({ options, log, cluster, isReady: () => state.isListening });
  held.certificates = certificates;
  opened.push({ name: 'certificates', stop: () => certificates.stop() });
  const readiness = (): Readiness =>
    readinessOf({
      now: Date.now(),
      ...state,
      configuration: { ...configuration.facts(), hash: configuration.current().policy.hash },
      certificate: certificates.facts(),
      health: health.report(),
    });
  const review = await openReviews(starting, { measured, configuration, cluster });
  const server = await openServer(starting, { certificates, measured, readiness, review });
  const { host, metricsPort } = options;
  const metrics = await startMetricsServer({ host, port: metricsPort, registry: measured.registry });
  opened.push({ name: 'metrics', stop: () => metrics.stop() });
  return running(starting, { server, metrics, certificates, readiness, configuration });
}

interface ReviewNeeds {
  readonly measured: Measured;
  readonly configuration: ActiveConfiguration<LoadedPolicy>;
  readonly cluster: Awaited<ReturnType<typeof openCluster>>;
}

async function openReviews(
  { options, surroundings, health, opened }: Starting,
  { measured, configuration, cluster }: ReviewNeeds,
): Promise<ReviewParts> {
  const { log } = surroundings;
  const clock = () => performance.now();
  const now = () => new Date();
  const store = await openCache({
    shared: options.times.expirySeconds > 0 ? options.redis : undefined,
    nearSeconds: options.times.expirySeconds,
    log,
    clock,
    now,
    onEvent: measured.onStore,
    onAway: (isAway) => (isAway ? health.set('gate-cache-away') : health.clear('gate-cache-away')),
  });
  const verdicts = createVerdicts({ store, times: options.times, now });
  opened.push({ name: 'verdicts', stop: () => verdicts.close() });
  const report = openReport({ options, surroundings, health, policyHash: () => configuration.current().policy.hash });
  if (report !== undefined) opened.push({ name: 'report', stop: () => report.stop() });
  const alerts = await openAlerts({ options, surroundings, measured, health });
  opened.push({ name: 'alerts', stop: () => alerts.stop() });
  const looks = lookAtCluster({
    cluster,
    extractors: options.extractors,
    clock,
    onState: (trouble) => {
      if (trouble === undefined) return health.clear('gate-cluster-away');
      health.set('gate-cluster-away', { what: trouble.what });
      log.warn(
        { err: trouble.error, what: trouble.what },
        'the API server could not be asked; nothing is passed for that',
      );
    },
  });
  const seen = new LRUCache<string, true>({ max: 10_000 });
  return {
    verdicts,
    ...looks,
    pool: createPool(limits),
    features: options.features,
    extractors: options.extractors,
    now,
    clock,
    seen: { has: (key) => seen.has(key), add: (key) => void seen.set(key, true) },
    onDefect: (error, image) => log.error({ err: error, image }, 'judging an image met a defect'),
    active: () => configuration.current(),
    alerts: () => alerts.current(),
    log,
    onReview: measured.onReview,
    report: report === undefined ? undefined : (decision) => report.add(decision),
  };
}

interface ServerNeeds {
  readonly certificates: Certificates;
  readonly measured: Measured;
  readonly readiness: () => Readiness;
  readonly review: ReviewParts;
}

async function openServer(
  { options, surroundings, opened, state }: Starting,
  { certificates, measured, readiness, review }: ServerNeeds,
): Promise<RunningServer> {
  const { clientAuthorities } = options;
  const listener = createListener({
    room: {
      ...{ bodyBytes: limits.bodyBytes, bodiesBytes: limits.bodiesBytes, smallBytes: limits.smallBodyBytes },
      used: 0,
    },
    review: (body, call) => answerReview(review, body, call),
    readiness,
    metrics: measured.registry,
    onCall: measured.onCall,
    onDefect: (error) => surroundings.log.error({ err: error }, 'a request met a defect'),
    isDraining: () => state.isDraining,
    mayAsk: (request) => clientAuthorities === undefined || hasClientCertificate(request),
  });
  const { host, port } = options;
  const server = await startServer({
    host,
    port,
    certificates,
    listener,
    asksForCertificates: clientAuthorities !== undefined,
  });
  state.isListening = true;
  opened.push({
    name: 'server',
    async stop() {
      state.isListening = false;
      await server.stop(options.drainMs);
    },
  });
  return server;
}

function running(
  { options, surroundings, health, opened, state }: Starting,
  parts: {
    readonly server: RunningServer;
    readonly metrics: MetricsServer;
    readonly certificates: Certificates;
    readonly readiness: () => Readiness;
    readonly configuration: ActiveConfiguration<LoadedPolicy>;
  },
): RunningGate {
  const { server, metrics, certificates, readiness, configuration } = parts;
  const reachable = options.host === '0.0.0.0' ? '127.0.0.1' : options.host === '::' ? '::1' : options.host;
  const url = `https://${reachable.includes(':') ? `[${reachable}]` : reachable}:${server.port}`;
  let stopping: Promise<void> | undefined;
  async function drain(): Promise<void> {
    state.isDraining = true;
    surroundings.log.info({ ms: options.drainDelayMs }, 'this gate goes: not ready any more, still answering');
    await sleep(options.drainDelayMs);
    await closeAll(opened);
  }
  const stop = () => (stopping ??= drain());
  return {
    url,
    port: server.port,
    metricsUrl: metrics.url,
    authorities: () => certificates.facts().authorities,
    readiness,
    health: () => health.report(),
    reload: () => configuration.reload(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
