/**
 * Credentials as docker and podman keep them in files: `config.json` and `auth.json`. Keys are matched as wholes, never by a
 * beginning: `10.0.0.1` must not lend its password to `10.0.0.10:5000`.
 */
import Type, { type Static } from 'typebox';
import { excerpt } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import { dockerHub, normaliseRegistry } from '../reference.ts';
import { shapeOf } from '../shape.ts';
import type { Waiting } from '../store.ts';
import type { Credential, CredentialSource } from './credential.ts';
import { askHelper } from './credential-helper.ts';
import type { RunHelper } from './credential-helper.ts';

const Entry = Type.Object({
  auth: Type.Optional(Type.String()),
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
  identitytoken: Type.Optional(Type.String()),
  registrytoken: Type.Optional(Type.String()),
});
const DockerConfigSchema = Type.Object({
  auths: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Union([Entry, Type.Null()])), Type.Null()])),
  credHelpers: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
  credsStore: Type.Optional(Type.String()),
});
const shape = shapeOf(DockerConfigSchema);

/** A file of credentials, read. */
export interface DockerConfig {
  /** Where it came from, for messages. */
  readonly source: string;
  /** By normalised key, `host` or `host/path`. */
  readonly auths: ReadonlyMap<string, Credential>;
  /** Helper by host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** Helper for all other hosts. */
  readonly store?: string;
}

/**
 * Reads the bytes of a docker configuration or auth file.
 *
 * @param source Where they are from: `/root/.docker/config.json`, `secret team/pull`.
 * @throws Fault `credentials-unreadable`, naming the key that is wrong
 */
export function parseDockerConfig(bytes: Uint8Array, source: string): DockerConfig {
  const document = parseJson(bytes, source);
  if (!shape.fits(document)) {
    const flaw = shape.flawOf(document);
    throw unreadable(source, `${excerpt(flaw?.path ?? '')} ${flaw?.message ?? 'is wrong'}`.trim());
  }
  const auths = new Map<string, Credential>();
  for (const [key, entry] of Object.entries(document.auths ?? {})) {
    const credential = entry === null ? undefined : readEntry(entry, { key, source });
    const name = normaliseKey(key);
    // Two spellings of one key: the first that holds anything counts, as in the file.
    if (credential !== undefined && !auths.has(name)) auths.set(name, credential);
  }
  const helpers = Object.entries(document.credHelpers ?? {}).map(([key, name]) => [normaliseKey(key), name] as const);
  return { source, auths, helpers: new Map(helpers), store: document.credsStore || undefined };
}

/** One file as a source: `credHelpers` of the host, then `auths`, then `credsStore`. */
export function dockerConfigSource(config: DockerConfig, run?: RunHelper): CredentialSource {
  return {
    async find(registry, repository, waiting) {
      const host = normaliseRegistry(registry);
      const helper = config.helpers.get(host);
      if (helper !== undefined) return ask(config, helper, { host, run, waiting });
      const known = lookUp(config.auths, host, repository);
      if (known !== undefined || config.store === undefined) return known;
      return ask(config, config.store, { host, run, waiting });
    },
  };
}

/** The most exact key for a repository: `host/team/app`, then `host/team`, then `host`. */
function lookUp(auths: ReadonlyMap<string, Credential>, host: string, repository: string): Credential | undefined {
  for (let key = `${host}/${repository}`; ; key = key.slice(0, key.lastIndexOf('/'))) {
    const found = auths.get(key);
    if (found !== undefined || !key.includes('/')) return found;
  }
}

function ask(
  config: DockerConfig,
  helper: string,
  wish: { readonly host: string; readonly run: RunHelper | undefined; readonly waiting: Waiting | undefined },
): Promise<Credential | undefined> {
  const { host, run, waiting } = wish;
  if (run === undefined)
    throw unreadable(
      config.source,
      `it leaves ${host} to the credential helper ${excerpt(helper)}, and helpers are not run here`,
    );
  // Docker stores its own registry under this old address.
  const server = host === dockerHub ? `https://${dockerHub}/v1/` : host;
  return askHelper({ helper, server, source: config.source, run }, waiting);
}

/** `https://registry.example.com/v1/` and `registry.example.com` are one key; Docker Hub has one name. */
function normaliseKey(key: string): string {
  const bare = key
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '')
    .replace(/\/v[12]$/, '');
  const slash = bare.indexOf('/');
  const host = slash === -1 ? bare : bare.slice(0, slash);
  return `${normaliseRegistry(host)}${slash === -1 ? '' : bare.slice(slash)}`;
}

function readEntry(entry: Static<typeof Entry>, where: { key: string; source: string }): Credential | undefined {
  const { source } = where;
  if (entry.registrytoken) return { kind: 'bearer', token: entry.registrytoken, source };
  const login = entry.auth ? decodeAuth(entry.auth, where) : entry;
  const { username, password } = login;
  if (entry.identitytoken) return { kind: 'identity-token', token: entry.identitytoken, username, source };
  // Docker leaves an empty entry where a helper keeps the secret.
  if (!username && !password) return undefined;
  return { kind: 'basic', username: username ?? '', password: password ?? '', source };
}

/** Base64 of `user:password`; a password may hold colons, and old tools padded with NUL. */
function decodeAuth(
  auth: string,
  { key, source }: { key: string; source: string },
): { username: string; password: string } {
  const text = auth.trim();
  // Node's decoder accepts anything; Go's, which wrote the file, does not.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw unreadable(source, `auths.${excerpt(key)}.auth is not base64`);
  const decoded = Buffer.from(text, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon === -1) throw unreadable(source, `auths.${excerpt(key)}.auth holds no user:password`);
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function parseJson(bytes: Uint8Array, source: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // The parser's own message quotes the text, which holds secrets.
    throw unreadable(source, 'it is not JSON');
  }
}

/** The fault for a file of credentials that does not say what it should. */
export function unreadable(source: string, problem: string, cause?: unknown): Error {
  return ociFault({
    code: 'credentials-unreadable',
    message: `The credentials in ${excerpt(source, 200)} cannot be used: ${problem}.`,
    hint: 'Correct the file, or log in again with docker login or podman login.',
    values: { source: excerpt(source, 200), problem },
    cause,
  });
}
