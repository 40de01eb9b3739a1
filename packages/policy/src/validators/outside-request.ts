/**
 * Requests to servers that are no registries (Notary, OCSP, revocation lists): bounded in size, time and redirects, and what went
 * wrong as a value, because a server that does not answer is an answer about an image.
 */
import { excerpt, isFault } from '@pratique/runtime/fault';
import { readBounded } from '@pratique/runtime/limit';
import type { PassingClass } from '../verdict.ts';

/** What is asked, and how long and how much. */
export interface OutsideRequest {
  readonly fetch: typeof fetch;
  readonly url: URL;
  /** POST with this body, of this type; GET without. A POST is never redirected. */
  readonly post?: { readonly body: Uint8Array; readonly type: string };
  /** Sent only while scheme, host and port stay those of `url`. */
  readonly authorization?: string;
  readonly bytes: number;
  readonly ms: number;
  /** The deadline of the whole request. */
  readonly signal: AbortSignal;
}

/** An answer of any status, or why there was none. */
export type OutsideAnswer =
  | { readonly state: 'answered'; readonly status: number; readonly headers: Headers; readonly body: Buffer }
  | { readonly state: 'failed'; readonly class: PassingClass; readonly because: string };

/** As VAL-3 has it. */
const redirects = 5;

/** Codes by which Node says that the certificate or the protocol of the other side is not acceptable. */
const tlsCodes = /CERT|^ERR_(?:TLS|SSL)|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|^EPROTO$/;

/** Asks and reads the answer whole. Never throws. */
export async function askOutside(request: OutsideRequest): Promise<OutsideAnswer> {
  const own = AbortSignal.timeout(request.ms);
  const signal = AbortSignal.any([request.signal, own]);
  try {
    return await follow(request, signal);
  } catch (error) {
    if (request.signal.aborted) return failed('timeout', `${request.url.host} had not answered when the time was over`);
    if (own.aborted)
      return failed('registry_unreachable', `${request.url.host} did not answer within ${request.ms} ms`);
    return failedBy(error, request.url.host);
  }
}

async function follow(request: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer> {
  let url = request.url;
  for (let hop = 0; hop <= redirects; hop += 1) {
    const response = await send(request, url, signal);
    const next = nextAddress(response, url);
    if (next === undefined || request.post !== undefined) return readAnswer(response, request);
    await response.body?.cancel();
    if (next === 'unusable' || (url.protocol === 'https:' && next.protocol !== 'https:'))
      return failed('registry_unreachable', `${url.host} redirects to an address that is not followed`);
    url = next;
  }
  return failed('registry_unreachable', `${request.url.host} redirects more than ${redirects} times`);
}

function send(
  { fetch, url: first, post, authorization }: OutsideRequest,
  url: URL,
  signal: AbortSignal,
): Promise<Response> {
  const isSameOrigin = url.origin === first.origin;
  const headers = {
    ...(authorization !== undefined && isSameOrigin ? { authorization } : {}),
    ...(post === undefined ? {} : { 'content-type': post.type }),
  };
  const body = post === undefined ? {} : { method: 'POST', body: Buffer.from(post.body) };
  return fetch(url, { ...body, headers, redirect: 'manual', signal });
}

function nextAddress(response: Response, from: URL): URL | 'unusable' | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const location = response.headers.get('location') ?? '';
  if (location === '' || !URL.canParse(location, from.href)) return 'unusable';
  const next = new URL(location, from);
  return next.protocol === 'https:' || next.protocol === 'http:' ? next : 'unusable';
}

async function readAnswer(response: Response, { bytes, url }: OutsideRequest): Promise<OutsideAnswer> {
  const { status, headers } = response;
  const body =
    response.body === null
      ? Buffer.alloc(0)
      : await readBounded(response.body, { bytes, what: `the answer of ${url.host}` });
  return { state: 'answered', status, headers, body };
}

function failedBy(error: unknown, host: string): OutsideAnswer {
  if (isFault(error)) return failed('registry_unreachable', error.message);
  const code = codesOf(error).find((each) => each !== '') ?? 'no reason is known';
  if (tlsCodes.test(code))
    return failed('registry_tls', `the certificate or TLS of ${host} is not acceptable (${code})`);
  return failed('registry_unreachable', `${host} cannot be reached (${excerpt(code, 60)})`);
}

/** `fetch` hides the cause of a failure behind its own error, sometimes twice. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    if ('code' in at && typeof at.code === 'string') codes.unshift(at.code);
  return codes;
}

function failed(kind: PassingClass, because: string): OutsideAnswer {
  return { state: 'failed', class: kind, because };
}
