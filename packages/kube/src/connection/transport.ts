/** HTTP to one API server with one account. */
import type { Agent, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import { connections, connectMs, credentialMs } from '../limits.ts';
import type { ClusterAccess, Credentials } from './access.ts';
import { connectionCode, connectionFault, isCertificateCode } from './connection-faults.ts';

/** A request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Milliseconds until the header of the answer has to be there. */
  readonly headerMs: number;
  /** Ends the exchange, also while the body is read; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** An answer; whoever has it reads the body or destroys it. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: IncomingMessage;
}

/** The way to one API server. */
export interface Transport {
  readonly server: URL;
  /** @throws Fault `api-unreachable`, `api-certificate-refused`; the reason of an aborted signal */
  send(request: ApiRequest): Promise<ApiAnswer>;
  close(): void;
}

// Not imported: an import of these modules also loads all of fetch (decision 0016).
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

interface Line {
  readonly credentials: Credentials;
  readonly agent: Agent;
  readonly readAt: number;
}

/** Makes the way; nothing is sent yet. */
export function createTransport(access: ClusterAccess, now: () => Date): Transport {
  const line = new KeptLine(access, now);
  return {
    server: access.server,
    send: (request) => sendWith({ access, line }, request),
    close: () => line.close(),
  };
}

/** Credentials and the connections made with them, looked at again from time to time. */
class KeptLine {
  readonly #access: ClusterAccess;
  readonly #now: () => Date;
  #line: Line | undefined;
  #reading: Promise<Line> | undefined;

  constructor(access: ClusterAccess, now: () => Date) {
    this.#access = access;
    this.#now = now;
  }

  /** What is in use, or newer. Files and plugins are asked by one request at a time, whatever waits. */
  async current(): Promise<Line> {
    const line = this.#line;
    if (line === undefined) return this.renewed();
    if (this.#now().getTime() - line.readAt < credentialMs) return line;
    // A file that is just being exchanged is no reason to stop: what is in use may well still be accepted.
    return this.renewed().catch(() => line);
  }

  renewed(): Promise<Line> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  close(): void {
    this.#line?.agent.destroy();
  }

  async #read(): Promise<Line> {
    const credentials = await this.#access.credentials();
    const old = this.#line;
    const same = old !== undefined && sameTls(old.credentials, credentials);
    const agent = same ? old.agent : agentFor(this.#access, credentials);
    this.#line = { credentials, agent, readAt: this.#now().getTime() };
    return this.#line;
  }
}

interface Way {
  readonly access: ClusterAccess;
  readonly line: KeptLine;
}

/** Credentials on disk may be newer than those in use: asked once more after 401 or a refused certificate. */
async function sendWith({ access, line }: Way, request: ApiRequest): Promise<ApiAnswer> {
  const used = await line.current();
  try {
    const answer = await attempt(access, used, request);
    if (answer.status !== 401) return answer;
    const renewed = await line.renewed();
    if (renewed.credentials.token === used.credentials.token) return answer;
    answer.body.resume();
    return await attempt(access, renewed, request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (!isCertificateCode(connectionCode(error))) throw connectionFault(error, access.server);
    const renewed = await line.renewed();
    if (renewed.agent === used.agent) throw connectionFault(error, access.server);
    return attempt(access, renewed, request).catch((again: unknown) => {
      throw request.signal.aborted ? again : connectionFault(again, access.server);
    });
  }
}

async function attempt(access: ClusterAccess, line: Line, request: ApiRequest): Promise<ApiAnswer> {
  try {
    return await exchange(access, line, request);
  } catch (error) {
    // The server closed a kept connection at the same moment: nothing was answered, and reading may be repeated.
    if (!(error instanceof StaleConnection) || request.signal.aborted) throw error;
    return exchange(access, line, request);
  }
}

function exchange({ server }: ClusterAccess, line: Line, request: ApiRequest): Promise<ApiAnswer> {
  const { signal, method, body } = request;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const sent = (server.protocol === 'https:' ? https : http).request({
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (server.protocol === 'https:' ? 443 : 80) : server.port,
      path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
      method,
      agent: line.agent,
      headers: headersOf(server, line.credentials, request),
      maxHeaderSize: 64 * 1024,
    });
    let answer: IncomingMessage | undefined;
    const stop = (): void => void (answer ?? sent).destroy(asError(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
    const clock = watchClock(() => sent.destroy(late()), request.headerMs);
    sent.once('socket', (socket) => {
      if (!socket.connecting) return clock.connected();
      socket
        .once('secureConnect', clock.connected)
        .once('connect', () => server.protocol === 'http:' && clock.connected());
    });
    sent.once('close', () => {
      clock.end();
      signal.removeEventListener('abort', stop);
    });
    sent.on('error', (error) => {
      clock.end();
      const stale =
        sent.reusedSocket && method === 'GET' && ['ECONNRESET', 'EPIPE'].includes(connectionCode(error) ?? '');
      reject(signal.aborted ? asError(signal.reason) : stale ? new StaleConnection(error) : error);
    });
    sent.once('response', (message) => {
      clock.end();
      answer = message;
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message });
    });
    sent.end(body);
  });
}

function headersOf(server: URL, { token }: Credentials, request: ApiRequest): Record<string, string> {
  const { body, contentType = 'application/json' } = request;
  return {
    host: server.host,
    accept: 'application/json',
    'user-agent': 'pratique',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) }),
  };
}

function watchClock(stop: () => void, headerMs: number): { readonly connected: () => void; readonly end: () => void } {
  let timer: NodeJS.Timeout | undefined = setTimeout(stop, connectMs + headerMs);
  let ended = false;
  return {
    connected: () => {
      clearTimeout(timer);
      if (!ended) timer = setTimeout(stop, headerMs);
    },
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}

function agentFor(access: ClusterAccess, { ca, cert, key }: Credentials): Agent {
  const options = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' } as const;
  if (access.server.protocol === 'http:') return new http.Agent(options);
  return new https.Agent({
    ...options,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(access.serverName === undefined ? {} : { servername: access.serverName }),
    ...(access.skipVerify ? { rejectUnauthorized: false } : {}),
  } satisfies AgentOptions);
}

function sameTls(a: Credentials, b: Credentials): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the request was ended', { cause: reason });
}

function late(): Error {
  return Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT' });
}

/** A kept connection that had ended before the request arrived. */
class StaleConnection extends Error {
  constructor(cause: unknown) {
    super('a kept connection had ended', { cause });
  }
}
