/** Access from within a pod: the files that the kubelet mounts, and keeps new. */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readFileBounded } from '@pratique/runtime/limit';
import { kubeFault } from '../errors.ts';
import { credentialBytes } from '../limits.ts';
import type { ClusterAccess, Credentials } from './access.ts';

/** Where the kubelet mounts the account of a pod. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What a pod is told about its API server. */
export interface InClusterConfig {
  readonly kind: 'in-cluster';
  /** KUBERNETES_SERVICE_HOST */
  readonly host: string | undefined;
  /** KUBERNETES_SERVICE_PORT */
  readonly port: string | undefined;
  /** {@link serviceAccountFolder} where absent. */
  readonly folder?: string;
}

/**
 * Access with the service account of this pod. Token and authority are read again whenever credentials are asked for: a
 * kubelet replaces the token about hourly.
 *
 * @throws Fault `service-account-missing`
 */
export async function inClusterAccess(config: InClusterConfig): Promise<ClusterAccess> {
  const { host, port, folder = serviceAccountFolder } = config;
  if (host === undefined || host === '' || port === undefined || !/^\d{1,5}$/.test(port))
    throw missing('the environment does not say where the API server is (KUBERNETES_SERVICE_HOST and _PORT)');
  const credentials = async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([read(folder, 'token'), read(folder, 'ca.crt')]);
    if (token.trim() === '') throw missing(`${join(folder, 'token')} is empty`);
    return { token: token.trim(), ca };
  };
  await credentials();
  const namespace = await read(folder, 'namespace').catch(() => undefined);
  return {
    server: new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`),
    skipVerify: false,
    ...(namespace === undefined ? {} : { namespace: namespace.trim() }),
    credentials,
  };
}

async function read(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    return (await readFileBounded(path, { bytes: credentialBytes, what: path })).toString('utf8');
  } catch (cause) {
    throw missing(`${path} cannot be read`, cause);
  }
}

function missing(why: string, cause?: unknown): Error {
  return kubeFault({
    code: 'service-account-missing',
    message: `There is no service account to speak to the API server with: ${why}.`,
    hint: 'In a pod, set automountServiceAccountToken: true and name a serviceAccountName; outside, give a kubeconfig.',
    cause,
  });
}
