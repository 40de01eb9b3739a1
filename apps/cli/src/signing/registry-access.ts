/** Registries as the flags, variables and files of a person say how to reach them. */
import {
  createRegistryClient,
  fixedCredential,
  parseReference,
  parseRepository,
  type CredentialSource,
  type Reference,
  type RegistryClient,
  type RegistryHost,
} from '@pratique/oci';
import { productVersion } from '../product-version.ts';
import { cliFault, usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import type { RegistryFlags } from './flag-groups.ts';
import { readPem } from './policy.ts';
import { credentialFiles } from './registry-credentials.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * A client for the registries of these images.
 *
 * @throws Fault `usage`, `registry-setting-invalid`, `credentials-unreadable`
 */
export async function openRegistries(
  flags: RegistryFlags,
  references: readonly Pick<Reference, 'registry'>[],
  surroundings: Surroundings,
): Promise<RegistryClient> {
  if (flags.k8sKeychain === true) throw noKeychain();
  const registries = [...new Set(references.map(({ registry }) => registry))];
  const { env, say, now, verbose } = surroundings;
  return createRegistryClient({
    userAgent: `pratique/${productVersion}`,
    now,
    random: Math.random,
    hosts: await hostsOf(flags, registries, env),
    credentials: credentialsOf(flags, registries, surroundings),
    proxy: {
      httpProxy: variable(env, 'HTTP_PROXY'),
      httpsProxy: variable(env, 'HTTPS_PROXY'),
      noProxy: variable(env, 'NO_PROXY'),
    },
    onNotice: ({ kind, message }) => {
      // Plain http on this machine is no news; everything else is, and all of it when asked for.
      if (verbose || kind === 'anonymous-retry' || kind === 'mirror-failed') say(aside.quiet(message));
    },
  });
}

async function hostsOf(
  flags: RegistryFlags,
  registries: readonly string[],
  env: Surroundings['env'],
): Promise<readonly RegistryHost[]> {
  const own = flags.registryCacert === undefined ? undefined : await readPem(flags.registryCacert);
  const client = await clientCertificate(flags);
  return await Promise.all(
    registries.map(async (host) => {
      const ca = [own, isThisMachine(host) ? undefined : await systemAuthorities(env)].filter(
        (pem) => pem !== undefined,
      );
      return {
        host,
        ...(ca.length === 0 ? {} : { ca: ca.join('\n') }),
        ...(client === undefined ? {} : { clientCertificate: client }),
        ...(flags.registryServerName === undefined ? {} : { serverName: flags.registryServerName }),
        ...(flags.allowHttpRegistry === true ? { plainHttp: true, allowCredentialsOverHttp: true } : {}),
        ...(flags.allowInsecureRegistry === true ? { insecureSkipVerify: true } : {}),
      };
    }),
  );
}

// What the whole machine believes says nothing about a registry on it, which as a rule speaks http.
function isThisMachine(host: string): boolean {
  return /^(?:localhost|[\w.-]+\.localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(host);
}

async function systemAuthorities(env: Surroundings['env']): Promise<string | undefined> {
  const path = variable(env, 'SSL_CERT_FILE');
  return path === undefined ? undefined : await readPem(path);
}

async function clientCertificate(flags: RegistryFlags): Promise<RegistryHost['clientCertificate']> {
  const { registryClientCert, registryClientKey } = flags;
  if (registryClientCert === undefined && registryClientKey === undefined) return undefined;
  if (registryClientCert === undefined || registryClientKey === undefined) {
    throw usageFault(
      'A client certificate needs its key.',
      'Give both --registry-client-cert and --registry-client-key.',
    );
  }
  return { certificate: await readPem(registryClientCert), key: await readPem(registryClientKey) };
}

function credentialsOf(
  { registryToken, registryUsername, registryPassword }: RegistryFlags,
  registries: readonly string[],
  surroundings: Surroundings,
): CredentialSource {
  if (registryToken !== undefined) {
    return fixedCredential({ kind: 'bearer', token: registryToken, source: '--registry-token' }, registries);
  }
  if (registryUsername === undefined && registryPassword === undefined) return credentialFiles(surroundings);
  if (registryUsername === undefined || registryPassword === undefined) {
    throw usageFault('Name and password belong together.', 'Give both --registry-username and --registry-password.');
  }
  const source = '--registry-username';
  return fixedCredential({ kind: 'basic', username: registryUsername, password: registryPassword, source }, registries);
}

/** A variable that is written in upper or lower case, as proxies are. */
function variable(env: Surroundings['env'], name: string): string | undefined {
  const value = env[name] ?? env[name.toLowerCase()];
  return value === '' ? undefined : value;
}

/** The image, and where its signatures lie: elsewhere when COSIGN_REPOSITORY says so. */
export interface Target {
  readonly asked: string;
  readonly reference: Reference;
  readonly attachments: Pick<Reference, 'registry' | 'repository'>;
}

/** Reads a reference and the variable that moves attachments to a repository of their own. */
export function targetOf(asked: string, { env }: Surroundings): Target {
  const reference = parseReference(asked);
  const elsewhere = variable(env, 'COSIGN_REPOSITORY');
  return { asked, reference, attachments: elsewhere === undefined ? reference : parseRepository(elsewhere) };
}

function noKeychain(): Error {
  return cliFault({
    code: 'key-reference-unsupported',
    message: '--k8s-keychain is not supported.',
    hint: 'Write the pull secret to a file and name it with REGISTRY_AUTH_FILE.',
  });
}
