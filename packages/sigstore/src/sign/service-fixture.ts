/** Services that answer wrongly, over real HTTP. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that answers as it is told. */
export interface OddService extends AsyncDisposable {
  readonly url: string;
  /** `METHOD path` of every request so far. */
  readonly asked: readonly string[];
}

/** Starts a server on a free port of 127.0.0.1; the request is read to its end before `respond` is called. */
export async function oddService(
  respond: (
    response: ServerResponse,
    request: { readonly method: string; readonly path: string; readonly body: Buffer },
  ) => void,
): Promise<OddService> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      const [method, path] = [incoming.method ?? '', incoming.url ?? ''];
      asked.push(`${method} ${path}`);
      respond(response, { method, path, body });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Ways to answer wrongly that every service knows, and the code they lead to. */
export const oddAnswers: readonly (readonly [string, string, (response: ServerResponse) => void])[] = [
  ['ends in the middle', 'service-unreachable', cutOff],
  ['never ends', 'service-answer-invalid', neverEnd],
  ['is half a JSON text', 'service-answer-invalid', (response) => sendJson(response, 201, '{"a":')],
  ['names a member twice', 'service-answer-invalid', (response) => sendJson(response, 201, '{"a":1,"a":2}')],
  ['is empty', 'service-answer-invalid', (response) => sendJson(response, 201, '')],
  ['is an empty object', 'service-answer-invalid', (response) => sendJson(response, 201, {})],
  ['is a login page', 'service-answer-invalid', loginPage],
  ['is a redirect', 'service-refused', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
  ['is an error of the service', 'service-unreachable', (response) => response.writeHead(503).end('later')],
  ['is a refusal', 'service-refused', (response) => sendJson(response, 400, { code: 400, message: 'not like this' })],
];

function cutOff(response: ServerResponse): void {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"signed');
  setImmediate(() => response.destroy());
}

function neverEnd(response: ServerResponse): void {
  response.writeHead(201, { 'content-type': 'application/json' });
  const piece = Buffer.alloc(256 * 1024, ' ');
  const more = (): void => {
    if (!response.destroyed) response.write(piece, more);
  };
  more();
}

function loginPage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>');
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
