/** Registries as each validator reaches them: with its own authorities, and the settings of `registries` (REG-6). */
import { createRegistryClient } from '@pratique/oci';
import type { ContentStore, RegistryClient, RegistryHost } from '@pratique/oci';
import type { Policy, ValidatorSettings, ValidatorSurroundings } from '@pratique/policy';
import type { Log } from '@pratique/runtime/log';
import type { GateOptions } from '../options.ts';

/** What validators ask for, with its end. */
export interface RegistryAccess extends Pick<ValidatorSurroundings, 'repository' | 'login'> {
  close(): Promise<void>;
}

/** ADM-15: what a request to a registry may take. */
const times = { connect: 5_000, header: 5_000, idle: 5_000, answer: 10_000 } as const;

/** Nothing is connected before the first image. */
export function createRegistryAccess(
  policy: Policy,
  { options, userAgent, log }: { readonly options: GateOptions; readonly userAgent: string; readonly log: Log },
): RegistryAccess {
  const clients = new Map<string, RegistryClient>();
  function clientFor(settings: ValidatorSettings, registry: string): RegistryClient {
    const ca = 'ca' in settings ? settings.ca : undefined;
    // Authorities are settings of hosts; a validator's hold for every host it looks at.
    const key = ca === undefined ? settings.name : `${settings.name} ${registry}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = createRegistryClient({
      userAgent,
      now: () => new Date(),
      random: Math.random,
      hosts: ca === undefined ? policy.registries : withAuthority(policy.registries, registry, ca),
      proxy: options.proxy,
      times,
      onNotice: ({ kind, host, message }) => log.debug({ kind, host }, message),
    });
    clients.set(key, client);
    return client;
  }
  return {
    repository: async (image, settings): Promise<ContentStore> => clientFor(settings, image.registry).repository(image),
    login: async () => undefined,
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

function withAuthority(hosts: readonly RegistryHost[], registry: string, ca: string): readonly RegistryHost[] {
  const known = hosts.find(({ host }) => host === registry);
  const others = hosts.filter((host) => host !== known);
  return [...others, { ...known, host: registry, ca: known?.ca === undefined ? ca : `${known.ca}\n${ca}` }];
}
