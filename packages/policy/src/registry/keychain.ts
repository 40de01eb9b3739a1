/**
 * Credentials a pod has by being who it is (5.2): no secret is stored, the cloud gives tokens that end soon. One file per cloud
 * in `keychain/`. What is not here says so, instead of asking registries as nobody.
 */
import { LRUCache } from 'lru-cache';
import type { CredentialSource } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import { policyFault } from '../errors.ts';
import { amazonEcr } from './keychain/amazon.ts';
import { azureAcr } from './keychain/azure.ts';
import { github } from './keychain/github.ts';
import type { CloudProvider, Granted, KeychainSurroundings } from './keychain/cloud-provider.ts';
import { google } from './keychain/google.ts';

const providers: readonly CloudProvider[] = [github, google, azureAcr, amazonEcr];

/** Tokens are renewed this long before they end. */
const marginMs = 5 * 60_000;
/** Hosts whose credentials are kept; images of strangers name as many as they like. */
const mostHosts = 256;
/** Where nobody says when a credential ends. */
const unknownMs = 10 * 60_000;

/** Known registries whose identities are not understood: silence would be mistaken for "public". */
const unsupported = [{ name: 'Alibaba Cloud', serves: (host: string) => host.endsWith('.aliyuncs.com') }];

/** The credentials of this pod, by host of the registry; undefined for hosts of no cloud. */
export function keychainSource(surroundings: KeychainSurroundings): CredentialSource {
  const kept = new LRUCache<string, Promise<Granted>>({ max: mostHosts });
  const now = (): number => surroundings.now().getTime();
  async function granted(provider: CloudProvider, host: string, signal?: AbortSignal): Promise<Granted> {
    const running = kept.get(host);
    const known = await running?.catch(() => undefined);
    if (known !== undefined && (known.until ?? 0) - marginMs > now()) return known;
    // Somebody else may have begun anew meanwhile.
    const other = kept.get(host);
    if (other !== undefined && other !== running) return other;
    const asked = ask(provider, host, { surroundings, signal });
    kept.set(host, asked);
    asked.catch(() => kept.get(host) === asked && kept.delete(host));
    return asked;
  }
  return {
    async find(registry, _repository, waiting) {
      const host = registry.toLowerCase();
      const missing = unsupported.find((one) => one.serves(host));
      if (missing !== undefined) throw notSupported(missing.name, host);
      const provider = providers.find((one) => one.serves(host));
      return provider === undefined ? undefined : (await granted(provider, host, waiting?.signal)).credential;
    },
  };
}

async function ask(
  provider: CloudProvider,
  host: string,
  { surroundings, signal }: { readonly surroundings: KeychainSurroundings; readonly signal?: AbortSignal },
): Promise<Granted> {
  const end = signal === undefined ? AbortSignal.timeout(5_000) : AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  let granted: Granted | undefined;
  try {
    granted = await provider.grant(host, surroundings, end);
  } catch (cause) {
    signal?.throwIfAborted();
    throw failed(provider.name, host, { why: cause instanceof Error ? cause.message : 'for no known reason', cause });
  }
  if (granted === undefined) throw failed(provider.name, host, { why: 'this pod has no such identity' });
  return { ...granted, until: granted.until ?? surroundings.now().getTime() + unknownMs + marginMs };
}

/** Which hosts `credHelpers` leave to clouds, and the first helper that is not built in. */
export function helperHosts(helpers: ReadonlyMap<string, string>): {
  readonly hosts: ReadonlySet<string>;
  readonly unsupported?: string;
} {
  const builtIn = new Set(['ecr-login', 'gcr', 'gcloud', 'acr-env', 'ghcr']);
  const foreign = [...helpers.values()].find((name) => !builtIn.has(name));
  return { hosts: new Set(helpers.keys()), ...(foreign === undefined ? {} : { unsupported: foreign }) };
}

function failed(
  cloud: string,
  host: string,
  { why, cause }: { readonly why: string; readonly cause?: unknown },
): Error {
  return policyFault({
    code: 'keychain-failed',
    message: `${cloud} gave no credentials for ${host}: ${excerpt(why, 160)}.`,
    hint: 'Check the identity of the service account of the gate (useKeychain), or name a Secret with secretName.',
    values: { cloud, host },
    cause,
  });
}

function notSupported(cloud: string, host: string): Error {
  return policyFault({
    code: 'keychain-failed',
    message: `useKeychain does not know the identities of ${cloud}, which ${host} belongs to.`,
    hint: 'Put a login for this registry into a Secret and name it with secretName.',
    values: { cloud, host },
  });
}
