/** Plain requests of the gate itself through the proxies it is told of: public trust, keys at addresses. */
import type { ProxySettings } from '@pratique/oci';

/** A `fetch`, and its end. */
export interface Requests {
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

const patienceMs = 5_000;

/** Makes them; the HTTP client is loaded when it is first used, since most gates never need it. */
export function createRequests(proxy: ProxySettings): Requests {
  let made: ReturnType<typeof connect> | undefined;
  const send = async (input: unknown, init?: RequestInit): Promise<Response> => {
    made ??= connect(proxy);
    const { fetch, dispatcher } = await made;
    // The client is the library's own and not the one inside of Node: their types differ in name only.
    const request = { ...init, dispatcher } as Parameters<typeof fetch>[1];
    return (await fetch(input as Parameters<typeof fetch>[0], request)) as unknown as Response;
  };
  return { fetch: send as typeof fetch, close: async () => (await made)?.dispatcher.destroy() };
}

async function connect({ httpProxy = '', httpsProxy = '', noProxy = '' }: ProxySettings) {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    // Empty texts rather than absent ones: the agent would otherwise read the environment by itself.
    ...{ httpProxy, httpsProxy, noProxy },
    connections: 8,
    connectTimeout: patienceMs,
    headersTimeout: 2 * patienceMs,
    bodyTimeout: 2 * patienceMs,
  });
  return { fetch, dispatcher };
}
