/**
 * How validators reach registries and other servers (section 5). Every validator has connections, logins and authorities of its
 * own, so that what is given to one is never used for another (NTN-2). Programs make one access per loaded policy and close it
 * when the next has taken over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { createRegistryClient, normaliseRegistry, settingsFor } from '@pratique/oci';
import type {
  ContentStore,
  CredentialSource,
  ProxySettings,
  RegistryClient,
  RegistryHost,
  RegistryNotice,
} from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import type { Policy, RegistrySetting, ValidatorSettings } from '../configuration/policy.ts';
import { policyFault } from '../errors.ts';
import type { ValidatorSurroundings } from '../validators/validator.ts';
import type { KeychainSurroundings } from './keychain/cloud-provider.ts';
import { keychainSource } from './keychain.ts';
import { createRateLimit, limitedStore } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import { isLogin, readSecretCredentials } from './secret-credentials.ts';
import type { SecretContent } from './secret-credentials.ts';
import { createFetch } from './validator-fetch.ts';
import type { OwnFetch } from './validator-fetch.ts';

/** What an access is made from. */
export interface RegistryAccessOptions {
  readonly policy: Policy;
  /**
   * Reads the files of a mounted Secret; both absent where there is none.
   *
   * @throws Fault where it is there and cannot be read
   */
  readonly readSecret: (secretName: string) => Promise<SecretContent>;
  /** For `useKeychain`; the requests are made here. Without it no pod identity is used. */
  readonly keychain?: Pick<KeychainSurroundings, 'environment' | 'readText'>;
  readonly proxy?: ProxySettings;
  /** `pratique-gate/1.2.0`. */
  readonly userAgent: string;
  readonly now: () => Date;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Waits between tries; default a timer. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly onNotice?: (notice: AccessNotice) => void;
}

/** Something worth a line in the log, or a count. */
export interface AccessNotice {
  readonly kind: RegistryNotice['kind'] | 'no-credentials';
  readonly validator: string;
  readonly host: string;
  readonly message: string;
}

/** See the top of this file. */
export interface RegistryAccess extends Pick<ValidatorSurroundings, 'repository' | 'login' | 'fetch'> {
  /** Validators whose credentials could not be read. Only they fail, when they are asked, with the same fault. */
  readonly problems: readonly { readonly validator: string; readonly fault: Fault }[];
  close(): Promise<void>;
}

/** One request, in milliseconds, and how often in all (ADM-15). */
const requestMs = 5_000;
const attempts = 3;
/** Hosts a validator talks to at once; images of strangers name as many as they like. */
const mostHosts = 64;
/** A client that was pushed out may be in use until the deadline of its request, which is below this. */
const graceMs = 60_000;

/** Makes an access; the Secrets of all validators are read now. */
export async function createRegistryAccess(options: RegistryAccessOptions): Promise<RegistryAccess> {
  const limits = limitsOf(options);
  const doors = new Map<string, Door>();
  const problems: { validator: string; fault: Fault }[] = [];
  const all = [...options.policy.validators.values()];
  for (const [index, door] of (await Promise.all(all.map((one) => openDoor(one, options, limits)))).entries()) {
    const validator = all[index]?.name ?? '';
    doors.set(validator, door);
    if (door.fault !== undefined) problems.push({ validator, fault: door.fault });
  }
  const doorOf = (settings: ValidatorSettings): Door => {
    const door = doors.get(settings.name);
    if (door === undefined) throw new TypeError(`validator ${settings.name} is not of this policy`);
    return door;
  };
  return {
    problems,
    repository: async (image, settings) => usable(doorOf(settings)).repository(image),
    login: async (settings) => usable(doorOf(settings)).login(),
    fetch: (settings) => doorOf(settings).own.fetch,
    close: async () => void (await Promise.all([...doors.values()].map((door) => door.close()))),
  };
}

/** Asking as nobody, because the credentials are broken, would only make another fault of it. */
function usable(door: Door): Door {
  if (door.fault !== undefined) throw door.fault;
  return door;
}

/** What belongs to one validator. */
interface Door {
  readonly fault?: Fault;
  readonly own: OwnFetch;
  repository(image: { readonly registry: string; readonly repository: string }): ContentStore;
  login(): Promise<{ readonly username: string; readonly password: string } | undefined>;
  close(): Promise<void>;
}

async function openDoor(
  settings: ValidatorSettings,
  options: RegistryAccessOptions,
  limits: ReadonlyMap<string, RateLimit>,
): Promise<Door> {
  const { policy, proxy, userAgent } = options;
  const own = createFetch({ ...caOf(settings, policy), proxy, userAgent });
  const direct = createFetch({ userAgent });
  const { credentials, fault } = await credentialsOf(settings, options, { own, direct });
  const clients = new LRUCache<string, RegistryClient>({
    max: mostHosts,
    dispose: (client) => setTimeout(() => void client.close(), graceMs).unref(),
  });
  return {
    ...(fault === undefined ? {} : { fault }),
    own,
    repository(image) {
      const host = normaliseRegistry(image.registry);
      const setting = settingFor(host, policy.registries);
      const known = clients.get(host);
      const client = known ?? openClient(host, settings, { ...options, credentials });
      if (known === undefined) clients.set(host, client);
      const store = client.repository(image);
      const limit = setting === undefined ? undefined : limits.get(setting.host);
      return limit === undefined ? store : limitedStore(store, limit);
    },
    login: () => loginOf(settings, credentials, policy),
    async close() {
      const open = [...clients.values()];
      await Promise.all([own, direct, ...open].map((one) => one.close()));
    },
  };
}

function openClient(
  host: string,
  settings: ValidatorSettings,
  options: RegistryAccessOptions & { readonly credentials: CredentialSource | undefined },
): RegistryClient {
  const { policy, credentials, proxy, userAgent, now, random, onNotice } = options;
  const ca = 'ca' in settings ? settings.ca : undefined;
  const timeout = settingFor(host, policy.registries)?.timeoutMs ?? requestMs;
  return createRegistryClient({
    userAgent,
    now,
    random,
    ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
    ...(credentials === undefined ? {} : { credentials }),
    hosts: hostsFor(host, policy.registries, ca),
    ...(proxy === undefined ? {} : { proxy }),
    times: { connect: timeout, header: timeout, idle: timeout, answer: timeout },
    attempts,
    onNotice: (notice) => onNotice?.({ ...notice, validator: settings.name }),
  });
}

/** The registry and its mirrors with the authorities of the validator, everything else as it is configured. */
export function hostsFor(
  host: string,
  registries: readonly RegistrySetting[],
  ca: string | undefined,
): readonly RegistryHost[] {
  const mirrors = settingFor(host, registries)?.mirrors ?? [];
  const names = [...new Set([host, ...mirrors.map((mirror) => normaliseRegistry(mirror.host))])];
  const own = names.map((name) => withAuthority({ ...settingsFor(name, registries), host: name }, ca));
  return [...own, ...registries.filter((setting) => !names.includes(normaliseRegistry(setting.host)))];
}

function withAuthority(host: RegistryHost, ca: string | undefined): RegistryHost {
  const all = [host.ca, ca].filter((pem) => pem !== undefined);
  return all.length === 0 || host.insecureSkipVerify === true ? host : { ...host, ca: all.join('\n') };
}

/** The entry of `registries` for a host: the exact one, else the longest suffix. */
function settingFor(host: string, registries: readonly RegistrySetting[]): RegistrySetting | undefined {
  const exact = registries.find((one) => normaliseRegistry(one.host) === host);
  if (exact !== undefined) return exact;
  const suffixes = registries.filter((one) => one.host.startsWith('*.') && host.endsWith(one.host.slice(1)));
  return suffixes.sort((one, other) => other.host.length - one.host.length)[0];
}

function limitsOf({ policy, now, sleep: pause }: RegistryAccessOptions): ReadonlyMap<string, RateLimit> {
  const wait = pause ?? timer;
  return new Map(
    policy.registries.flatMap(({ host, rateLimit }) =>
      rateLimit === undefined ? [] : [[host, createRateLimit({ perSecond: rateLimit, now, sleep: wait })] as const],
    ),
  );
}

async function timer(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

function caOf(settings: ValidatorSettings, { registries }: Policy): { readonly ca?: string } {
  const own = 'ca' in settings ? settings.ca : undefined;
  const notary = settings.type === 'notaryv1' ? settingFor(new URL(settings.host).host, registries)?.ca : undefined;
  const all = [own, notary].filter((pem) => pem !== undefined);
  return all.length === 0 ? {} : { ca: all.join('\n') };
}

async function credentialsOf(
  settings: ValidatorSettings,
  options: RegistryAccessOptions,
  { own, direct }: { readonly own: OwnFetch; readonly direct: OwnFetch },
): Promise<{ readonly credentials?: CredentialSource; readonly fault?: Fault }> {
  const auth = 'auth' in settings ? settings.auth : undefined;
  if (auth === undefined) return {};
  const { keychain: identity = { environment: {}, readText: noFiles }, now } = options;
  const keychain = keychainSource({ ...identity, fetch: own.fetch, directFetch: direct.fetch, now });
  if (auth.kind === 'keychain') return { credentials: keychain };
  try {
    const content = await options.readSecret(auth.secretName);
    const defaultRegistry = settings.type === 'notaryv1' ? new URL(settings.host).host : undefined;
    const wish = {
      secretName: auth.secretName,
      keychain,
      ...(defaultRegistry === undefined ? {} : { defaultRegistry }),
    };
    const found = readSecretCredentials(content, wish);
    return { credentials: tellingSource(found, { ...options, settings, secretName: auth.secretName }) };
  } catch (error) {
    if (isFault(error)) return { fault: error };
    throw error;
  }
}

async function noFiles(): Promise<string> {
  throw new Error('no files of an identity are mounted');
}

/** REG-4: credentials are there and none is for this registry; told once per host. */
function tellingSource(
  source: CredentialSource,
  about: RegistryAccessOptions & { readonly settings: ValidatorSettings; readonly secretName: string },
): CredentialSource {
  const told = new Set<string>();
  return {
    async find(registry, repository, waiting) {
      const found = await source.find(registry, repository, waiting);
      // A Notary server is no registry; nothing would be read from it as nobody.
      const isQuiet = repository === '' || told.has(registry) || told.size > 1_000;
      if (found !== undefined || isQuiet) return found;
      told.add(registry);
      const message = `no credentials found for ${registry}/${repository} in secret ${about.secretName}; it is read without any.`;
      about.onNotice?.({ kind: 'no-credentials', validator: about.settings.name, host: registry, message });
      return undefined;
    },
  };
}

/** The login for a Notary server. The one of Docker takes logins of Docker Hub. */
async function loginOf(settings: ValidatorSettings, credentials: CredentialSource | undefined, { registries }: Policy) {
  if (settings.type !== 'notaryv1' || credentials === undefined) return undefined;
  const { host, protocol, hostname } = new URL(settings.host);
  const names = host === 'notary.docker.io' ? [host, 'index.docker.io'] : [host];
  for (const name of names) {
    const found = await credentials.find(name, '');
    if (!isLogin(found)) continue;
    const isNear = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
    if (protocol === 'http:' && !isNear && settingFor(host, registries)?.allowCredentialsOverHttp !== true)
      throw overHttp(host, settings.name);
    return { username: found.username, password: found.password };
  }
  return undefined;
}

function overHttp(host: string, validator: string): Error {
  return policyFault({
    code: 'credentials-over-http',
    message: `There are credentials for ${host}, but validator ${validator} asks it over plain http, where anyone on the way can read them.`,
    hint: `Use https, or allow it for exactly this host (registries[].allowCredentialsOverHttp for ${host}).`,
    values: { host, validator },
  });
}
