/** What validators need from outside: registries, keys that live elsewhere, public trust, and plain requests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '@pratique/kube';
import { createKeyRing, createRegistryAccess, createTrustKeeper, keySources, needsPublicTrust } from '@pratique/policy';
import type {
  KeyRing,
  Policy,
  RegistryAccess,
  SecretContent,
  TrustKeeper,
  ValidatorSurroundings,
} from '@pratique/policy';
import { readFileBounded } from '@pratique/runtime/limit';
import type { Log } from '@pratique/runtime/log';
import { limits } from '../limits.ts';
import type { Measured } from '../measure.ts';
import type { GateOptions, GateSurroundings } from '../options.ts';
import { readConfined } from './confined-file.ts';
import { measuredStore } from './measured-store.ts';
import { readOutsideKey } from './outside-keys.ts';
import { createRequests } from './requests.ts';

/** Surroundings with their end. */
export interface Surrounded {
  readonly surroundings: ValidatorSurroundings;
  publicTrustAgeSeconds(): number | undefined;
  close(): Promise<void>;
}

/** What {@link surroundValidators} works with. */
export interface SurroundingNeeds {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly measured: Measured;
  readonly cluster: Cluster | undefined;
}

/** Makes the surroundings of the validators of a policy, and keeps what they hold fresh until it is closed. */
export async function surroundValidators(policy: Policy, needs: SurroundingNeeds): Promise<Surrounded> {
  const { measured, surroundings } = needs;
  const ending = new AbortController();
  const requests = createRequests(needs.options.proxy);
  const registries = await openRegistries(policy, needs);
  for (const { validator, fault } of registries.problems) {
    surroundings.log.warn({ err: fault, validator }, 'a validator cannot be used; its images are refused');
  }
  const ring = await ringOf(policy, needs, ending.signal);
  const trust = await trustOf(policy, { needs, fetch: requests.fetch, signal: ending.signal });
  return {
    surroundings: {
      repository: async (image, settings) =>
        measuredStore(await registries.repository(image, settings), image.registry, measured.onRegistryRequest),
      login: registries.login,
      fetch: registries.fetch,
      key: (source) => ring.key(source),
      publicTrust: () => trust.current(),
    },
    publicTrustAgeSeconds() {
      const since = trust.age()?.since;
      return since === undefined ? undefined : (Date.now() - since.getTime()) / 1000;
    },
    async close() {
      ending.abort();
      await Promise.all([registries.close(), requests.close()]);
    },
  };
}

function openRegistries(policy: Policy, { options, surroundings }: SurroundingNeeds): Promise<RegistryAccess> {
  return createRegistryAccess({
    policy,
    readSecret: (name) => readSecret(options.secretsFolder, name),
    keychain: {
      environment: options.environment,
      // Tokens of the pod's own identity, at paths that the platform writes into its variables.
      readText: async (path) =>
        (await readFileBounded(path, { bytes: 64 * 1024, what: 'the token of an identity' })).toString('utf8'),
    },
    proxy: options.proxy,
    userAgent: `pratique-gate/${surroundings.version}`,
    now: () => new Date(),
    random: Math.random,
    onNotice: ({ kind, validator, host, message }) => {
      const level = kind === 'no-credentials' ? 'warn' : 'debug';
      surroundings.log[level]({ kind, validator, host }, message);
    },
  });
}

async function readSecret(base: string, name: string): Promise<SecretContent> {
  const read = (file: string) => readConfined({ base, names: [name, file], what: `the secret ${name}` });
  const [secretYaml, dockerConfigJson] = await Promise.all([read('secret.yaml'), read('.dockerconfigjson')]);
  return {
    ...(secretYaml === undefined ? {} : { secretYaml }),
    ...(dockerConfigJson === undefined ? {} : { dockerConfigJson }),
  };
}

/** Keys are read before the first review asks for them; those that cannot be read refuse their images, and say why. */
async function ringOf(
  policy: Policy,
  { options, surroundings, cluster }: SurroundingNeeds,
  signal: AbortSignal,
): Promise<KeyRing> {
  const ring = createKeyRing({
    read: (source, stop) => readOutsideKey(source, { options, cluster, signal: AbortSignal.any([stop, timeout()]) }),
    now: () => new Date(),
    onFault: (source, fault) => surroundings.log.warn({ err: fault, source }, 'a key of a trust root cannot be read'),
  });
  const sources = keySources(policy);
  await ring.load(sources, signal);
  if (sources.length > 0) void ring.run(signal);
  return ring;
}

async function trustOf(
  policy: Policy,
  parts: { readonly needs: SurroundingNeeds; readonly fetch: typeof fetch; readonly signal: AbortSignal },
): Promise<TrustKeeper> {
  const { needs, signal } = parts;
  const { log }: { readonly log: Log } = needs.surroundings;
  const keeper = createTrustKeeper({
    cache: await privateFolder(signal),
    access: { fetch: (url, init) => parts.fetch(url, init), random: Math.random, signal },
    now: () => new Date(),
    onFault: (fault) => log.warn({ err: fault }, 'the public trust material could not be refreshed'),
  });
  await keeper.begin();
  if (needsPublicTrust(policy)) void keeper.run(signal);
  return keeper;
}

/**
 * A folder that nobody can have prepared: what lies in a known one would be believed. Where none can be made, the material that came
 * with the product goes on counting, and the log says that it could not be refreshed.
 */
async function privateFolder(signal: AbortSignal): Promise<string> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'pratique-gate-trust-'));
    const forget = () => void rm(folder, { recursive: true, force: true }).catch(() => undefined);
    signal.addEventListener('abort', forget, { once: true });
    return folder;
  } catch {
    return '/nonexistent/pratique-gate-trust';
  }
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(limits.parentTimeoutMs);
}
