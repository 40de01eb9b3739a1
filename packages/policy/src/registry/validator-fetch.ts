/** Plain requests of one validator: its authorities beside those of the system, the proxies, and connections of its own. */
import type { ProxySettings } from '@pratique/oci';

/** What requests are made with. */
export interface FetchSettings {
  /** PEM, trusted beside the authorities of the system. */
  readonly ca?: string;
  readonly proxy?: ProxySettings;
  readonly userAgent: string;
}

/** A `fetch`, and its end. */
export interface OwnFetch {
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

/** Milliseconds to connect and for the header of an answer; callers bound the whole. */
const patience = 5_000;

/** Makes a `fetch`; the HTTP client is loaded when it is first used. */
export function createFetch(settings: FetchSettings): OwnFetch {
  let made: ReturnType<typeof connect> | undefined;
  const send = async (input: unknown, init?: RequestInit): Promise<Response> => {
    made ??= connect(settings);
    const { fetch, dispatcher } = await made;
    const headers = new Headers(init?.headers);
    if (!headers.has('user-agent')) headers.set('user-agent', settings.userAgent);
    // The client is the library's own and not the one inside of Node: their types differ in name only.
    const request = { ...init, headers: Object.fromEntries(headers), dispatcher } as Parameters<typeof fetch>[1];
    return (await fetch(input as Parameters<typeof fetch>[0], request)) as unknown as Response;
  };
  return { fetch: send as typeof fetch, close: async () => (await made)?.dispatcher.destroy() };
}

async function connect({ ca, proxy }: FetchSettings) {
  const [{ EnvHttpProxyAgent, fetch }, { getCACertificates }] = await Promise.all([
    import('undici'),
    import('node:tls'),
  ]);
  const tls = {
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    minVersion: 'TLSv1.2' as const,
    timeout: patience,
  };
  const dispatcher = new EnvHttpProxyAgent({
    connections: 16,
    connectTimeout: patience,
    headersTimeout: 2 * patience,
    bodyTimeout: patience,
    maxHeaderSize: 16 * 1024,
    allowH2: false,
    connect: tls,
    requestTls: tls,
    // Empty texts rather than absent ones: the agent would otherwise read the environment by itself.
    httpProxy: proxy?.httpProxy ?? '',
    httpsProxy: proxy?.httpsProxy ?? '',
    noProxy: proxy?.noProxy ?? '',
  });
  return { fetch, dispatcher };
}
