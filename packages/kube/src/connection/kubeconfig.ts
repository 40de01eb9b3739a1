/** Access as a kubeconfig says, as kubectl reads it. */
import { dirname, resolve } from 'node:path';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { boundedText, readFileBounded } from '@pratique/runtime/limit';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { kubeFault } from '../errors.ts';
import { credentialBytes } from '../limits.ts';
import type { ClusterAccess, Credentials } from './access.ts';
import { pluginCredentials } from './plugin-credentials.ts';

/** A kubeconfig as text, or where it lies. */
export type KubeconfigSource =
  | {
      readonly kind: 'kubeconfig';
      readonly text: string;
      /** What relative paths in it start from. */
      readonly folder?: string;
      readonly context?: string;
    }
  | { readonly kind: 'kubeconfig-file'; readonly path: string; readonly context?: string };

const Text = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const Cluster = Type.Object({
  server: Type.String(),
  'certificate-authority': Text,
  'certificate-authority-data': Text,
  'insecure-skip-tls-verify': Type.Optional(Type.Boolean()),
  'tls-server-name': Text,
  'proxy-url': Text,
});
const User = Type.Object({
  token: Text,
  tokenFile: Text,
  'client-certificate': Text,
  'client-certificate-data': Text,
  'client-key': Text,
  'client-key-data': Text,
  exec: Type.Optional(Type.Unknown()),
  'auth-provider': Type.Optional(Type.Unknown()),
});
const Context = Type.Object({ cluster: Type.String(), user: Text, namespace: Text });
const Kubeconfig = Type.Object({
  'current-context': Text,
  clusters: Type.Array(Type.Object({ name: Type.String(), cluster: Cluster }), { maxItems: 10_000 }),
  contexts: Type.Array(Type.Object({ name: Type.String(), context: Context }), { maxItems: 10_000 }),
  users: Type.Optional(
    Type.Union([
      Type.Array(Type.Object({ name: Type.String(), user: Type.Union([User, Type.Null()]) }), { maxItems: 10_000 }),
      Type.Null(),
    ]),
  ),
});

/** The part of a kubeconfig that one context chooses. */
interface Chosen {
  readonly text: string;
  readonly folder: string;
  readonly context: string;
  readonly namespace: string | undefined;
  readonly cluster: Static<typeof Cluster>;
  readonly user: Static<typeof User>;
}

/**
 * Access as the given or current context of a kubeconfig says. Files it names are read again whenever credentials are asked
 * for. Plugins (`exec`, `auth-provider`) are run by the Kubernetes client library, which is loaded only then.
 *
 * @throws Fault `kubeconfig-invalid`
 */
export async function kubeconfigAccess(source: KubeconfigSource): Promise<ClusterAccess> {
  const { text, folder } = await read(source);
  const chosen = choose(parsed(text), { text, folder, context: source.context });
  const { cluster, namespace } = chosen;
  if (!/^https?:\/\//.test(cluster.server) || !URL.canParse(cluster.server))
    throw invalid(`the server ${excerpt(cluster.server)} is not an http or https address`);
  if (cluster['proxy-url'] != null)
    throw invalid('proxy-url is not supported', 'Reach the API server without a proxy, or through kubectl proxy.');
  const server = new URL(cluster.server);
  return {
    server,
    skipVerify: cluster['insecure-skip-tls-verify'] === true,
    ...(cluster['tls-server-name'] == null ? {} : { serverName: cluster['tls-server-name'] }),
    ...(namespace === undefined ? {} : { namespace }),
    credentials: () => credentialsOf(chosen, server),
  };
}

async function read(source: KubeconfigSource): Promise<{ readonly text: string; readonly folder: string }> {
  try {
    if (source.kind === 'kubeconfig') {
      const text = boundedText(source.text, { bytes: credentialBytes, what: 'the kubeconfig' });
      return { text, folder: source.folder ?? '/' };
    }
    const bytes = await readFileBounded(source.path, { bytes: credentialBytes, what: source.path });
    return { text: bytes.toString('utf8'), folder: dirname(resolve(source.path)) };
  } catch (cause) {
    throw invalid(isFault(cause) ? cause.message : 'it cannot be read', undefined, cause);
  }
}

function parsed(text: string): Static<typeof Kubeconfig> {
  let document: unknown;
  try {
    // No warnings: the parser would print the words it does not understand, and those may be a token.
    document = parse(text, { version: '1.1', maxAliasCount: 100, logLevel: 'error' });
  } catch {
    // The message of the parser quotes the line, and that may be a token.
    throw invalid('it is not YAML');
  }
  if (Value.Check(Kubeconfig, document)) return document;
  const [flaw] = Value.Errors(Kubeconfig, document);
  throw invalid(`${flaw?.instancePath ?? ''} ${flaw?.message ?? 'is wrong'}`.trim());
}

function choose(
  config: Static<typeof Kubeconfig>,
  from: { readonly text: string; readonly folder: string; readonly context: string | undefined },
): Chosen {
  const name = from.context ?? config['current-context'] ?? '';
  const context = config.contexts.find((entry) => entry.name === name)?.context;
  if (context === undefined) {
    const known = config.contexts.map((entry) => entry.name);
    throw invalid(
      name === '' ? 'it has no current-context' : `it has no context ${excerpt(name)}`,
      `Contexts are: ${excerpt(known.join(', '), 200) || 'none'}.`,
    );
  }
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster;
  if (cluster === undefined) throw invalid(`context ${excerpt(name)} names a cluster that is not in it`);
  const entry = config.users?.find((user) => user.name === context.user);
  if (context.user != null && context.user !== '' && entry === undefined)
    throw invalid(`context ${excerpt(name)} names a user that is not in it`);
  return {
    ...{ text: from.text, folder: from.folder, context: name, cluster, user: entry?.user ?? {} },
    namespace: context.namespace ?? undefined,
  };
}

async function credentialsOf(chosen: Chosen, server: URL): Promise<Credentials> {
  const { cluster, user, folder } = chosen;
  const ca = await content(cluster['certificate-authority-data'], cluster['certificate-authority'], folder);
  const own =
    user.exec != null || user['auth-provider'] != null ? await pluginCredentials(chosen) : await ownOf(user, folder);
  if (own.token !== undefined && server.protocol === 'http:' && !isLoopback(server.hostname))
    throw invalid('its server is reached without encryption, and a token would be sent to it', 'Use an https address.');
  return { ...own, ...(ca === undefined ? {} : { ca }) };
}

async function ownOf(user: Static<typeof User>, folder: string): Promise<Credentials> {
  const [cert, key, fileToken] = await Promise.all([
    content(user['client-certificate-data'], user['client-certificate'], folder),
    content(user['client-key-data'], user['client-key'], folder),
    content(undefined, user.tokenFile, folder),
  ]);
  // As kubectl does: the file wins.
  const token = fileToken?.trim() ?? user.token ?? undefined;
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined || token === '' ? {} : { token }),
  };
}

async function content(
  data: string | null | undefined,
  path: string | null | undefined,
  folder: string,
): Promise<string | undefined> {
  if (data != null && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (path == null || path === '') return undefined;
  const place = resolve(folder, path);
  try {
    return (await readFileBounded(place, { bytes: credentialBytes, what: place })).toString('utf8');
  } catch (cause) {
    throw invalid(`it names ${place}, which cannot be read`, undefined, cause);
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

function invalid(why: string, hint?: string, cause?: unknown): Error {
  return kubeFault({
    code: 'kubeconfig-invalid',
    message: `The kubeconfig cannot be used: ${why}.`,
    hint: hint ?? 'Check it with: kubectl config view --minify',
    cause,
  });
}
