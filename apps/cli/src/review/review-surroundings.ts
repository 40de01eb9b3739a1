/** What validators need, as the machine of a person or a pipeline gives it: docker's credentials, proxies, kept trust. */
import { rootCertificates } from 'node:tls';
import { createRegistryClient } from '@pratique/oci';
import type { RegistryClient, RegistryHost } from '@pratique/oci';
import { createKeyRing, keySourceName, keySources, needsPublicTrust } from '@pratique/policy';
import type { KeyRing, Obtained, Policy, ValidatorSettings, ValidatorSurroundings } from '@pratique/policy';
import { isFault } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { parseTrustedRoot, publicKeyPem } from '@pratique/sigstore';
import type { TrustMaterial } from '@pratique/sigstore';
import { cliFault } from '../errors.ts';
import { productVersion } from '../product-version.ts';
import { serviceFetch } from '../signing/fetch-text.ts';
import type { RegistryFlags } from '../signing/flag-groups.ts';
import { keptTrust } from '../signing/kept-trust.ts';
import { loadPublicKey } from '../signing/keys.ts';
import { readPem } from '../signing/policy.ts';
import { credentialFiles } from '../signing/registry-credentials.ts';
import type { Surroundings } from '../signing/surroundings.ts';

/** Flags that say how registries and trust are reached. */
export type ReachFlags = Pick<RegistryFlags, 'allowHttpRegistry' | 'allowInsecureRegistry' | 'registryCacert'> & {
  readonly trustedRoot?: string;
};

/** Surroundings of validators, open until the review is done. */
export interface ReviewSurroundings {
  readonly surroundings: ValidatorSurroundings;
  close(): Promise<void>;
}

interface Reach {
  readonly policy: Policy;
  readonly flags: ReachFlags;
  readonly ca?: string;
  readonly outside: Surroundings;
}

/** Reads keys and trust that the policy needs, and hands out registries as they are asked for. */
export async function openReviewSurroundings(
  policy: Policy,
  flags: ReachFlags,
  outside: Surroundings,
): Promise<ReviewSurroundings> {
  const ca = flags.registryCacert === undefined ? undefined : await readPem(flags.registryCacert);
  const reach: Reach = { policy, flags, outside, ...(ca === undefined ? {} : { ca }) };
  const [keys, trust] = await Promise.all([readKeys(policy, outside), readTrust(reach)]);
  const clients = new Map<string, Promise<RegistryClient>>();
  const clientFor = (host: string, validator: ValidatorSettings): Promise<RegistryClient> => {
    const name = `${validator.name} ${host}`;
    const client = clients.get(name) ?? openClient(host, validator, reach);
    clients.set(name, client);
    return client;
  };
  return {
    surroundings: {
      repository: async (image, validator) => (await clientFor(image.registry, validator)).repository(image),
      publicTrust: () => trust,
      key: (source) => keys.key(source),
      fetch: (validator) => fetchFor(validator, outside),
      // Secrets of the cluster are not on this machine.
      login: () => Promise.resolve(undefined),
    },
    close: async () => {
      for (const client of await Promise.allSettled(clients.values())) {
        if (client.status === 'fulfilled') await client.value.close();
      }
    },
  };
}

async function openClient(host: string, validator: ValidatorSettings, reach: Reach): Promise<RegistryClient> {
  const { policy, outside } = reach;
  const { env, now } = outside;
  return createRegistryClient({
    userAgent: `pratique/${productVersion}`,
    now,
    random: Math.random,
    hosts: [hostFor(host, validator, reach), ...policy.registries.filter((one) => one.host !== host)],
    credentials: credentialFiles(outside),
    proxy: {
      httpProxy: env['HTTP_PROXY'] ?? env['http_proxy'],
      httpsProxy: env['HTTPS_PROXY'] ?? env['https_proxy'],
      noProxy: env['NO_PROXY'] ?? env['no_proxy'],
    },
    onNotice: ({ kind, message }) => {
      if (outside.verbose || kind === 'mirror-failed') outside.say(message);
    },
  });
}

/** What the policy and the flags say of one registry; CAs add up. */
function hostFor(host: string, validator: ValidatorSettings, { policy, flags, ca }: Reach): RegistryHost {
  const named =
    policy.registries.find((one) => one.host === host) ??
    policy.registries.find((one) => one.host.startsWith('*.') && host.endsWith(one.host.slice(1)));
  const own = validator.type === 'static' ? undefined : validator.ca;
  const authorities = [named?.ca, own, ca].filter((pem) => pem !== undefined);
  return {
    ...named,
    host,
    ...(authorities.length === 0 ? {} : { ca: authorities.join('\n') }),
    ...(flags.allowHttpRegistry === true ? { plainHttp: true, allowCredentialsOverHttp: true } : {}),
    ...(flags.allowInsecureRegistry === true ? { insecureSkipVerify: true } : {}),
  };
}

async function readKeys(policy: Policy, outside: Surroundings): Promise<KeyRing> {
  const ring = createKeyRing({
    read: async (source) => publicKeyPem((await loadPublicKey(keySourceName(source), outside)).key),
    now: outside.now,
  });
  await ring.load(keySources(policy), outside.signal);
  return ring;
}

/** Trust of the public services, looked for only where a rule may need it. */
async function readTrust({ policy, flags, outside }: Reach): Promise<Obtained<TrustMaterial>> {
  try {
    if (flags.trustedRoot !== undefined) {
      const limit = { bytes: 4 * 1024 * 1024, what: 'the trusted root' };
      const bytes = await readFileBounded(flags.trustedRoot, limit);
      return { state: 'there', value: parseTrustedRoot(Buffer.from(decodeText(bytes, limit.what)), flags.trustedRoot) };
    }
    if (!needsPublicTrust(policy)) return { state: 'failed', fault: notNeeded() };
    return { state: 'there', value: await keptTrust(outside) };
  } catch (error) {
    // A root that was named is an order; one that is merely kept may be lacking.
    if (!isFault(error) || flags.trustedRoot !== undefined) throw error;
    return { state: 'failed', fault: error };
  }
}

function notNeeded() {
  return cliFault({
    code: 'usage',
    message: 'Trust of the public services was not looked for, as no rule seemed to need it.',
    hint: 'Name a trusted root with --trusted-root.',
  });
}

/** Plain requests with proxies and the CAs of the validator. */
function fetchFor(validator: ValidatorSettings, outside: Surroundings): typeof fetch {
  const own = validator.type === 'static' ? undefined : validator.ca;
  const plain = serviceFetch(outside);
  if (own === undefined) return (input, init) => plain(addressOf(input), init ?? {});
  let certified: Promise<typeof plain> | undefined;
  return async (input, init) => {
    certified ??= certifiedFetch(own, outside);
    return (await certified)(addressOf(input), init ?? {});
  };
}

function addressOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : String(input);
}

async function certifiedFetch(
  ca: string,
  { env }: Surroundings,
): Promise<(url: string, init: RequestInit) => Promise<Response>> {
  const { EnvHttpProxyAgent, fetch: libraryFetch } = await import('undici');
  const tls = { ca: [...rootCertificates, ca] };
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env['HTTP_PROXY'] ?? env['http_proxy'],
    httpsProxy: env['HTTPS_PROXY'] ?? env['https_proxy'],
    noProxy: env['NO_PROXY'] ?? env['no_proxy'],
    connect: tls,
    requestTls: tls,
  });
  // Node's fetch takes only agents of the undici inside it, so the library's own is called.
  const call = libraryFetch as unknown as (url: string, init: object) => Promise<Response>;
  return (url, init) => call(url, { ...init, dispatcher });
}
