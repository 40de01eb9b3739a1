/** The door to registries: one client per program, one store per repository. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '@pratique/runtime/fault';
import { parseRepository, repositoryName } from '../reference.ts';
import type { Reference } from '../reference.ts';
import type { Waiting } from '../store.ts';
import { Authorizer } from './authorizer.ts';
import type { CredentialSource } from './credential.ts';
import { createDispatchers } from './dispatchers.ts';
import type { MirrorPlace } from './mirrors.ts';
import { Repository } from './repository.ts';
import type { RegistryRepository } from './repository.ts';
import { createSchemes } from './scheme.ts';
import { Session } from './session.ts';
import type { RegistryNotice } from './session.ts';
import { checkSettings, defaultTimes, settingsFor } from './settings.ts';
import type { ProxySettings, RegistryHost, RegistryTimes } from './settings.ts';

/** What a client needs to know; the program reads it from flags, files and environment. */
export interface RegistryClientOptions {
  /** `pratique/1.2.0`. */
  readonly userAgent: string;
  readonly now: () => Date;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Waits between tries; default a timer. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly credentials?: CredentialSource;
  /** What is special about single registries; all others are https with the authorities of the system. */
  readonly hosts?: readonly RegistryHost[];
  readonly proxy?: ProxySettings;
  readonly times?: Partial<RegistryTimes>;
  /** Tries of one request in all; default 3. */
  readonly attempts?: number;
  /** Connections per host at once; default 16. */
  readonly connections?: number;
  /** Told what a person may want to know: a login that was refused, http in use, a mirror passed over. */
  readonly onNotice?: (notice: RegistryNotice) => void;
}

/** Registries, behind one set of connections and tokens. */
export interface RegistryClient {
  /** The store of one repository; nothing is asked yet. */
  repository(reference: Pick<Reference, 'registry' | 'repository'>): RegistryRepository;
  /**
   * Asks whether a registry answers.
   *
   * @returns how: openly, or after a login
   * @throws Fault as for every request
   */
  ping(registry: string, waiting?: Waiting): Promise<{ readonly address: string; readonly wantsLogin: boolean }>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/**
 * Makes a client.
 *
 * @throws Fault `registry-setting-invalid`
 *
 * @example
 * const client = createRegistryClient({ userAgent: 'pratique/1.0', now: () => new Date(), random: Math.random });
 * const alpine = client.repository(parseReference('alpine'));
 * const manifest = await alpine.manifest('3.22');
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const hosts = options.hosts ?? [];
  checkSettings(hosts, options.proxy);
  const session = makeSession(options, hosts);
  const { tools, schemes } = session.options;
  return {
    repository(reference) {
      const { registry, repository } = parseRepository(repositoryName(reference));
      const owner = settingsFor(registry, hosts);
      return new Repository(session, { owner, repository }, mirrorsOf(owner, repository, hosts));
    },
    async ping(registry, waiting) {
      const owner = settingsFor(registry, hosts);
      const base = await schemes.baseOf(owner, waiting);
      const place = { owner, repository: '' };
      const ask = {
        method: 'GET',
        path: new URL('/v2/', base),
        action: 'read',
        what: `the registry ${owner.host}`,
        accepts: [200, 401],
        ...waiting,
      } as const;
      const answer = await session.send(place, ask);
      answer.drop();
      return { address: base.origin, wantsLogin: answer.status === 401 };
    },
    close: () => tools.dispatchers.close(),
  };
}

function makeSession(options: RegistryClientOptions, hosts: readonly RegistryHost[]): Session {
  const times = { ...defaultTimes, ...options.times };
  const onNotice = options.onNotice ?? (() => undefined);
  const dispatchers = createDispatchers({ hosts, proxy: options.proxy, times, connections: options.connections ?? 16 });
  const tools = { dispatchers, times, userAgent: options.userAgent, proxy: options.proxy };
  const schemes = createSchemes(tools, (host) =>
    onNotice({ kind: 'plain-http', host, message: `${host} is used over plain http, without encryption.` }),
  );
  const credentials = options.credentials ?? { find: async () => undefined };
  return new Session({
    tools,
    schemes,
    authorizer: new Authorizer({ credentials, tools, now: options.now }),
    retry: {
      random: options.random,
      sleep: options.sleep ?? pause,
      attempts: options.attempts,
      onRetry: (fault, ms) =>
        onNotice({
          kind: 'retry',
          host: hostOf(fault),
          message: `Again in ${Math.round(ms / 100) / 10} s: ${fault.message}`,
        }),
    },
    now: options.now,
    onNotice,
  });
}

function mirrorsOf(owner: RegistryHost, repository: string, hosts: readonly RegistryHost[]): readonly MirrorPlace[] {
  return (owner.mirrors ?? []).map(({ host, prefix, use }) => ({
    place: {
      owner: settingsFor(host, hosts),
      repository: prefix === undefined || prefix === '' ? repository : `${prefix}/${repository}`,
    },
    use: use ?? 'digests',
  }));
}

function hostOf(fault: Error): string {
  const host = isFault(fault) ? fault.values.host : undefined;
  return typeof host === 'string' ? host : 'the registry';
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
