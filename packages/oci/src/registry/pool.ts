/**
 * HTTP over Node's own client. It is part of the program that runs already and is loaded in a moment, which counts where a whole
 * command asks for five small things; what it leaves open is ended here: connecting, waiting for the header.
 */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import type { RegistryTimes } from './settings.ts';

/** A request to one host. */
export interface PoolRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Readable | undefined;
  /** Ends the exchange, also while the body of the answer is read; its reason is what is thrown. */
  readonly signal: AbortSignal;
}

/** An answer; whoever has it reads the body or destroys it. */
export interface PoolAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** Connections with the same TLS settings. */
export interface Pool {
  request(request: PoolRequest): Promise<PoolAnswer>;
  /** Closes all connections, also those in use. */
  close(): Promise<void>;
}

/** What a pool is made from. */
export interface PoolOptions {
  readonly times: RegistryTimes;
  /** Per host at once. */
  readonly connections: number;
  /** Largest header block of an answer, in bytes. */
  readonly headerBytes: number;
}

// Not imported: an import of this module also loads what it has for browsers' sake (WebSocket and all of fetch), for 50 ms.
const http = process.getBuiltinModule('node:http');

type Send = (options: RequestOptions) => ClientRequest;

/** Connections without encryption. */
export function httpPool(options: PoolOptions): Pool {
  const agent = new http.Agent(agentOptions(options));
  return poolOf(agent, http.request, options);
}

/**
 * Encrypted connections. Loaded when the first is needed: reading the authorities of the system takes longer than a small exchange.
 *
 * @throws what OpenSSL says about certificates and keys that cannot be read
 */
export async function httpsPool(options: PoolOptions, tls: TlsSettings): Promise<Pool> {
  const [https, { createSecureContext, getCACertificates }] = await Promise.all([
    import('node:https'),
    import('node:tls'),
  ]);
  const { ca, cert, key, ...rest } = tls;
  // Made once: with authorities of one's own, every connection would otherwise read all of them again.
  const secureContext = createSecureContext({
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    minVersion: 'TLSv1.2',
  });
  const agent = new https.Agent({ ...agentOptions(options), ...rest, secureContext } satisfies AgentOptions);
  return poolOf(agent, https.request, options);
}

/** What a TLS connection is told; everything that differs makes a pool of its own. */
export interface TlsSettings {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

function agentOptions({ connections }: PoolOptions) {
  return { keepAlive: true, maxSockets: connections, scheduling: 'lifo' as const };
}

function poolOf(agent: Agent, send: Send, { times, headerBytes }: PoolOptions): Pool {
  const ask = (request: PoolRequest): Promise<PoolAnswer> =>
    once({ request, times, sent: send({ ...optionsOf(request), agent, maxHeaderSize: headerBytes }) });
  return {
    async request(request) {
      try {
        return await ask(request);
      } catch (error) {
        // The server closed a kept connection at the same moment: nothing was answered, and reading may be repeated.
        if (!(error instanceof StaleConnection) || request.signal.aborted) throw error;
        return await ask(request);
      }
    },
    close: async () => agent.destroy(),
  };
}

function optionsOf({ url, method, headers }: PoolRequest): RequestOptions {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port,
    path: `${url.pathname}${url.search}`,
    method,
    headers: { ...headers, host: url.host },
  };
}

interface Sent {
  readonly request: PoolRequest;
  readonly times: RegistryTimes;
  readonly sent: ClientRequest;
}

function once({ request, times, sent }: Sent): Promise<PoolAnswer> {
  const { signal, body, method } = request;
  return new Promise((resolve, reject) => {
    const clock = watch(sent, times);
    let answer: IncomingMessage | undefined;
    const stop = (): void => void (answer ?? sent).destroy(signal.reason as Error);
    const release = (): void => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop, { once: true });
    const fail = (error: unknown): void => {
      clock.end();
      release();
      reject(signal.aborted ? signal.reason : isStale(sent, error, request) ? new StaleConnection(error) : error);
    };
    sent.on('error', fail);
    sent.once('response', (message) => {
      clock.end();
      answer = message;
      message.once('close', release);
      // What has no body must not keep its connection until somebody asks for one.
      if (method === 'HEAD' || message.headers['content-length'] === '0') message.resume();
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message });
    });
    write(sent, body, { moved: clock.restart, fail });
  });
}

interface Writing {
  readonly moved: () => void;
  readonly fail: (error: unknown) => void;
}

/** Sends the body; the connection ends with it when it cannot be sent whole. */
function write(sent: ClientRequest, body: PoolRequest['body'], { moved, fail }: Writing): void {
  if (body === undefined || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  body.once('error', fail);
  body.on('data', moved);
  pipeline(body, sent, () => undefined);
}

/** Ends a request whose connection or header does not come. While a body is sent, every piece of it starts the time anew. */
function watch(sent: ClientRequest, times: RegistryTimes): { readonly restart: () => void; readonly end: () => void } {
  const late = (what: string) => () => sent.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }));
  let timer: NodeJS.Timeout | undefined;
  const restart = (): void => void timer?.refresh();
  sent.once('socket', (socket) => {
    const begin = (): void => {
      clearTimeout(timer);
      timer = setTimeout(late('no header came in time'), times.header);
    };
    if (!socket.connecting) return begin();
    timer = setTimeout(late('no connection came about in time'), times.connect);
    socket.once(socket instanceof Object && 'encrypted' in socket ? 'secureConnect' : 'connect', begin);
  });
  const end = (): void => {
    clearTimeout(timer);
    // A refreshed timer would run again, also one that was cleared, and keep the program alive.
    timer = undefined;
  };
  sent.once('close', end);
  return { restart, end };
}

/** A kept connection that had ended before the request arrived. */
class StaleConnection extends Error {
  constructor(cause: unknown) {
    super('a kept connection had ended', { cause });
  }
}

function isStale(sent: ClientRequest, error: unknown, { method, body }: PoolRequest): boolean {
  const { code } = error as { readonly code?: unknown };
  const reads = (method === 'GET' || method === 'HEAD') && body === undefined;
  return sent.reusedSocket && reads && (code === 'ECONNRESET' || code === 'EPIPE');
}
