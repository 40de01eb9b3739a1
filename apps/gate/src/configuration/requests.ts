/** Plain requests with proxies, and with the authorities of one validator: two validators never share them (NTN-2). */
import { rootCertificates } from 'node:tls';
import type { ProxySettings } from '@pratique/oci';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

/** Requests, by the authorities that are believed beside those of the system. */
export interface Requests {
  fetch(ca: string | undefined): typeof fetch;
  close(): Promise<void>;
}

/** Nothing is connected before the first request. */
export function createRequests(proxy: ProxySettings): Requests {
  const agents = new Map<string, EnvHttpProxyAgent>();
  function agentFor(ca: string): EnvHttpProxyAgent {
    const known = agents.get(ca);
    if (known !== undefined) return known;
    const tls = ca === '' ? {} : { ca: [...rootCertificates, ca] };
    const agent = new EnvHttpProxyAgent({
      ...withoutAbsent(proxy),
      connect: { ...tls, timeout: 5_000 },
      requestTls: tls,
      connections: 32,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
    });
    agents.set(ca, agent);
    return agent;
  }
  return {
    fetch(ca = '') {
      const dispatcher = agentFor(ca);
      // The types of the library and of Node describe the same thing with different names.
      return ((input: string | URL, init?: RequestInit) =>
        undiciFetch(String(input), { ...init, dispatcher } as Parameters<
          typeof undiciFetch
        >[1])) as unknown as typeof fetch;
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
    },
  };
}

/** Variables of the process itself must not come back in through defaults. */
function withoutAbsent({ httpProxy = '', httpsProxy = '', noProxy = '' }: ProxySettings) {
  return { httpProxy, httpsProxy, noProxy };
}
