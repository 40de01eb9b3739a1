/**
 * Key pairs in Kubernetes Secrets, under the names cosign uses: `cosign.key`, `cosign.pub`, `cosign.password`. Loaded only by
 * verbs that were given k8s://, because the client library is large.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ApiException, CoreV1Api, KubeConfig, type V1Secret } from '@kubernetes/client-node';
import { excerpt, Fault } from '@pratique/runtime/fault';
import { withDeadline } from '@pratique/runtime/limit';
import type { KeyPairFiles } from '@pratique/sigstore';
import { cliFault, type CliFaultCode } from '../errors.ts';
import type { Surroundings } from './surroundings.ts';

/** Which Secret. */
export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** What is written. */
export interface SecretWrite {
  readonly pair: KeyPairFiles;
  readonly password: Uint8Array;
  /** Whether entries of a key that is there may be replaced. */
  readonly replace: boolean;
  readonly surroundings: Surroundings;
}

const entries = { key: 'cosign.key', pub: 'cosign.pub', password: 'cosign.password' } as const;
/** An API server answers within a second; the rest is for slow networks. */
const callMs = 15_000;

/** The encrypted private key and its password. */
export async function readKeySecret(
  secret: SecretName,
  surroundings: Surroundings,
): Promise<{ readonly privatePem: string; readonly password: Buffer }> {
  const data = await readData(secret, surroundings);
  return {
    privatePem: required(data, entries.key, secret).toString('utf8'),
    password: required(data, entries.password, secret),
  };
}

/** The PEM of the public key. */
export async function readPublicSecret(secret: SecretName, surroundings: Surroundings): Promise<string> {
  return required(await readData(secret, surroundings), entries.pub, secret).toString('utf8');
}

/**
 * Creates the Secret, or replaces the three entries of one that is there.
 *
 * @throws Fault `file-exists` where a key is there and may not be replaced, `kube-secret-failed`
 */
export async function writeKeySecret(secret: SecretName, write: SecretWrite): Promise<{ readonly replaced: boolean }> {
  const api = connect(write.surroundings);
  const present = await reading(secret, api, write.surroundings);
  const data = {
    [entries.key]: base64(write.pair.privatePem),
    [entries.pub]: base64(write.pair.publicPem),
    [entries.password]: base64(write.password),
  };
  if (present === undefined) {
    const body = { metadata: { name: secret.name, namespace: secret.namespace }, type: 'Opaque', data };
    await called(
      secret,
      'create',
      write.surroundings,
      api.createNamespacedSecret({ namespace: secret.namespace, body }),
    );
    return { replaced: false };
  }
  if (present.data?.[entries.key] !== undefined && !write.replace) throw keyExists(secret);
  // The version that was read goes along, so that a change in between is refused by the server.
  const { metadata, type } = present;
  const body: V1Secret = {
    ...(metadata === undefined ? {} : { metadata }),
    ...(type === undefined ? {} : { type }),
    data: { ...present.data, ...data },
  };
  await called(secret, 'replace', write.surroundings, api.replaceNamespacedSecret({ ...secret, body }));
  return { replaced: true };
}

async function readData(
  secret: SecretName,
  surroundings: Surroundings,
): Promise<Readonly<Record<string, string | undefined>>> {
  const found = await reading(secret, connect(surroundings), surroundings);
  if (found !== undefined) return found.data ?? {};
  throw failed(secret, 'read', { reason: 'there is no such Secret', hint: 'Check namespace and name.' });
}

async function reading(secret: SecretName, api: CoreV1Api, surroundings: Surroundings): Promise<V1Secret | undefined> {
  try {
    return await called(secret, 'read', surroundings, api.readNamespacedSecret({ ...secret }));
  } catch (error) {
    if (error instanceof Fault && error.values['status'] === 404) return undefined;
    throw error;
  }
}

async function called<T>(secret: SecretName, act: string, { signal }: Surroundings, work: Promise<T>): Promise<T> {
  try {
    return await withDeadline(work, { ms: callMs, what: 'the Kubernetes API', signal });
  } catch (error) {
    if (error instanceof ApiException) {
      const status = (error as ApiException<unknown>).code;
      throw failed(secret, act, { reason: statusWords(status), hint: statusHint(status, act), status });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw failed(secret, act, {
      reason,
      hint: 'Check that the cluster of the kubeconfig is the right one and can be reached.',
    });
  }
}

function statusWords(status: number): string {
  if (status === 401) return 'the credentials were refused (401)';
  if (status === 403) return 'this account has no right to do that (403)';
  if (status === 404) return 'there is no such namespace or Secret (404)';
  if (status === 409) return 'somebody changed it at the same time (409)';
  return `the API answered ${status}`;
}

function statusHint(status: number, act: string): string {
  if (status === 403)
    return `Give it the verb "${act === 'replace' ? 'update' : act === 'read' ? 'get' : act}" on secrets in that namespace.`;
  if (status === 404) return 'Check namespace and name; the namespace is not created here.';
  return 'Try again; kubectl get secret with the same kubeconfig shows the same problem.';
}

function connect({ env }: Surroundings): CoreV1Api {
  const config = new KubeConfig();
  const files = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const home = join(env['HOME'] ?? env['USERPROFILE'] ?? '', '.kube', 'config');
  try {
    const [first, ...more] = files.length > 0 || !existsSync(home) ? files : [home];
    if (first !== undefined) {
      config.loadFromFile(first);
      for (const file of more) {
        const other = new KubeConfig();
        other.loadFromFile(file);
        config.mergeConfig(other);
      }
    } else if (env['KUBERNETES_SERVICE_HOST'] !== undefined) {
      config.loadFromCluster();
    }
  } catch (cause) {
    throw noCluster('the kubeconfig cannot be read', cause);
  }
  if (config.getCurrentCluster() === null) throw noCluster('no kubeconfig was found and this is no pod');
  return config.makeApiClient(CoreV1Api);
}

function noCluster(why: string, cause?: unknown): Fault<CliFaultCode> {
  return cliFault({
    code: 'kube-secret-failed',
    message: `The Kubernetes API cannot be asked: ${why}.`,
    hint: 'Set KUBECONFIG to a file with a current context, or run it in a pod with a service account.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function required(data: Readonly<Record<string, string | undefined>>, entry: string, secret: SecretName): Buffer {
  const found = data[entry];
  if (found !== undefined) return Buffer.from(found, 'base64');
  throw failed(secret, 'read', {
    reason: `it has no entry ${entry}`,
    hint: 'It has to hold cosign.key, cosign.pub and cosign.password, as generate-key-pair k8s://… writes them.',
  });
}

function base64(content: string | Uint8Array): string {
  return Buffer.from(content).toString('base64');
}

function keyExists({ namespace, name }: SecretName): Fault<CliFaultCode> {
  return cliFault({
    code: 'file-exists',
    message: `The Secret ${name} in namespace ${namespace} holds a private key already.`,
    hint: 'Choose another name, or replace the key with --force. A replaced private key is gone for good.',
  });
}

function failed(
  { namespace, name }: SecretName,
  act: string,
  why: { readonly reason: string; readonly hint: string; readonly status?: number },
): Fault<CliFaultCode> {
  return cliFault({
    code: 'kube-secret-failed',
    message: `Could not ${act} the Secret ${name} in namespace ${namespace}: ${excerpt(why.reason, 200)}.`,
    hint: why.hint,
    values: { namespace, name, status: why.status ?? null },
  });
}
