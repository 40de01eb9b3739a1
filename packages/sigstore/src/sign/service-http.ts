/**
 * Calling the services of a sigstore deployment. The clients of @sigstore/sign are not used: they read answers of any
 * size without a schema, take neither a `fetch` nor a clock, and know neither the entry that exists already nor the
 * certificate of another key.
 */
import { setTimeout as waitFor } from 'node:timers/promises';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { readBounded, withDeadline } from '@pratique/runtime/limit';
import { Agent, fetch as undiciFetch } from 'undici';
import type { RequestInit as UndiciRequestInit } from 'undici';
import { sigstoreFault } from '../errors.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The world outside, handed in by the program. */
export interface ServiceAccess {
  readonly fetch: Fetch;
  /** From 0 up to 1, for the spread of pauses. */
  readonly random: () => number;
  /** Waits between attempts; a timer when left out. */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Ends every call with its reason. */
  readonly signal?: AbortSignal;
  readonly userAgent?: string;
}

/** One question to a service. */
export interface ServiceRequest {
  /** As it stands in a sentence: `the certificate authority`. */
  readonly what: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The largest answer that is read. */
  readonly limitBytes: number;
  /** For one attempt, with its body; 30 seconds when left out. */
  readonly timeoutMs?: number;
  /** How often it is tried in all; 3 when left out. */
  readonly attempts?: number;
  /** Goes where the answer sends; only for requests without a token whose answers are signed. */
  readonly followRedirects?: boolean;
}

/** An answer that was read to its end. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

const defaultAttempts = 3;
const pauses = [1000, 3000] as const;
// A service that asks for more is not waited for: the person at the other end gave up by then.
const longestPause = 30_000;
const attemptTimeout = 30_000;
const worthRepeating = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

/**
 * Asks up to three times, with pauses of one and three seconds (a tenth more or less) or what `Retry-After` says. All
 * requests made here may be repeated: a second certificate harms nobody, a log keeps one of two equal entries. Redirects
 * are not followed unless it is said, since requests carry a token.
 *
 * @returns whatever was answered last, of any status that is not worth repeating
 * @throws Fault `service-unreachable`, `service-answer-invalid` (too large), `service-address-invalid`
 */
export async function callService(access: ServiceAccess, request: ServiceRequest): Promise<ServiceAnswer> {
  checkAddress(request);
  let last: Attempt = { state: 'failed', reason: 'it was not asked' };
  for (let attempt = 0; attempt < (request.attempts ?? defaultAttempts); attempt += 1) {
    if (attempt > 0) await pauseBefore(access, attempt, last);
    last = await tryOnce(access, request);
    if (last.state === 'answered' && !worthRepeating.has(last.answer.status)) return last.answer;
  }
  throw unreachable(request, last);
}

/**
 * Reads an answer as JSON.
 *
 * @throws Fault `service-answer-invalid`
 */
export function jsonOf(request: ServiceRequest, answer: ServiceAnswer): unknown {
  const type = contentType(answer);
  if (type !== 'application/json') throw invalidAnswer(request, `it is of type ${type || 'unknown'}, not JSON`);
  const parsed = parseStrictJson(answer.body);
  if (!parsed.ok) throw invalidAnswer(request, `it ${parsed.detail}`);
  return parsed.value;
}

/** The media type without parameters, in lower case; empty when none was sent. */
export function contentType(answer: ServiceAnswer): string {
  return (answer.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The fault for an answer that is not what the service's interface says. */
export function invalidAnswer(request: ServiceRequest, detail: string, cause?: unknown): Error {
  return sigstoreFault({
    code: 'service-answer-invalid',
    message: `The answer of ${request.what} at ${addressOf(request)} cannot be used: ${detail}.`,
    hint: 'Check that the address is that of the service and not of a proxy or a login page in front of it.',
    values: { service: request.what, url: addressOf(request), detail },
    cause,
  });
}

/** The fault for a status that says no. The service's own words are quoted, cut to a safe length. */
export function refusedBy(request: ServiceRequest, answer: ServiceAnswer, hint: string): Error {
  const said = wordsOf(answer);
  return sigstoreFault({
    code: 'service-refused',
    message: `${capital(request.what)} at ${addressOf(request)} refused the request with status ${answer.status}${said === '' ? '' : `: ${said}`}.`,
    hint,
    values: { service: request.what, url: addressOf(request), status: answer.status, said },
  });
}

/** What proves who calls, and whom the call may reach. */
export interface MutualTls {
  /** PEM; the machine's own roots when left out. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Name that the server's certificate has to bear, where it is not the host of the address. */
  readonly serverName?: string;
}

/** A `fetch` that shows a client certificate, for timestamp authorities that ask for one. Close it when done. */
export function mutualTlsFetch(tls: MutualTls): { readonly fetch: Fetch; close(): Promise<void> } {
  const { ca, certificate: cert, key, serverName: servername } = tls;
  const dispatcher = new Agent({
    connect: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(servername && { servername }) },
  });
  // Node's own fetch takes only agents of the undici it was built with, so the library's is called.
  const call = undiciFetch as unknown as (url: string, init: UndiciRequestInit) => Promise<Response>;
  return {
    fetch: (url, init) => call(url, { ...(init as UndiciRequestInit), dispatcher }),
    close: () => dispatcher.close(),
  };
}

type Attempt =
  | { readonly state: 'answered'; readonly answer: ServiceAnswer }
  | { readonly state: 'failed'; readonly reason: string; readonly cause?: unknown };

async function tryOnce(access: ServiceAccess, request: ServiceRequest): Promise<Attempt> {
  const ms = request.timeoutMs ?? attemptTimeout;
  try {
    const answer = await withDeadline((signal) => exchange(access, request, signal), {
      ...{ ms, what: request.what, signal: access.signal },
    });
    return { state: 'answered', answer };
  } catch (cause) {
    access.signal?.throwIfAborted();
    if (isFault(cause, 'too-large')) throw invalidAnswer(request, cause.message.replace(/\.$/u, ''), cause);
    return { state: 'failed', reason: reasonOf(cause), cause };
  }
}

async function exchange(access: ServiceAccess, request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> {
  const { method, headers, body, limitBytes, what } = request;
  const agent = access.userAgent === undefined ? {} : { 'user-agent': access.userAgent };
  const sent = { ...agent, ...headers };
  const response = await access.fetch(request.url, {
    ...{ method, headers: sent, signal, redirect: request.followRedirects === true ? 'follow' : 'manual' },
    ...(body !== undefined && { body: body as RequestInit['body'] }),
  });
  const limit = { bytes: limitBytes, what: `the answer of ${what}` };
  const read = response.body === null ? Buffer.alloc(0) : await readBounded(response.body, limit);
  return { status: response.status, headers: response.headers, body: read };
}

async function pauseBefore(access: ServiceAccess, attempt: number, last: Attempt): Promise<void> {
  const planned = pauses[Math.min(attempt, pauses.length) - 1] ?? 0;
  const spread = planned * (0.9 + 0.2 * access.random());
  const asked = last.state === 'answered' ? Number(last.answer.headers.get('retry-after') ?? Number.NaN) * 1000 : 0;
  const ms = Math.min(longestPause, Number.isFinite(asked) ? Math.max(asked, spread) : spread);
  await (access.pause ?? pauseByTimer)(ms, access.signal);
}

async function pauseByTimer(ms: number, signal?: AbortSignal): Promise<void> {
  await waitFor(ms, undefined, signal === undefined ? {} : { signal });
}

function checkAddress(request: ServiceRequest): void {
  const protocol = URL.canParse(request.url) ? new URL(request.url).protocol : '';
  if (protocol === 'https:' || protocol === 'http:') return;
  throw sigstoreFault({
    code: 'service-address-invalid',
    message: `The address of ${request.what}, ${excerpt(request.url)}, is no http or https address.`,
    hint: 'Give the full address with its scheme, as in https://fulcio.example.com.',
    values: { service: request.what, url: excerpt(request.url, 200) },
  });
}

function unreachable(request: ServiceRequest, last: Attempt): Error {
  const reason = last.state === 'answered' ? `it answered with status ${last.answer.status}` : last.reason;
  return sigstoreFault({
    code: 'service-unreachable',
    message: `${capital(request.what)} at ${addressOf(request)} could not be used${triedHow(request.attempts ?? defaultAttempts)}: ${reason}.`,
    hint: 'Check the address, the network and the proxy settings; where the service limits requests, wait and try again.',
    values: { service: request.what, url: addressOf(request), reason },
    cause: last.state === 'failed' ? last.cause : undefined,
  });
}

/** Node hides what happened to the connection in the cause. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  const text = inner instanceof Error ? inner.message : String(inner);
  return excerpt(text === '' ? code : text, 200).replace(/\.$/u, '');
}

function wordsOf(answer: ServiceAnswer): string {
  const parsed = contentType(answer) === 'application/json' ? parseStrictJson(answer.body) : undefined;
  const message = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value['message'] : undefined;
  const text = typeof message === 'string' ? message : answer.body.toString('utf8');
  return excerpt(text.trim(), 200).replace(/\.$/u, '');
}

/** Without query and credentials, which may be secret. */
function addressOf(request: ServiceRequest): string {
  const url = new URL(request.url);
  return excerpt(`${url.origin}${url.pathname}`, 200);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function triedHow(attempts: number): string {
  return attempts === 1 ? '' : ` after ${attempts} attempts`;
}
