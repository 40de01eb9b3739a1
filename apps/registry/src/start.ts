/** Wires a registry: begin here. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server as TlsServer } from 'node:https';
import { resolve } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { createHealth } from '@pratique/runtime/health';
import type { Health, HealthReport } from '@pratique/runtime/health';
import { createLog } from '@pratique/runtime/log';
import type { Log } from '@pratique/runtime/log';
import { createRegistry, startMetricsServer } from '@pratique/runtime/metrics';
import { closeAll } from '@pratique/runtime/serve';
import type { Part } from '@pratique/runtime/serve';
import { readCertificate } from './access/certificate.ts';
import type { Certificate, CertificateFiles } from './access/certificate.ts';
import { createGatekeeper } from './access/gatekeeper.ts';
import type { Gatekeeper } from './access/gatekeeper.ts';
import { keepFresh } from './access/reload.ts';
import { readUsers } from './access/users.ts';
import { registryFault } from './errors.ts';
import type { Service } from './http/exchange.ts';
import { createListener } from './http/listener.ts';
import { defaultLimits, fixedLimits } from './limits.ts';
import type { RegistryLimits } from './limits.ts';
import { measureRegistry } from './measure.ts';
import { registryProblems } from './problems.ts';
import type { RegistryProblem } from './problems.ts';
import type { GarbageReport } from './store/garbage.ts';
import { openStore } from './store/store.ts';
import type { Store } from './store/store.ts';

/** What starting a registry needs; only the folder has no default. */
export interface RegistryOptions {
  /** Where everything is kept; made where it is missing. One process at a time may have it. */
  readonly folder: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly tls?: CertificateFiles | undefined;
  /** File of `NAME:bcrypt` lines; without it everybody may do everything. */
  readonly usersFile?: string | undefined;
  /** Whether reading needs no login where there are users. */
  readonly anonymousPull?: boolean;
  readonly readOnly?: boolean;
  /** Whether deleting is offered; yes unless told. */
  readonly deletes?: boolean;
  /**
   * Whether writes reach the disk before they are answered; yes unless told. Without it a killed process loses nothing
   * either, a power cut may; tests push several times faster.
   */
  readonly durable?: boolean;
  readonly limits?: Partial<RegistryLimits>;
  /** Port of /metrics; not set: none are served. */
  readonly metricsPort?: number | undefined;
  /** Remove garbage this often, in milliseconds; 0 or not set: never. */
  readonly garbageEveryMs?: number;
  /** Blobs younger than this stay, in milliseconds. */
  readonly garbageGraceMs?: number;
  /** Silent unless given. */
  readonly log?: Log;
}

/** A running registry. */
export interface RunningRegistry extends AsyncDisposable {
  /** Host and port as they stand in references: `127.0.0.1:5000`. */
  readonly address: string;
  readonly url: string;
  readonly port: number;
  readonly metricsPort: number | null;
  health(): HealthReport;
  /** Removes blobs nothing refers to that are older than this, in milliseconds. */
  collectGarbage(options?: { readonly graceMs?: number; readonly dryRun?: boolean }): Promise<GarbageReport>;
  /** Lets running requests finish for a while, then lets go of everything. */
  close(): Promise<void>;
  /** The same, under the name programs have it by. */
  stop(): Promise<void>;
}

const sweepMs = 30_000;
/** A day: longer than any push takes. */
export const defaultGraceMs = 24 * 3_600_000;

/**
 * Starts a registry on a folder. It serves as soon as this returns.
 *
 * @throws Fault `storage-folder-in-use`, `storage-folder-unusable`, `registry-port-unavailable`, `users-file-invalid`, `certificate-unusable`
 *
 * @example
 * await using registry = await startRegistry({ folder: '/tmp/images' });
 * console.log(`push to ${registry.address}/team/app:1`);
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const log = options.log ?? createLog({ level: 'silent', format: 'json', name: 'registry' });
  const health = createHealth({ program: 'registry', problems: registryProblems, now: () => Date.now() });
  const opened: Part[] = [];
  try {
    return await build({ options, log, health, opened, limits: { ...defaultLimits, ...options.limits } });
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

interface Building {
  readonly options: RegistryOptions;
  readonly limits: RegistryLimits;
  readonly log: Log;
  readonly health: Health<RegistryProblem>;
  readonly opened: Part[];
}

async function build(building: Building): Promise<RunningRegistry> {
  const { options, limits, health, opened } = building;
  const readOnly = options.readOnly ?? false;
  const clock = () => performance.now();
  const folder = resolve(options.folder);
  const store = await openStore({ folder, readOnly, durable: options.durable ?? true, limits, clock });
  opened.push({ name: 'folder', stop: () => store.close() });
  const service: Service = { store, limits, readOnly, deletes: options.deletes ?? true };
  const gatekeeper = await openGate(building, clock);
  const measured = measureRegistry(createRegistry({ processMetrics: true }), { store, health });
  const state = { isStopping: false };
  const listener = createListener({
    service,
    gatekeeper,
    log: building.log,
    isStopping: () => state.isStopping,
    onAnswered: measured.onAnswered,
    onStorage: (fault) => noteStorage(health, fault),
  });
  const server = await openServer(building);
  server.on('request', listener);
  const { host = '127.0.0.1' } = options;
  const port = await listen(server, options.port ?? 0, host);
  opened.push({ name: 'server', stop: () => stopServer(server, state, limits.stopMs) });
  opened.push(keepClean(building, store));
  const metrics =
    options.metricsPort === undefined
      ? null
      : await startMetricsServer({ host, port: options.metricsPort, registry: measured.registry });
  if (metrics !== null) opened.push({ name: 'metrics', stop: () => metrics.stop() });
  return running(building, { store, host, port, metricsPort: metrics?.port ?? null });
}

function running(
  { options, health, opened }: Building,
  { store, host, port, metricsPort }: { store: Store; host: string; port: number; metricsPort: number | null },
): RunningRegistry {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const address = `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeAll(opened));
  return {
    address,
    url: `${options.tls === undefined ? 'http' : 'https'}://${address}`,
    port,
    metricsPort,
    health: () => health.report(),
    collectGarbage: ({ graceMs = options.garbageGraceMs ?? defaultGraceMs, dryRun = false } = {}) =>
      store.collectGarbage({ before: Date.now() - graceMs, dryRun }),
    close,
    stop: close,
    [Symbol.asyncDispose]: close,
  };
}

async function openGate({ options, limits, log, health, opened }: Building, clock: () => number): Promise<Gatekeeper> {
  const { usersFile, anonymousPull = false } = options;
  if (usersFile === undefined) return createGatekeeper({ users: undefined, anonymousPull, clock });
  const fresh = await keepFresh({
    files: [usersFile],
    load: () => readUsers(usersFile),
    onLoaded: (users) => {
      current = users;
      health.clear('registry-users-old');
      log.info({ users: users.size }, 'the file of users was read again');
    },
    onTrouble: (error) => {
      health.set('registry-users-old');
      log.warn({ err: error }, 'the changed file of users cannot be used; the users known before stay valid');
    },
    everyMs: limits.reloadMs,
  });
  let current = fresh.value;
  opened.push({ name: 'users', stop: () => fresh.stop() });
  return createGatekeeper({ users: () => current, anonymousPull, clock });
}

async function openServer({ options, limits, log, health, opened }: Building): Promise<Server> {
  const settings = {
    requestTimeout: limits.requestMs,
    headersTimeout: fixedLimits.headersMs,
    keepAliveTimeout: fixedLimits.keepAliveMs,
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: fixedLimits.headerBytes,
  };
  const { tls } = options;
  if (tls === undefined) return limited(createServer(settings), limits);
  const use = (certificate: Certificate) => {
    server.setSecureContext(certificate);
    health.clear('registry-certificate-old');
    log.info('the certificate was read again');
  };
  const fresh = await keepFresh({
    files: [tls.certFile, tls.keyFile],
    load: () => readCertificate(tls),
    onLoaded: use,
    onTrouble: (error) => {
      health.set('registry-certificate-old');
      log.warn({ err: error }, 'the changed certificate cannot be used; the old one stays');
    },
    everyMs: limits.reloadMs,
  });
  opened.push({ name: 'certificate', stop: () => fresh.stop() });
  const server: TlsServer = createTlsServer({
    ...settings,
    ...fresh.value,
    minVersion: 'TLSv1.2',
    handshakeTimeout: fixedLimits.headersMs,
  });
  return limited(server, limits);
}

function limited<S extends Server>(server: S, { idleMs, maxConnections }: RegistryLimits): S {
  server.maxConnections = maxConnections;
  server.maxHeadersCount = fixedLimits.headers;
  server.setTimeout(idleMs, (socket) => socket.destroy());
  return server;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (cause) => {
      const reason = 'code' in cause ? String(cause.code) : cause.message;
      fail(
        registryFault({
          code: 'registry-port-unavailable',
          message: `The registry cannot listen on port ${port} of ${host} (${reason}).`,
          hint: 'Choose a free port with --port, or stop the program that holds this one.',
          values: { host, port, reason },
          cause,
        }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Takes no new connections and uploads; what is running gets its time, then is cut off. */
async function stopServer(server: Server, state: { isStopping: boolean }, stopMs: number): Promise<void> {
  state.isStopping = true;
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), stopMs);
  // A connection that becomes idle meanwhile would wait for its keep-alive time.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(timer);
  clearInterval(idle);
}

function keepClean({ options, log }: Building, store: Store): Part {
  const failed = (error: unknown) => log.error({ err: error }, 'cleaning failed');
  const sweeps = setInterval(() => void store.uploads.sweep().catch(failed), sweepMs);
  sweeps.unref();
  const { garbageEveryMs = 0, garbageGraceMs = defaultGraceMs, readOnly = false } = options;
  const collect = async () => {
    const report = await store.collectGarbage({ before: Date.now() - garbageGraceMs, dryRun: false });
    log.info({ ...report }, 'garbage was collected');
  };
  const isOn = garbageEveryMs > 0 && !readOnly;
  const collections = isOn ? setInterval(() => void collect().catch(failed), garbageEveryMs) : undefined;
  collections?.unref();
  return {
    name: 'cleaning',
    stop: () => {
      clearInterval(sweeps);
      clearInterval(collections);
    },
  };
}

function noteStorage(health: Health<RegistryProblem>, fault: Fault | undefined): void {
  if (fault === undefined) {
    health.clear('registry-disk-full');
    health.clear('registry-disk-refuses');
  } else if (isFault(fault, 'storage-full')) health.set('registry-disk-full', fault.values);
  else if (isFault(fault, 'storage-failed')) health.set('registry-disk-refuses', fault.values);
}
