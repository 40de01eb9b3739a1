/** The one way from the console to the hub. */
import type { DevPerson } from '@pratique/hub/contract';
import { createContext, useContext } from 'react';
import { ApiError, problemOf } from './api-error.ts';

export type QueryValue = string | number | boolean | readonly (string | number)[] | null | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

export interface Request {
  readonly query?: Query;
  readonly signal?: AbortSignal;
  /** What the answer must be: an array, or an object holding these keys. Anything else is a fault, never "nothing". */
  readonly expect: 'array' | readonly string[];
}

export interface Change {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** As for {@link Request}; left out where there is nothing to be answered. */
  readonly expect?: Request['expect'];
}

export interface Api {
  get: <T>(path: string, request: Request) => Promise<T>;
  /** Changes something. The answer is what the hub made of it, null where it answers without a body. */
  send: <T>(path: string, change: Change) => Promise<T>;
  /** The ready-made people of a demo, or null where the hub offers none. Asked once. */
  people: () => Promise<readonly DevPerson[] | null>;
  /** The demo person every question is asked as, null where the hub offers none. */
  person: () => Promise<string | null>;
}

export interface ApiOptions {
  /** Language of the texts that the hub writes. */
  readonly language: () => string;
  /** The person a demo is looked at as; only ever sent when the hub offers such people. */
  readonly devPerson: () => string | null;
  readonly timeoutMs?: number;
}

/** Longer than the hub's own deadline for a heavy question, shorter than the patience of a proxy. */
const defaultTimeoutMs = 25_000;

/** Builds the client. Every failure is thrown as an {@link ApiError}; a cancelled request stays an AbortError. */
export function createApi(options: ApiOptions): Api {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  let asked: Promise<readonly DevPerson[] | null> | undefined;

  function people(): Promise<readonly DevPerson[] | null> {
    asked ??= ask<readonly DevPerson[]>('/api/dev/people', { expect: 'array' }, headers(null)).catch(
      (error: unknown) => {
        // A hub that was away is asked again; one that answered "no such thing" is not in dev mode.
        if (!(error instanceof ApiError) || error.kind !== 'not_found') asked = undefined;
        return null;
      },
    );
    return asked;
  }

  function headers(person: string | null): Headers {
    const out = new Headers({ accept: 'application/json', 'accept-language': options.language() });
    if (person !== null) out.set('x-dev-person', person);
    return out;
  }

  async function ask<T>(path: string, request: Request, sent: Headers): Promise<T> {
    const signal = withDeadline(request.signal, timeoutMs);
    return answerOf<T>(await reach(path + queryString(request.query), { headers: sent, signal }), request.expect);
  }

  async function answerOf<T>(response: Response, expect: Request['expect'] | undefined): Promise<T> {
    const body = await readBody(response);
    if (!response.ok) throw new ApiError(problemOf(response.status, body, response.headers.get('x-request-id')));
    if (expect !== undefined && !fits(body, expect)) throw unexpectedAnswer(response);
    return body as T;
  }

  async function person(): Promise<string | null> {
    const wanted = options.devPerson();
    return wanted !== null && (await people()) !== null ? wanted : null;
  }

  async function get<T>(path: string, request: Request): Promise<T> {
    return ask<T>(path, request, headers(await person()));
  }

  async function send<T>(path: string, { method, body, expect }: Change): Promise<T> {
    const sent = headers(await person());
    if (body !== undefined) sent.set('content-type', 'application/json');
    const signal = withDeadline(undefined, timeoutMs);
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return answerOf<T>(await reach(path, { method, headers: sent, signal, ...content }), expect);
  }

  return { get, send, people, person };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    const kind = late ? 'unavailable' : 'offline';
    throw new ApiError(
      { kind, detail: '', code: late ? 'timeout' : null, hint: null, requestId: null },
      { cause: error },
    );
  }
}

async function readBody(response: Response): Promise<unknown> {
  const raw = await response.text();
  if (raw === '') return null;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}

/** A login proxy answers with its own page and status 200: that is "not signed in", not a broken hub. */
function unexpectedAnswer(response: Response): ApiError {
  const html = response.headers.get('content-type')?.includes('text/html') === true;
  const kind = html && response.redirected ? 'unauthenticated' : 'internal';
  const requestId = response.headers.get('x-request-id');
  return new ApiError({ kind, detail: '', code: 'unexpected_answer', hint: null, requestId });
}

function fits(body: unknown, expect: Request['expect']): boolean {
  if (expect === 'array') return Array.isArray(body);
  return typeof body === 'object' && body !== null && expect.every((key) => Object.hasOwn(body, key));
}

function withDeadline(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal {
  const deadline = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

/** Encodes a query: lists repeat their key; empty, null and undefined values are left out. */
export function queryString(query: Query = {}): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) out.append(key, String(one));
  }
  const encoded = out.toString();
  return encoded === '' ? '' : `?${encoded}`;
}

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext.Provider;

/** The client of this console. */
export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('useApi needs an ApiProvider above it');
  return api;
}
