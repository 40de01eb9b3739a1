/** A server that answers with whole bodies: what every service of the world stands on. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readBounded } from '@pratique/runtime/limit';

/** A request read to its end. */
export interface Ask {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A running server. */
export interface Listening {
  /** `http://127.0.0.1:port`, or `https://…` */
  readonly url: string;
  /** Requests so far as `METHOD path`, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** An answer whose body is JSON. */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'application/json', headers, body: JSON.stringify(value) };
}

/** A refusal in the words that Rekor and Fulcio use. */
export function refusal(status: number, message: string): Answer {
  return jsonAnswer(status, { code: status, message });
}

/**
 * Serves on a free port of the loopback address, with TLS where options for it are given. A handler that throws is answered
 * with 500 and its message.
 */
export async function listen(handle: (ask: Ask) => Answer | Promise<Answer>, tls?: ServerOptions): Promise<Listening> {
  const asked: string[] = [];
  const respond = (incoming: IncomingMessage, response: ServerResponse): void =>
    void answer(handle, asked, incoming, response);
  const server = tls === undefined ? createServer(respond) : createTlsServer(tls, respond);
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  handle: (ask: Ask) => Answer | Promise<Answer>,
  asked: string[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const given = await read(incoming)
    .then((ask) => {
      asked.push(`${ask.method} ${ask.path}`);
      return handle(ask);
    })
    .catch((error: unknown) => refusal(500, error instanceof Error ? error.message : String(error)));
  response.writeHead(given.status, { ...(given.type && { 'content-type': given.type }), ...given.headers });
  response.end(given.body);
}

async function read(incoming: IncomingMessage): Promise<Ask> {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const body = await readBounded(incoming, { bytes: 16 * 1024 * 1024, what: 'the request' });
  return {
    ...{ method: incoming.method ?? 'GET', path: url.pathname, query: url.searchParams },
    ...{ headers: incoming.headers, body },
  };
}
