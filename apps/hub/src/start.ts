/** Wires the hub: begin here. Everything a request may use is built once and let go of in reverse order. */
import { createRegistry, startMetricsServer } from '@pratique/runtime/metrics';
import type { Log } from '@pratique/runtime/log';
import { closeAll } from '@pratique/runtime/serve';
import { guardWithBreaker, openCentral, type Central } from '@pratique/stackrox';
import { removeOldDecisions, startCleaning } from './admission/retention.ts';
import type { HubConfig } from './config.ts';
import type { HubContext } from './context.ts';
import { migrateToLatest } from './database/migrate.ts';
import { openAppDatabase, type AppDatabaseHandle } from './database/open.ts';
import type { DeploymentTrials } from './dev/trials.ts';
import { askCentral } from './findings/central-live.ts';
import { collectGarbage } from './findings/collect-garbage.ts';
import { startFindingsSource, type FindingsSource } from './findings/source.ts';
import { checkRights } from './findings/rights-check.ts';
import { logSource } from './findings/source-log.ts';
import { measureSource, type SourceMetrics } from './findings/source-metrics.ts';
import { createHttp, serveConsole, type HubServer } from './http.ts';
import type { DemoPerson } from './identity/dev.ts';
import { createAuthenticateReporter } from './identity/reporter.ts';
import { createAuthenticate } from './identity/resolve.ts';
import { createSigningKeys } from './identity/signing-keys.ts';
import { createUsers } from './identity/users.ts';
import { loadFeeds } from './intelligence/load.ts';
import { startQuestionPool, type QuestionPool } from './questions/pool.ts';
import { registerRoutes } from './routes.ts';
import { keepWorkflow } from './visibility/workflow-keeper.ts';
import { askWorkflowRevision, loadWorkflow } from './visibility/workflow-store.ts';

/** What starting needs besides the configuration. */
export interface HubOptions {
  readonly config: HubConfig;
  readonly log: Log;
  readonly version: string;
  /** Folder of the built console; without it only the API is served. */
  readonly consoleRoot?: string | undefined;
  /** The catalogue to use where KEV_CATALOG_FILE names none. */
  readonly defaultKevFile?: string | undefined;
  /** Ready-made people of a demo; they count in dev mode only. */
  readonly people?: readonly DemoPerson[];
  /** A cluster of a demo to try workloads on; it counts in dev mode only. */
  readonly trials?: DeploymentTrials;
  /** Whether this process stands for election as the reader; yes unless told. */
  readonly reads?: boolean;
  /** Compare answers with the contract; for tests. */
  readonly checkResponses?: boolean;
  /** Event-loop delay in milliseconds beyond which requests are turned away; 0: never. One second unless told. */
  readonly maxEventLoopDelayMs?: number;
}

/** A running hub. */
export interface Hub {
  readonly url: string;
  readonly port: number;
  readonly metricsPort: number | null;
  readonly app: HubServer;
  readonly source: FindingsSource;
  stop(): Promise<void>;
}

/** Two: one for those who see everything, one for teams. More than two cores are better used by another replica. */
const questionThreads = 2;
/** The reader asks one thing at a time; with the pages' own it makes two connections to Central per process. */
const readerConnections = 1;
const readerStatementTimeoutMs = 60_000;
const cleanUpAfterMs = 10_000;

/**
 * Starts the hub: tables first, then the server, the reader beside it. An unreachable StackRox does not prevent the start.
 * @throws Fault `app-db-*` when the application database cannot be used or migrated
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { config, log } = options;
  config.warnings.forEach((warning) => log.warn(warning));
  const opened: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  const own = <T extends { stop(): Promise<void> }>(name: string, thing: T): T => {
    opened.push({ name, stop: () => thing.stop() });
    return thing;
  };
  try {
    const appDatabase = own('application database', openAppDb(config, log));
    await migrate(appDatabase, log);
    await feeds(appDatabase, options);
    const central = own('StackRox database', openLiveCentral(config, log));
    const questions = own(
      'question threads',
      startQuestionPool({
        threads: questionThreads,
        onThreadDeath: (error) => log.error({ err: error }, 'a question thread died and was replaced'),
      }),
    );
    const registry = createRegistry({ processMetrics: true });
    const measured = measureSource(registry);
    const source = own('findings', startSource(options, questions, measured));
    const context = contextOf(options, { appDatabase, central, questions, source });
    measured.observe(source, context.now);
    void checkRights(central, (concern) => log.warn(concern, concern.message));
    const app = own('server', await serve(options, context, registry, appDatabase));
    await app.http.listen({ host: config.server.host, port: config.server.port });
    const metrics =
      config.server.metricsPort === undefined
        ? null
        : own(
            'metrics',
            await startMetricsServer({ host: config.server.host, port: config.server.metricsPort, registry }),
          );
    own('clean-up after starting', cleanUpLater());
    if (config.server.schedulerEnabled) own('retention of decisions', cleaning(options, context));
    const { port } = app.http.server.address() as { port: number };
    return {
      url: `http://${config.server.host === '0.0.0.0' ? '127.0.0.1' : config.server.host}:${port}`,
      port,
      metricsPort: metrics?.port ?? null,
      app: app.http,
      source,
      stop: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** What only starting needed goes back to the system once the first requests are over. */
function cleanUpLater(): { stop(): Promise<void> } {
  const timer = setTimeout(collectGarbage, cleanUpAfterMs);
  timer.unref();
  return {
    stop: () => {
      clearTimeout(timer);
      return Promise.resolve();
    },
  };
}

function cleaning({ config, log }: HubOptions, { db, now }: HubContext): { stop(): Promise<void> } {
  return startCleaning({
    clean: async (signal) => {
      const removed = await removeOldDecisions(db, config.admission, { now: now(), signal });
      if (removed > 0) log.info({ removed }, 'old decisions of gates were removed');
    },
    onProblem: (error) =>
      log.warn({ err: error }, 'old decisions of gates could not be removed; tried again in an hour'),
  });
}

function openAppDb({ appDb }: HubConfig, log: Log): AppDatabaseHandle {
  return openAppDatabase({
    ...appDb,
    applicationName: 'pratique-hub',
    onIdleError: (error) => log.warn({ err: error }, 'an idle connection to the application database broke'),
  });
}

async function migrate(appDatabase: AppDatabaseHandle, log: Log): Promise<void> {
  const outcome = await migrateToLatest(appDatabase.db, { place: appDatabase.place });
  if (outcome.kind === 'failed') {
    throw outcome.fault;
  }
  log.info(
    { outcome: outcome.kind, version: outcome.version },
    'the tables of the application database are up to date',
  );
}

async function feeds(appDatabase: AppDatabaseHandle, { config, log, defaultKevFile }: HubOptions): Promise<void> {
  const { kevFile, epssFile } = config.intelligence;
  const outcomes = await loadFeeds(appDatabase.db, { kev: kevFile ?? defaultKevFile, epss: epssFile }, new Date());
  for (const [feed, outcome] of Object.entries(outcomes)) {
    if (outcome.kind === 'failed') {
      log.warn({ feed, err: outcome.fault }, 'a feed could not be loaded; what was loaded before stays in use');
    } else {
      log.info({ feed, ...outcome }, 'feed');
    }
  }
}

function openLiveCentral({ stackrox }: HubConfig, log: Log): Central {
  const central = openCentral({
    address: stackrox.address,
    maxConnections: Math.max(1, stackrox.poolMax - 1),
    statementTimeoutMs: stackrox.statementTimeoutMs,
    applicationName: 'pratique-hub',
    onIdleError: (error) => log.warn({ err: error }, 'an idle connection to StackRox broke'),
  });
  return guardWithBreaker(central, { clock: () => performance.now() });
}

function startSource(
  { config, log, reads }: HubOptions,
  questions: QuestionPool,
  measured: SourceMetrics,
): FindingsSource {
  const logged = logSource(log);
  const { stackrox, snapshot } = config;
  return startFindingsSource(
    {
      source: 'stackrox',
      appDatabase: { address: config.appDb.address },
      central: {
        address: stackrox.address,
        maxConnections: readerConnections,
        statementTimeoutMs: readerStatementTimeoutMs,
      },
      reads: reads ?? config.server.schedulerEnabled,
      intervalSeconds: snapshot.intervalSeconds,
      maxShrinkPercent: snapshot.maxShrinkPercent,
      force: stackrox.schemaMode === 'auto' ? undefined : stackrox.schemaMode,
    },
    {
      onStarted: (give) => questions.connect(give),
      onState: (state) => {
        if (state?.dataAsOf != null) {
          questions.useDataAsOf(state.dataAsOf.getTime());
        }
      },
      onReaderEvent: (event) => {
        logged.onReaderEvent(event);
        measured.onReaderEvent(event);
      },
      onTrouble: logged.onTrouble,
    },
    () => questions.version,
  );
}

interface Parts {
  readonly appDatabase: AppDatabaseHandle;
  readonly central: Central;
  readonly questions: QuestionPool;
  readonly source: FindingsSource;
}

function contextOf(
  { config, log, version }: HubOptions,
  { appDatabase, central, questions, source }: Parts,
): HubContext {
  const { db, pool } = appDatabase;
  const force = config.stackrox.schemaMode === 'auto' ? undefined : config.stackrox.schemaMode;
  const workflowSource = { readRevision: () => askWorkflowRevision(pool), load: () => loadWorkflow(db) };
  return {
    config,
    version,
    log,
    db,
    pool,
    source,
    questions,
    central: askCentral(central, { force, now: () => Date.now() }),
    workflow: keepWorkflow(workflowSource, (workflow) => questions.useWorkflow(workflow)),
    now: () => Date.now(),
  };
}

async function serve(
  options: HubOptions,
  context: HubContext,
  registry: ReturnType<typeof createRegistry>,
  appDatabase: AppDatabaseHandle,
): Promise<{ readonly http: HubServer; stop(): Promise<void> }> {
  const { config, log } = options;
  const users = createUsers(context.db, context.now);
  const people = options.people ?? [];
  const oidc = config.oidc === null ? null : { config: config.oidc, keys: signingKeys(config.oidc.issuer, context) };
  const http = await createHttp({
    log,
    metrics: registry,
    authenticate: createAuthenticate({ dev: config.dev, people, spoke: config.spoke, oidc, users, now: context.now }),
    authenticateReporter: createAuthenticateReporter(config.spoke),
    checks: { app_db: () => appDatabase.ping(), stackrox_db: () => context.central.ping() },
    devMode: config.dev !== null,
    allowedOrigins: config.server.allowedOrigins,
    secretKey: config.server.secretKey,
    rateLimit: config.server.rateLimit,
    apiDocs: config.server.apiDocs,
    version: options.version,
    ...(options.checkResponses === undefined ? {} : { checkResponses: options.checkResponses }),
    ...(options.maxEventLoopDelayMs === undefined ? {} : { maxEventLoopDelayMs: options.maxEventLoopDelayMs }),
  });
  registerRoutes(http, context, { users, people, trials: options.trials });
  if (options.consoleRoot !== undefined && !(await serveConsole(http, options.consoleRoot))) {
    log.warn({ folder: options.consoleRoot }, 'the console is not built; only the API is served');
  }
  return { http, stop: () => http.close() };
}

function signingKeys(issuer: string, { log, now }: HubContext) {
  const onProblem = (error: unknown) =>
    log.warn({ err: error, issuer }, 'the signing keys of the issuer could not be fetched; known keys stay in use');
  return createSigningKeys({ issuer, now, onProblem });
}
