/** Connection pools, one per set of TLS settings, made when first needed. */
import { getCACertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { isFault } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import { settingsFor, withoutPassword } from './settings.ts';
import type { ProxySettings, RegistryHost, RegistryTimes } from './settings.ts';

/** What the pools are made from. */
export interface DispatcherOptions {
  readonly hosts: readonly RegistryHost[];
  readonly proxy?: ProxySettings;
  readonly times: RegistryTimes;
  /** Connections per host; a registry sees no more at once, however much is copied. */
  readonly connections: number;
}

/** The pools of one client. */
export interface Dispatchers {
  /** The pool for an address that is visited on behalf of a registry: itself, its token server, its blob storage. */
  for(url: URL, owner: RegistryHost): Dispatcher;
  close(): Promise<void>;
}

/** What a TLS connection is told; everything that differs makes a pool of its own. */
interface TlsSettings {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Largest header block of an answer: tokens do not travel there, so Node's own default is plenty. */
const headerBytes = 16 * 1024;

/** Makes the pools lazily; nothing is connected before the first request. */
export function createDispatchers(options: DispatcherOptions): Dispatchers {
  const pools = new Map<string, Dispatcher>();
  function poolFor(url: URL, owner: RegistryHost): Dispatcher {
    const tls = tlsFor(url, owner, options.hosts);
    const key = JSON.stringify(tls);
    const known = pools.get(key);
    if (known !== undefined) return known;
    const made = makePool(tls, options);
    pools.set(key, made);
    return made;
  }
  return {
    for: poolFor,
    close: async () => {
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map((pool) => pool.destroy()));
    },
  };
}

/**
 * The authority given for a registry is trusted for every host visited on its behalf; its client certificate, server name and
 * the leave to skip the check stay with the host that is named.
 */
function tlsFor(url: URL, owner: RegistryHost, hosts: readonly RegistryHost[]): TlsSettings {
  if (url.protocol === 'http:') return {};
  const isOwner = url.host === owner.host;
  const own = isOwner ? owner : settingsFor(url.host, hosts);
  const ca = [owner.ca, isOwner ? undefined : own.ca].filter((pem) => pem !== undefined);
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...(own.clientCertificate === undefined
      ? {}
      : { cert: own.clientCertificate.certificate, key: own.clientCertificate.key }),
    ...(own.serverName === undefined ? {} : { servername: own.serverName }),
    ...(own.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}

function makePool(tls: TlsSettings, options: DispatcherOptions): Dispatcher {
  const { times, proxy } = options;
  const connect = {
    ...tls,
    ...(tls.ca === undefined ? {} : { ca: [...getCACertificates('default'), ...tls.ca] }),
    minVersion: 'TLSv1.2' as const,
    timeout: times.connect,
  };
  const common = {
    connections: options.connections,
    connectTimeout: times.connect,
    headersTimeout: times.header,
    bodyTimeout: times.idle,
    maxHeaderSize: headerBytes,
    allowH2: false,
    connect,
  };
  try {
    if (!proxy?.httpProxy && !proxy?.httpsProxy) return new Agent(common);
    // Empty texts rather than absent ones: the agent would otherwise read the environment by itself.
    return new EnvHttpProxyAgent({
      ...common,
      requestTls: connect,
      httpProxy: proxy.httpProxy ?? '',
      httpsProxy: proxy.httpsProxy ?? '',
      noProxy: proxy.noProxy ?? '',
    });
  } catch (cause) {
    if (isFault(cause)) throw cause;
    throw ociFault({
      code: 'registry-setting-invalid',
      message: `The connection settings cannot be used: ${cause instanceof Error ? withoutPassword(cause.message) : 'unknown reason'}.`,
      hint: 'Check the addresses of the proxies and that certificates and keys are in PEM.',
      cause,
    });
  }
}
