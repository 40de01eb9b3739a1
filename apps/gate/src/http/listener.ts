/** Which path answers what (admission 3.1). The way of a review is kept short: its cost is added to every start of a pod. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { excerpt } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import type { Registry } from '@pratique/runtime/metrics';
import { readBody } from './body.ts';
import type { BodyRoom } from './body.ts';

/** How `/mutate` and `/validate` are called. */
export interface ReviewCall {
  readonly path: '/mutate' | '/validate';
  /** The `timeout` of the query, as the API server sends it. */
  readonly timeout: string | null;
}

/** What came of a call: an answer to a review, or why it was none. */
export type ReviewCallAnswer =
  | { readonly state: 'answered'; readonly text: string }
  | { readonly state: 'refused'; readonly status: number; readonly text: string };

/** What {@link createListener} works with. */
export interface ListenerParts {
  readonly room: BodyRoom;
  /** Answers the parsed JSON of a call. */
  readonly review: (body: unknown, call: ReviewCall) => Promise<ReviewCallAnswer>;
  readonly readiness: () => { readonly isReady: boolean; readonly conditions: unknown };
  readonly metrics: Registry;
  /** Every call of the webhook, whatever comes of it. */
  readonly onCall: () => void;
  readonly onDefect: (error: unknown) => void;
  /** Whether connections are to end with their answer. */
  readonly isDraining: () => boolean;
  /** Whether whoever is at the other end may ask for reviews. */
  readonly mayAsk: (request: IncomingMessage) => boolean;
}

/** Makes the function a server calls for each request. */
export function createListener(parts: ListenerParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    // A connection that breaks ends the answer on it; without a listener it would end the process.
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    if (parts.isDraining()) response.shouldKeepAlive = false;
    answer(parts, request, response).catch((error: unknown) => {
      parts.onDefect(error);
      if (response.headersSent) response.destroy();
      else reply(response, 500, 'internal error\n');
    });
  };
}

async function answer(parts: ListenerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? '' : url.slice(mark + 1);
  // Connections are limited, and those kept open are for the API server.
  if ((path !== '/mutate' && path !== '/validate') || request.method !== 'POST') response.shouldKeepAlive = false;
  switch (path) {
    case '/mutate':
    case '/validate':
      return answerReview(parts, request, response, { path, timeout: timeoutOf(query) });
    case '/health':
      return isGet(request, response) ? reply(response, 200, '') : undefined;
    case '/ready':
      return isGet(request, response) ? replyReadiness(parts, response, new URLSearchParams(query)) : undefined;
    case '/metrics':
      return isGet(request, response) ? replyMetrics(parts.metrics, response) : undefined;
    default:
      return reply(response, 404, 'not found\n');
  }
}

async function answerReview(
  parts: ListenerParts,
  request: IncomingMessage,
  response: ServerResponse,
  call: ReviewCall,
): Promise<void> {
  parts.onCall();
  const refusal = refusalOf(parts, request);
  if (refusal !== undefined) return refuse(request, response, refusal);
  const { body, release } = await readBody(request, parts.room);
  try {
    if (body.state === 'read') await answerBody(parts, body.bytes, response, call);
    else refuse(request, response, unreadable(body.state, parts.room));
  } finally {
    // What was parsed lives until the answer and is in proportion to the bytes, so they count until then.
    release();
  }
}

async function answerBody(
  parts: ListenerParts,
  bytes: Buffer,
  response: ServerResponse,
  call: ReviewCall,
): Promise<void> {
  const parsed = parse(bytes);
  if (parsed === undefined) return reply(response, 400, 'received invalid json\n');
  const answered = await parts.review(parsed, call);
  if (answered.state === 'refused') return reply(response, answered.status, `${answered.text}\n`);
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(answered.text));
  response.end(answered.text);
}

interface Refusal {
  readonly status: number;
  readonly text: string;
}

function unreadable(state: 'broken' | 'too-large' | 'no-room', { bodyBytes }: BodyRoom): Refusal {
  switch (state) {
    case 'broken':
      return { status: 500, text: 'could not read the request body' };
    case 'too-large':
      return { status: 413, text: `the body is larger than the ${sizeInWords(bodyBytes)} allowed` };
    case 'no-room':
      return { status: 503, text: 'too many large requests at the same time, try again' };
  }
}

/** ADM-1, what is wrong before the body is looked at. */
function refusalOf({ mayAsk }: ListenerParts, request: IncomingMessage): Refusal | undefined {
  const { method = '', headers } = request;
  if (method !== 'POST')
    return { status: 405, text: `Method not allowed. Received ${excerpt(method, 20)}, expected POST.` };
  if (!mayAsk(request)) return { status: 403, text: 'a client certificate of the API server is required' };
  const type = headers['content-type'] ?? '';
  if (type !== 'application/json' && !/^application\/json[ \t]*(?:;|$)/i.test(type)) {
    return { status: 400, text: `wrong content type "${excerpt(type, 100)}", expected application/json` };
  }
  return undefined;
}

/** The rest of a body that was not read would be taken for the next request, so the connection ends. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, text }: Refusal): void {
  if (!request.complete || status === 403) response.shouldKeepAlive = false;
  if (status === 405) response.setHeader('allow', 'POST');
  reply(response, status, `${text}\n`);
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function timeoutOf(query: string): string | null {
  const found = /(?:^|&)timeout=([\w.]{1,20})(?:&|$)/.exec(query)?.[1];
  return found ?? null;
}

function isGet(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  response.setHeader('allow', 'GET, HEAD');
  reply(response, 405, 'Method not allowed.\n');
  return false;
}

function replyReadiness({ readiness }: ListenerParts, response: ServerResponse, query: URLSearchParams): void {
  const { isReady, conditions } = readiness();
  const status = isReady ? 200 : 503;
  if (!query.has('verbose')) return reply(response, status, '');
  reply(response, status, `${JSON.stringify(conditions, null, 2)}\n`, 'application/json');
}

async function replyMetrics(metrics: Registry, response: ServerResponse): Promise<void> {
  reply(response, 200, await metrics.metrics(), metrics.contentType);
}

function reply(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.statusCode = status;
  response.setHeader('x-content-type-options', 'nosniff');
  if (text !== '') response.setHeader('content-type', type);
  response.end(text);
}
