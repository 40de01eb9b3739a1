import { excerpt, Fault } from '@pratique/runtime/fault';
import { readBoundedText } from '@pratique/runtime/limit';
import type { Fetch } from '@pratique/sigstore';
import { cliFault, usageFault } from '../errors.ts';
import type { Surroundings } from './surroundings.ts';

/** What is fetched and how much of it may come. */
export interface TextWanted {
  /** As it stands in a sentence: `the public key`. */
  readonly what: string;
  readonly limitBytes: number;
  readonly surroundings: Surroundings;
}

/**
 * Fetches a small text over https. A few redirects are followed, each to https only.
 *
 * @throws Fault `usage` for another scheme, `fetch-failed`, `too-large`, `not-text`
 */
export async function fetchText(address: string, wanted: TextWanted): Promise<string> {
  const url = parse(address, wanted);
  try {
    const answer = await followed(url, serviceFetch(wanted.surroundings), wanted.surroundings.signal);
    if (!answer.ok || answer.body === null) throw new Error(`it answered ${answer.status} ${answer.statusText}`.trim());
    return await readBoundedText(answer.body, { bytes: wanted.limitBytes, what: wanted.what });
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw cliFault({
      code: 'fetch-failed',
      message: `${wanted.what} could not be fetched from ${excerpt(url.origin + url.pathname, 160)}: ${reasonOf(error)}.`,
      hint: 'Check the address and the connection, or download it yourself and name the file.',
      values: { address: excerpt(url.origin + url.pathname, 160) },
    });
  }
}

const redirectLimit = 5;

/** The answer at the end of the redirects: each is looked at, since one without encryption in between could lead anywhere. */
export async function followed(from: URL, fetching: Fetch, signal: AbortSignal): Promise<Response> {
  let url = from;
  for (let hop = 0; hop <= redirectLimit; hop += 1) {
    const answer = await fetching(url.href, { signal, redirect: 'manual' });
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || location === null) return answer;
    await answer.body?.cancel();
    url = new URL(location, url);
    if (url.protocol !== 'https:') throw new Error('it redirects to an address without encryption');
  }
  throw new Error(`it redirects more than ${redirectLimit} times`);
}

/** A fetch that goes through the proxy of the variables, which Node's own does not. */
export function serviceFetch({ env }: Pick<Surroundings, 'env'>): Fetch {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  if (names.every((name) => (env[name] ?? '') === '')) return (url, init) => fetch(url, init);
  let proxied: Promise<Fetch> | undefined;
  return async (url, init) => {
    proxied ??= proxyFetch(env);
    return await (
      await proxied
    )(url, init);
  };
}

// Loaded only where there is a proxy: the library is larger than the rest of the command.
async function proxyFetch(env: Surroundings['env']): Promise<Fetch> {
  const { EnvHttpProxyAgent, fetch: libraryFetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env['HTTP_PROXY'] ?? env['http_proxy'],
    httpsProxy: env['HTTPS_PROXY'] ?? env['https_proxy'],
    noProxy: env['NO_PROXY'] ?? env['no_proxy'],
  });
  // Node's fetch takes only agents of the undici inside it, so the library's own is called.
  const call = libraryFetch as unknown as (url: string, init: object) => Promise<Response>;
  return (url, init) => call(url, { ...init, dispatcher });
}

function parse(address: string, { what }: TextWanted): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:') return url;
  throw usageFault(
    `${excerpt(address, 120)} is no https address, so ${what} is not fetched from it.`,
    'Somebody on the way could replace it. Use https, or download it by a way you trust and name the file.',
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
