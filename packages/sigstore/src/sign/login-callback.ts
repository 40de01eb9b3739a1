/** The address on this machine to which a browser is sent back after a login (RFC 8252 section 7.3). */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { withDeadline } from '@pratique/runtime/limit';
import { loginFailed } from './login-failed.ts';

/** Somebody is expected. */
export interface CallbackListener {
  /** What the issuer is told to send the browser to. */
  readonly redirectUrl: string;
  /** @throws Fault `login-failed` when the issuer says no or nobody comes in time */
  code(limit: { readonly ms: number; readonly signal?: AbortSignal }): Promise<string>;
  close(): Promise<void>;
}

/** Where to listen, and how to know one's own. */
export interface CallbackRequest {
  readonly redirectUrl?: string;
  /** Whether a `state` is the one that was sent. A request with another one is refused and waited past. */
  isOurs(state: string): boolean;
}

/** All that is ever shown: a sentence of ours, nothing of what was sent. */
function page(text: string): string {
  return `<!doctype html><meta charset="utf-8"><title>pratique</title><p style="font-family:sans-serif">${text}</p>`;
}

/**
 * Listens on 127.0.0.1.
 *
 * @throws Fault `login-failed` when the address is not of this machine or its port is taken
 */
export async function listenForCode({ redirectUrl, isOurs }: CallbackRequest): Promise<CallbackListener> {
  const wanted = loopback(redirectUrl ?? 'http://localhost:0/auth/callback');
  const arrived = Promise.withResolvers<string>();
  // A refusal may come before anybody waits for it.
  arrived.promise.catch(() => undefined);
  const server = createServer((request, response) =>
    answer({ request, response, path: wanted.pathname, isOurs, arrived }),
  );
  const port = await listen(server, Number(wanted.port));
  wanted.port = String(port);
  return {
    redirectUrl: wanted.href,
    code: ({ ms, signal }) => inTime(arrived.promise, ms, signal),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function inTime(arrived: Promise<string>, ms: number, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await withDeadline(arrived, { ms, what: 'the login', ...(signal && { signal }) });
  } catch (error) {
    if (isFault(error, 'deadline-exceeded'))
      throw loginFailed(`nobody logged in within ${Math.round(ms / 1000)} seconds`);
    throw error;
  }
}

const here = 'http://localhost/';

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly isOurs: (state: string) => boolean;
  readonly arrived: PromiseWithResolvers<string>;
}

function answer({ request, response, path, isOurs, arrived }: Visit): void {
  // Any page a browser has open may send it here, also to `//`, which is no address.
  const target = request.url ?? '/';
  const url = URL.canParse(target, here) ? new URL(target, here) : new URL(here);
  const respond = (status: number, text: string): void => {
    response
      .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
      .end(page(text));
  };
  if (request.method !== 'GET' || url.pathname !== path) return respond(404, 'There is nothing here.');
  if (!isOurs(url.searchParams.get('state') ?? '')) return respond(400, 'This is not the login that was begun.');
  const refused = url.searchParams.get('error');
  const code = url.searchParams.get('code');
  if (refused !== null || code === null || code === '') {
    respond(400, 'Logging in failed. You can close this window.');
    return arrived.reject(loginFailed(`the identity provider says ${excerpt(refused ?? 'nothing')}`));
  }
  respond(200, 'You are logged in. You can close this window.');
  arrived.resolve(code);
}

function loopback(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url !== undefined && ['localhost', '127.0.0.1'].includes(url.hostname);
  if (url?.protocol === 'http:' && isHere) return url;
  throw loginFailed(`${excerpt(text)} is no address on this machine (http://localhost:PORT/path)`);
}

async function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', () => failed(loginFailed(`the port ${port} of this machine cannot be listened on`)));
    server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });
}
