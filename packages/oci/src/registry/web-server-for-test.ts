/** Small servers that answer as a test tells them to, with real sockets and real TLS, and a client with short patience. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { digestOf } from '../digest.ts';
import { createRegistryClient } from './client.ts';
import type { RegistryClient, RegistryClientOptions } from './client.ts';

/** A request as it came. */
export interface Seen {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What is answered; nothing means that the handler writes to the response by itself. */
export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

export type Handler = (seen: Seen, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>;

/** A running server. */
export interface WebServer {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly url: string;
  /** All requests so far. */
  readonly seen: readonly Seen[];
}

/** Starts a server that ends with the test. */
export async function serve(handler: Handler, tls?: ServerOptions): Promise<WebServer> {
  const seen: Seen[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    void respond({ request, response, seen, handler });
  const server: Server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `${tls === undefined ? 'http' : 'https'}://${host}`, seen };
}

/** A client whose times are short and whose pauses take none; ends with the test. */
export function clientForTest(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const client = createRegistryClient({
    userAgent: 'pratique-test/1',
    now: () => new Date(),
    random: () => 0.5,
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
    times: { connect: 2_000, header: 1_000, idle: 1_000, answer: 4_000 },
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** A client that knows `server` as a registry of plain http, so that no probe is seen. */
export function plainClient(server: WebServer, options: Partial<RegistryClientOptions> = {}) {
  const client = clientForTest({ hosts: [{ host: server.host, plainHttp: true }], ...options });
  return client.repository({ registry: server.host, repository: 'team/app' });
}

/** The smallest image manifest. */
export const tinyManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 },
  layers: [],
});

/** An answer that is a manifest or index. */
export function manifestReply(body: string, type = 'application/vnd.oci.image.manifest.v1+json'): Reply {
  return { headers: { 'content-type': type, 'docker-content-digest': digestOf(body) }, body };
}

/** An error in the words of the protocol. */
export function errorReply(status: number, code: string, more: { message?: string; detail?: unknown } = {}): Reply {
  const body = JSON.stringify({
    errors: [{ code, message: more.message ?? 'no', ...('detail' in more ? { detail: more.detail } : {}) }],
  });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: Seen[];
  readonly handler: Handler;
}

async function respond({ request, response, seen, handler }: Exchange): Promise<void> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    return;
  }
  const { method = '', url = '', headers } = request;
  const one = { method, url, headers, body: Buffer.concat(pieces) };
  seen.push(one);
  const reply = await handler(one, response);
  if (reply === undefined) return;
  response.writeHead(reply.status ?? 200, reply.headers);
  response.end(method === 'HEAD' ? undefined : reply.body);
}
