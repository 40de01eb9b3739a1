/** One HTTP exchange with an end: redirects counted, credentials dropped on the way to another host, bodies bounded in size and time. */
import { Readable } from 'node:stream';
import { isFault } from '@pratique/runtime/fault';
import { contentTooLarge } from '../digest.ts';
import { ociFault } from '../errors.ts';
import { redirects } from '../limits.ts';
import type { Waiting } from '../store.ts';
import { connectionCode, connectionFault, isCertificateCode } from './connection-faults.ts';
import type { Dispatchers } from './dispatchers.ts';
import type { PoolAnswer } from './pool.ts';
import { isLinkLocal, withoutPassword } from './settings.ts';
import type { ProxySettings, RegistryHost, RegistryTimes } from './settings.ts';

/** A request. `body` may be opened again when a redirect repeats it. */
export interface ExchangeRequest extends Waiting {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** The registry on whose behalf this is done; decides TLS. */
  readonly owner: RegistryHost;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent only to the host of `url`. */
  readonly authorization?: string;
  readonly body?: { readonly open: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>; readonly size: number };
  /** A blob: may take as long as it flows. Otherwise the whole answer has {@link RegistryTimes.answer}. */
  readonly streams?: boolean;
}

/** An answer whose body has to be read or dropped. */
export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it came from after redirects. */
  readonly url: URL;
  /** The pieces, ended by a fault when they stop coming or come too slowly. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of the body unread. */
  drop(): void;
}

/** What exchanges are made with. */
export interface ExchangeTools {
  readonly dispatchers: Dispatchers;
  readonly times: RegistryTimes;
  readonly userAgent: string;
  readonly proxy?: ProxySettings;
}

/** How much of a body nobody wants is read off, so that the connection can be used again; beyond that it is closed. */
const keepAliveBytes = 64 * 1024;

/** Statuses that name another place; 304 and 300 have no meaning here. */
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and follows its redirects.
 *
 * @throws Fault `registry-redirect`, and those of `connection-faults.ts`; the reason of the signal when that fires
 */
export async function exchange(request: ExchangeRequest, tools: ExchangeTools): Promise<ExchangeAnswer> {
  let { url, authorization } = request;
  for (let hop = 0; hop <= redirects; hop += 1) {
    const answer = await once({ ...request, url, authorization }, tools);
    if (!redirectStatuses.has(answer.status)) return answer;
    answer.drop();
    const next = redirectTarget(url, answer, request.method);
    // The credential belongs to the host it was given for; a signed address of a blob store must not see it.
    if (next.host !== url.host) authorization = undefined;
    url = next;
  }
  throw redirectFault(request.url, `it redirected more than ${redirects} times`);
}

/**
 * Reads an answer whole, never more than `limit` bytes.
 *
 * @throws Fault `content-too-large`, and what the body throws
 */
export async function readAnswer(answer: ExchangeAnswer, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let seen = 0;
  for await (const chunk of answer.body) {
    seen += chunk.byteLength;
    if (seen > limit) {
      answer.drop();
      throw contentTooLarge('An answer', { from: answer.url.host, limit });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, seen);
}

async function once(request: ExchangeRequest, tools: ExchangeTools): Promise<ExchangeAnswer> {
  const { url, method, body } = request;
  const end = endOf(request, tools);
  try {
    const pool = await tools.dispatchers.for(url, request.owner);
    const data = await pool.request({
      url,
      method,
      headers: headersOf(request, tools),
      body: body === undefined ? undefined : bodyOf(body),
      signal: end.signal,
    });
    // Whether it was read, dropped or broke off: nothing has to be ended any more.
    // A body without bytes may have ended before anybody could listen.
    if (data.body.closed) end.release();
    else data.body.once('close', end.release);
    return answerOf(data, request, tools);
  } catch (error) {
    end.release();
    throw await explain(error, request, tools);
  }
}

/** What ends an exchange from outside: the caller's signal and, for what is kept in memory, the time for all of it. */
interface End {
  readonly signal: AbortSignal;
  /** Lets go of the timer and of the caller's signal, which may live as long as the program. */
  release(): void;
}

function endOf({ signal, streams, body }: ExchangeRequest, { times }: ExchangeTools): End {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const late = (): void => controller.abort(new DOMException('The answer took too long.', 'TimeoutError'));
  const timer = streams === true || body !== undefined ? undefined : setTimeout(late, times.answer).unref();
  const release = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
  return { signal: controller.signal, release };
}

function headersOf(request: ExchangeRequest, tools: ExchangeTools): Record<string, string> {
  // Never compressed on the way: layers are compressed already, and what would be unpacked here would have no bound.
  const headers: Record<string, string> = {
    'user-agent': tools.userAgent,
    'accept-encoding': 'identity',
    ...request.headers,
  };
  if (request.body !== undefined) headers['content-length'] = String(request.body.size);
  if (request.authorization !== undefined) headers.authorization = request.authorization;
  return headers;
}

function bodyOf(body: NonNullable<ExchangeRequest['body']>): Buffer | Readable | undefined {
  if (body.size === 0) return undefined;
  const opened = body.open();
  return Array.isArray(opened) ? Buffer.concat(opened as Uint8Array[]) : Readable.from(opened, { objectMode: false });
}

function answerOf(data: PoolAnswer, request: ExchangeRequest, tools: ExchangeTools): ExchangeAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(data.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  // A body nobody reads may still end in an error, which is nobody's business then.
  data.body.on('error', () => undefined);
  return {
    status: data.status,
    headers,
    url: request.url,
    body: pieces(data, request, tools),
    drop: () => readOff(data.body, tools.times.idle),
  };
}

async function* pieces(
  data: PoolAnswer,
  request: ExchangeRequest,
  tools: ExchangeTools,
): AsyncGenerator<Uint8Array, void, undefined> {
  const began = performance.now();
  let seen = 0;
  const silence = watchSilence(data.body, tools.times.idle);
  try {
    for await (const chunk of data.body as AsyncIterable<Uint8Array>) {
      seen += chunk.byteLength;
      const allowed = tools.times.idle + (seen / tools.times.leastBytesPerSecond) * 1_000;
      if (performance.now() - began > allowed) throw tooSlow(request.url, seen);
      silence.pause();
      yield chunk;
      silence.restart();
    }
  } catch (error) {
    throw await explain(error, request, tools);
  } finally {
    silence.pause();
    data.body.destroy();
  }
}

/** Ends a body that stays silent for so many milliseconds while somebody waits for it. */
function watchSilence(body: Readable, ms: number): { readonly pause: () => void; readonly restart: () => void } {
  let waits = true;
  const timer = setTimeout(() => {
    if (waits) body.destroy(Object.assign(new Error('nothing came in time'), { code: 'ETIMEDOUT' }));
  }, ms).unref();
  return {
    pause: () => {
      waits = false;
    },
    restart: () => {
      waits = true;
      timer.refresh();
    },
  };
}

/** Reads what is left of a body, so that the connection can be used again; a long or slow rest is not worth that. */
function readOff(body: Readable, ms: number): void {
  let left = keepAliveBytes;
  const timer = setTimeout(() => body.destroy(), ms).unref();
  body.once('close', () => clearTimeout(timer));
  body.once('end', () => body.destroy());
  body.on('data', (chunk: Uint8Array) => {
    left -= chunk.byteLength;
    if (left < 0) body.destroy();
  });
}

async function explain(error: unknown, request: ExchangeRequest, tools: ExchangeTools): Promise<unknown> {
  if (request.signal?.aborted === true) return request.signal.reason;
  if (isFault(error)) return error;
  const { url, owner } = request;
  const proxied = url.protocol === 'https:' ? tools.proxy?.httpsProxy : tools.proxy?.httpProxy;
  const proxy = proxied === undefined || proxied === '' ? undefined : withoutPassword(proxied);
  const look = isCertificateCode(connectionCode(error)) && proxy === undefined;
  const serverName = url.host === owner.host ? owner.serverName : undefined;
  // Loaded only then: TLS of one's own is nothing a plain connection needs.
  const certificate = look
    ? await (await import('./peer-certificate.ts')).lookAtCertificate(url, serverName)
    : undefined;
  return connectionFault(error, { url, certificate, proxy });
}

function redirectTarget(from: URL, answer: ExchangeAnswer, method: ExchangeRequest['method']): URL {
  const { location } = answer.headers;
  if (location === undefined || !URL.canParse(location, from.href))
    throw redirectFault(from, 'it redirected to nowhere');
  const to = new URL(location, from);
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw redirectFault(from, `it redirected to ${to.protocol}`);
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw redirectFault(from, `it redirected from https to plain http at ${to.host}`);
  if (isLinkLocal(to.hostname) && !isLinkLocal(from.hostname))
    throw redirectFault(from, `it redirected to ${to.host}, an address of this machine's own network only`);
  const reads = method === 'GET' || method === 'HEAD';
  // Only 307 and 308 promise that method and body stay the same; to another host nothing is written.
  if (!reads && (to.host !== from.host || answer.status < 307))
    throw redirectFault(from, `it redirected a ${method} to ${to.host}`);
  return to;
}

function tooSlow(url: URL, seen: number): Error {
  return ociFault({
    code: 'registry-timeout',
    message: `${url.host} sends too slowly: ${seen} bytes so far.`,
    hint: 'Check the network on the way to the registry and try again.',
    values: { host: url.host, bytes: seen },
  });
}

function redirectFault(url: URL, problem: string): Error {
  return ociFault({
    code: 'registry-redirect',
    message: `${url.host} cannot be followed: ${problem}.`,
    hint: 'Ask the operator of the registry to check its address settings (external URL, X-Forwarded-Proto of its proxy).',
    values: { host: url.host, problem },
  });
}
