/** HTTP through a proxy, which undici speaks; loaded only where a proxy is set. */
import { EnvHttpProxyAgent } from 'undici';
import type { Pool, PoolOptions, TlsSettings } from './pool.ts';
import { getCACertificates } from 'node:tls';
import type { ProxySettings } from './settings.ts';

/** Connections through the proxies of the settings, or past them where `noProxy` says so. */
export function proxyPool(options: PoolOptions, tls: TlsSettings, proxy: ProxySettings): Pool {
  const { times, connections, headerBytes } = options;
  const connect = {
    ...tls,
    ...(tls.ca === undefined ? {} : { ca: [...getCACertificates('default'), ...tls.ca] }),
    minVersion: 'TLSv1.2' as const,
    timeout: times.connect,
  };
  const agent = new EnvHttpProxyAgent({
    connections,
    connectTimeout: times.connect,
    headersTimeout: times.header,
    bodyTimeout: times.idle,
    maxHeaderSize: headerBytes,
    allowH2: false,
    connect,
    requestTls: connect,
    // Empty texts rather than absent ones: the agent would otherwise read the environment by itself.
    httpProxy: proxy.httpProxy ?? '',
    httpsProxy: proxy.httpsProxy ?? '',
    noProxy: proxy.noProxy ?? '',
  });
  return {
    async request({ url, method, headers, body, signal }) {
      const answer = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers,
        body: body ?? null,
        signal,
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    close: () => agent.destroy(),
  };
}
