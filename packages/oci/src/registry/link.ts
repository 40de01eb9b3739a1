/** Pages of a listing: the `Link` header of RFC 8288 as distribution-spec uses it. */
import { ociFault } from '../errors.ts';

/** `<address>; rel="next"` among other links. */
const next = /<([^<>]{1,4000})>\s*;[^,<]{0,200}?\brel="?next"?/i;

/**
 * The address of the next page.
 *
 * @throws Fault `registry-answer-invalid` when it leads to another host, which no listing needs
 */
export function nextPage(header: string | undefined, current: URL): URL | undefined {
  const target = header === undefined ? undefined : next.exec(header)?.[1];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, current.href) ? new URL(target, current) : undefined;
  if (url?.hostname === current.hostname) return sameOrigin(url, current);
  throw ociFault({
    code: 'registry-answer-invalid',
    message: `The registry ${current.host} sends to another host for the next page of a list.`,
    hint: 'Ask its operator to check its address settings (external URL, X-Forwarded-Host of its proxy).',
    values: { host: current.host },
  });
}

/**
 * An address on the same host with the scheme and port in use: registries behind a proxy that ends TLS often believe that they
 * speak http, and hand out addresses that begin with it.
 */
export function sameOrigin(url: URL, current: URL): URL {
  const lowered = current.protocol === 'https:' && url.protocol === 'http:';
  return lowered && url.hostname === current.hostname ? new URL(`${url.pathname}${url.search}`, current.origin) : url;
}
