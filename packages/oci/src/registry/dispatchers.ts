/** Connection pools, one per set of TLS settings, made when first needed. */
import { isFault } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import { httpPool, httpsPool } from './pool.ts';
import type { Pool, TlsSettings } from './pool.ts';
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
  for(url: URL, owner: RegistryHost): Promise<Pool>;
  close(): Promise<void>;
}

/** Largest header block of an answer: tokens do not travel there, so Node's own default is plenty. */
const headerBytes = 16 * 1024;

/** Makes the pools lazily; nothing is connected before the first request. */
export function createDispatchers(options: DispatcherOptions): Dispatchers {
  const pools = new Map<string, Promise<Pool>>();
  function poolFor(url: URL, owner: RegistryHost): Promise<Pool> {
    const tls = url.protocol === 'http:' ? undefined : tlsFor(url, owner, options.hosts);
    const key = JSON.stringify(tls ?? null);
    const known = pools.get(key);
    if (known !== undefined) return known;
    const made = makePool(tls, options);
    pools.set(key, made);
    return made;
  }
  return {
    for: poolFor,
    close: async () => {
      const all = await Promise.allSettled(pools.values());
      pools.clear();
      await Promise.all(all.flatMap((pool) => (pool.status === 'fulfilled' ? [pool.value.close()] : [])));
    },
  };
}

/**
 * The authority given for a registry is trusted for every host visited on its behalf; its client certificate, server name and
 * the leave to skip the check stay with the host that is named.
 */
function tlsFor(url: URL, owner: RegistryHost, hosts: readonly RegistryHost[]): TlsSettings {
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

async function makePool(tls: TlsSettings | undefined, options: DispatcherOptions): Promise<Pool> {
  const { times, proxy, connections } = options;
  const shared = { times, connections, headerBytes };
  try {
    if (proxy?.httpProxy || proxy?.httpsProxy) {
      const { proxyPool } = await import('./proxy-pool.ts');
      return proxyPool(shared, tls ?? {}, proxy);
    }
    return tls === undefined ? httpPool(shared) : await httpsPool(shared, tls);
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
