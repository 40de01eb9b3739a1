import type { FastifyRequest } from 'fastify';
import { hubFault } from '../errors.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What the check knows of the places the console is served from. */
export interface CrossSiteRules {
  /** Origins such as `https://cve.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Whether pages of this very machine may call; for a development server on another port. */
  readonly allowLoopback: boolean;
}

/**
 * Refuses changes that another web site makes a browser send. What the browser says about itself (`Sec-Fetch-Site`)
 * goes before `Origin`, because behind a spoke the page's origin is the spoke's and none of ours. Requests of programs
 * carry neither.
 *
 * @throws Fault `cross-site`
 */
export function refuseCrossSite(request: FastifyRequest, rules: CrossSiteRules): void {
  if (safeMethods.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  const { origin } = request.headers;
  if (origin === undefined && site === undefined) return;
  if (origin !== undefined && isOwn(origin, request.headers.host, rules)) return;
  throw hubFault({
    code: 'cross-site',
    message: 'The request was caused by another web site.',
    hint: 'Use the console at APP_BASE_URL; an address it is also served from belongs into CORS_ORIGINS.',
  });
}

function isOwn(origin: string, host: string | undefined, rules: CrossSiteRules): boolean {
  if (rules.allowedOrigins.includes(origin)) return true;
  const url = URL.parse(origin);
  if (url === null) return false;
  // Through a URL, because browsers leave the default port out of one and proxies may put it into the other.
  if (host !== undefined && URL.parse(`${url.protocol}//${host}`)?.host === url.host) return true;
  return rules.allowLoopback && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}
