/** Credentials of a validator from the Secret it names (5.1): `secret.yaml` first, otherwise `.dockerconfigjson`. */
import Type from 'typebox';
import { dockerConfigSource, normaliseRegistry, parseDockerConfig } from '@pratique/oci';
import type { Credential, CredentialSource, DockerConfig } from '@pratique/oci';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { Findings } from '../configuration/problem.ts';
import { readAs } from '../configuration/schema-reader.ts';
import { readYaml } from '../configuration/yaml-document.ts';
import { policyFault } from '../errors.ts';
import { helperHosts } from './keychain.ts';

/** The files of a mounted Secret, as far as they are there. */
export interface SecretContent {
  readonly secretYaml?: string;
  readonly dockerConfigJson?: string;
}

/** For whom a Secret is read. */
export interface SecretWish {
  readonly secretName: string;
  /** The host `secret.yaml` is for where it names none: that of the Notary server; without it `registry` must be there. */
  readonly defaultRegistry?: string;
  /** What is asked for hosts that the file leaves to a helper of a cloud. */
  readonly keychain: CredentialSource;
}

const SecretSchema = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 1024, writeOnly: true }),
    password: Type.String({ minLength: 1, maxLength: 64 * 1024, writeOnly: true }),
    registry: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  },
  { additionalProperties: false },
);

/**
 * Reads the credentials of a Secret. A key is for a repository when it is its host, with the same port, and the beginning of its
 * path up to a slash (REG-2).
 *
 * @throws Fault `validator-material-unreadable`, never quoting what stands in the file
 */
export function readSecretCredentials(content: SecretContent, wish: SecretWish): CredentialSource {
  if (content.secretYaml !== undefined) return fromSecretYaml(content.secretYaml, wish);
  if (content.dockerConfigJson !== undefined) return fromDockerConfig(content.dockerConfigJson, wish);
  throw unusable(
    `no authentication file for secret ${wish.secretName}`,
    'Mount a Secret that has secret.yaml (username, password, registry) or .dockerconfigjson.',
  );
}

function fromSecretYaml(text: string, wish: SecretWish): CredentialSource {
  const { secretName, defaultRegistry } = wish;
  const findings = new Findings();
  const node = readYaml(text, findings);
  const read = node && readAs(SecretSchema, node, { path: '', what: 'secret.yaml', findings });
  const first = findings.errors[0];
  if (first !== undefined || read?.value === undefined)
    throw misread(
      secretName,
      'secret.yaml',
      first === undefined ? 'it is empty' : `${first.path} ${first.message}`.trim(),
    );
  const { username, password, registry = defaultRegistry } = read.value;
  if (registry === undefined)
    throw misread(secretName, 'secret.yaml', 'it has no registry, the host the credentials are for');
  const json = JSON.stringify({ auths: { [registry]: { username, password } } });
  return dockerConfigSource(checked(json, { ...wish, file: 'secret.yaml' }));
}

function fromDockerConfig(text: string, wish: SecretWish): CredentialSource {
  const config = checked(text, { ...wish, file: '.dockerconfigjson' });
  if (config.store !== undefined)
    throw misread(
      wish.secretName,
      '.dockerconfigjson',
      `it leaves credentials to the program credsStore names (${excerpt(config.store, 40)}), which cannot run here`,
    );
  const known = helperHosts(config.helpers);
  if (known.unsupported !== undefined)
    throw misread(
      wish.secretName,
      '.dockerconfigjson',
      `its credHelpers name ${excerpt(known.unsupported, 40)}; ecr-login, gcr, gcloud, acr-env and ghcr are built in`,
    );
  const own = dockerConfigSource({ ...config, helpers: new Map() });
  return {
    find(registry, repository, waiting) {
      const isLeft = known.hosts.has(normaliseRegistry(registry));
      return (isLeft ? wish.keychain : own).find(registry, repository, waiting);
    },
  };
}

function checked(json: string, { secretName, file }: SecretWish & { readonly file: string }): DockerConfig {
  const source = `secret ${secretName}`;
  try {
    const config = parseDockerConfig(Buffer.from(json), source);
    for (const key of config.auths.keys()) checkKey(key, secretName, file);
    return config;
  } catch (error) {
    if (!isFault(error) || error.code !== 'credentials-unreadable') throw error;
    throw misread(secretName, file, String(error.values.problem), error);
  }
}

/** REG-1: `host[:port][/path]`, after scheme and `/v1/` were taken off. */
function checkKey(key: string, secretName: string, file: string): void {
  if (/^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?(?:\/[^\s?#]+)?$/.test(key)) return;
  throw misread(secretName, file, `unable to parse registry ${excerpt(key.replace(/^.*@/, '…@'), 80)}`);
}

/** Whether a credential is a name and a password, which servers that are no registries take. */
export function isLogin(credential: Credential | undefined): credential is Extract<Credential, { kind: 'basic' }> {
  return credential?.kind === 'basic';
}

function misread(secretName: string, file: string, problem: string, cause?: unknown): Error {
  return unusable(
    `error reading authentication file ${file} of secret ${secretName}: ${problem}`,
    'Correct the Secret; the gate reads it again by itself.',
    cause,
  );
}

function unusable(message: string, hint: string, cause?: unknown): Error {
  return policyFault({ code: 'validator-material-unreadable', message, hint, cause });
}
