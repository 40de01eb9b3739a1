/** A small Notary server for tests: real HTTP, and a login as docker's has it. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it has and whom it lets in. */
export interface NotaryWish {
  readonly gun: string;
  readonly documents: ReadonlyMap<string, Buffer>;
  /** None without. */
  readonly login?: 'bearer' | 'basic';
  /** Whom the login wants; anybody under `bearer` without. */
  readonly account?: { readonly username: string; readonly password: string };
  /** Answers instead of the usual ones, by path. */
  readonly instead?: (path: string, response: ServerResponse) => boolean;
}

/** A running server. */
export interface RunningNotary {
  readonly host: string;
  /** `METHOD path` of every request, with what it was authorized by. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const token = 'a-token-for-one-repository';

/** Starts it on a free port. */
export async function startNotary(wish: NotaryWish): Promise<RunningNotary> {
  const asked: string[] = [];
  let host = '';
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    asked.push(`${incoming.method} ${url.pathname} ${incoming.headers.authorization ?? '-'}`);
    if (wish.instead?.(url.pathname, response) === true) return;
    if (url.pathname === '/token') giveToken(wish, url, { incoming, response });
    else serve(wish, { path: url.pathname, host }, { incoming, response });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { host, asked, close };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

function serve(
  wish: NotaryWish,
  { path, host }: { readonly path: string; readonly host: string },
  exchange: Exchange,
): void {
  const { incoming, response } = exchange;
  const wanted = wish.login === 'bearer' ? `Bearer ${token}` : basicOf(wish);
  if (wish.login !== undefined && incoming.headers.authorization !== wanted) {
    const bearer = `Bearer realm="${host}/token",service="notary.test"`;
    response.writeHead(401, { 'www-authenticate': wish.login === 'bearer' ? bearer : 'Basic realm="notary"' }).end();
    return;
  }
  const prefix = `/v2/${wish.gun}/_trust/tuf/`;
  const role = path.startsWith(prefix) ? path.slice(prefix.length).replace(/\.json$/, '') : undefined;
  const document = role === undefined ? undefined : wish.documents.get(role);
  if (path === '/v2/') response.end('{}');
  else if (document === undefined) response.writeHead(404).end('{}');
  else response.end(document);
}

function giveToken(wish: NotaryWish, url: URL, { incoming, response }: Exchange): void {
  const isWelcome = wish.account === undefined || incoming.headers.authorization === basicOf(wish);
  const isForIt =
    url.searchParams.get('scope') === `repository:${wish.gun}:pull` &&
    url.searchParams.get('service') === 'notary.test';
  response.writeHead(isWelcome && isForIt ? 200 : 401).end(JSON.stringify({ token }));
}

function basicOf({ account }: NotaryWish): string | undefined {
  if (account === undefined) return undefined;
  return `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
}
