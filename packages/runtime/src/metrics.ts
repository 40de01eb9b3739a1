/** Numbers about a program for Prometheus, on a port of their own so that the public one never serves them. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RuntimeFaultCode } from './errors.ts';
import { Fault } from './fault.ts';

export { Counter, Gauge, Histogram, Registry };

/** How a registry is made. */
export interface RegistryOptions {
  /** Labels every metric carries, such as `{ program: 'hub' }`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether memory, CPU, event-loop and garbage-collection numbers of the process are included. */
  readonly processMetrics?: boolean;
}

/** A registry of its own for one program; nothing goes into a global one. */
export function createRegistry({ labels = {}, processMetrics = false }: RegistryOptions = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return registry;
}

/** A running metrics server. */
export interface MetricsServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** A scrape is one small request; these keep a stranger from holding connections. */
const limits = { requestMs: 10_000, headersMs: 5_000, connections: 32, headers: 50 } as const;

/**
 * Serves `GET /metrics` of the registry and nothing else.
 *
 * @throws Fault `metrics-port-unavailable`
 */
export async function startMetricsServer(options: {
  /** `0` takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly registry: Registry;
}): Promise<MetricsServer> {
  const { host, registry } = options;
  const server = createServer((request, response) => void answer(registry, request, response));
  server.requestTimeout = limits.requestMs;
  server.headersTimeout = limits.headersMs;
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;
  const port = await listen(server, options.port, host);
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.split('?', 1)[0] !== '/metrics') return reply(response, 404, 'Only /metrics is served here.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, 405, 'Only GET is allowed.\n');
  }
  try {
    const body = await registry.metrics();
    response.setHeader('content-type', registry.contentType);
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch {
    // A collector failed; half an answer would look like a complete one.
    reply(response, 500, 'The metrics could not be collected.\n');
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(text);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(portUnavailable(port, host, cause)));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function portUnavailable(port: number, host: string, cause: Error): Fault<RuntimeFaultCode> {
  const reason = 'code' in cause ? String(cause.code) : cause.message;
  return new Fault<RuntimeFaultCode>({
    code: 'metrics-port-unavailable',
    message: `The metrics port ${port} on ${host} could not be opened (${reason}).`,
    hint: 'Set METRICS_PORT to a free port, or stop the program that holds this one.',
    values: { host, port, reason },
    cause,
  });
}
