/** The HTTP server of the hub without its routes: authenticate → validate → route → map faults to status. */
import { randomBytes, randomUUID } from 'node:crypto';
import fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Registry } from '@pratique/runtime/metrics';
import { registerHealth } from './health.ts';
import type { ReadyChecks } from './health.ts';
import { guardAccess } from './http/access.ts';
import { recordRoutes } from './http/all-routes.ts';
import { answerError, answerUnknownRoute } from './http/answer-error.ts';
import { compressAnswers } from './http/compression.ts';
import { createRateLimit } from './http/rate-limit.ts';
import type { RateLimitSettings } from './http/rate-limit.ts';
import { logRequests, measureRequests } from './http/request-log.ts';
import { serializeResponses } from './http/responses.ts';
import { protectTransport } from './http/transport.ts';
import { coerceBooleans, validateRequests } from './http/validation.ts';
import { createAuthenticateReporter, type AuthenticateReporter } from './identity/reporter.ts';
import type { Authenticate } from './identity/resolve.ts';
import { describeApi } from './openapi.ts';

export { callerOf, reporterOf } from './http/access.ts';
export { allRoutes } from './http/all-routes.ts';
export { serveConsole } from './http/console.ts';

/** The server that routes are registered on; handlers are typed by their schemas. */
export type HubServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** The largest body of an ordinary request; forms have some kilobytes. */
const bodyLimitBytes = 1024 * 1024;
/** 500 namespaces with a contact each are about 100 kB of headers; Node's own limit of 16 kB would refuse them. */
const maxHeaderBytes = 256 * 1024;
/** Longest a client may take to send its request, in milliseconds. */
const requestTimeoutMs = 30_000;
/** Longer than the idle time of the proxies in front (60 s), so that they, not we, close first. */
const keepAliveMs = 72_000;
/** Longest that requests may take to end while the server closes, in milliseconds. */
const closeGraceMs = 5_000;
/** Image names reach 1,024 characters; percent-encoded up to three times that. */
const maxParamLength = 3_072;

/** What the server works with. */
export interface HttpOptions {
  readonly log: FastifyBaseLogger;
  readonly metrics?: Registry;
  readonly authenticate: Authenticate;
  /** Who may report what gates decided; nobody unless given. */
  readonly authenticateReporter?: AuthenticateReporter;
  readonly checks: ReadyChecks;
  readonly devMode: boolean;
  readonly allowedOrigins: readonly string[];
  /** Keys the digests of user ids in the log; empty: a random one per process. */
  readonly secretKey: string;
  readonly rateLimit: RateLimitSettings;
  readonly apiDocs: boolean;
  /** Version of the program, for the API description. */
  readonly version: string;
  /** Event-loop delay in milliseconds beyond which requests are turned away; 0: never. Default 1,000. */
  readonly maxEventLoopDelayMs?: number;
  /** Compare every success with its schema; for tests. */
  readonly checkResponses?: boolean;
}

/**
 * Builds the server with everything but its routes, `/health` and `/ready` excepted. Register routes on the result,
 * then `listen`; `close()` stops it. Routes declare who may call them by `config: { access }` and read the caller with
 * `callerOf(request)`.
 */
export async function createHttp(options: HttpOptions): Promise<HubServer> {
  const app = newServer(options.log);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) => answerUnknownRoute(request, reply));
  acceptEmptyJson(app);
  closeInTime(app);
  serializeResponses(app, { check: options.checkResponses ?? false });
  recordRoutes(app);
  validateRequests(app);
  coerceBooleans(app);
  logRequests(app, options.secretKey === '' ? randomBytes(32).toString('hex') : options.secretKey);
  if (options.metrics !== undefined) measureRequests(app, options.metrics);
  await compressAnswers(app);
  await protectTransport(app, { ...options, maxEventLoopDelayMs: options.maxEventLoopDelayMs ?? 1_000 });
  const reporters = options.authenticateReporter ?? createAuthenticateReporter({ keys: [] });
  guardAccess(app, { people: options.authenticate, reporters }, await createRateLimit(app, options.rateLimit));
  await describeApi(app, { version: options.version, served: options.apiDocs });
  registerHealth(app, options.checks);
  return app;
}

function newServer(log: FastifyBaseLogger): HubServer {
  return fastify({
    loggerInstance: log,
    // One line of our own per request instead (request-log.ts), without headers or names.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    http: { maxHeaderSize: maxHeaderBytes },
    routerOptions: { maxParamLength },
    genReqId: (request) => acceptedRequestId(request.headers['x-request-id']) ?? randomUUID(),
    forceCloseConnections: 'idle',
  }).withTypeProvider<TypeBoxTypeProvider>();
}

/** The id a proxy gave, where it is one: it goes into logs and answers. */
function acceptedRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(header) ? header : undefined;
}

/**
 * Lets running requests end when the server closes, but not for ever: connections that turn idle later, or were opened
 * and never used, would otherwise hold the process until their own timeout.
 */
function closeInTime(app: HubServer): void {
  app.addHook('preClose', (done) => {
    const { server } = app;
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
    const insist = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    server.once('close', () => {
      clearInterval(sweep);
      clearTimeout(insist);
    });
    sweep.unref();
    insist.unref();
    done();
  });
}

/** Clients send `Content-Type: application/json` also where there is no body; that is no mistake of theirs. */
function acceptEmptyJson(app: HubServer): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
}
