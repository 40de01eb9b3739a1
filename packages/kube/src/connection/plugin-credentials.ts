/** Credentials that a program or provider named in a kubeconfig gives (cloud providers, OpenID Connect). */
import { kubeFault } from '../errors.ts';
import type { Credentials } from './access.ts';

/** Which user of which kubeconfig. */
export interface PluginUse {
  readonly text: string;
  readonly folder: string;
  readonly context: string;
}

/**
 * Runs what the kubeconfig names, through the Kubernetes client library; loading that costs some 80 MB, which only those pay
 * who use such a kubeconfig.
 *
 * @throws Fault `kubeconfig-invalid` where the plugin fails
 */
export async function pluginCredentials({ text, folder, context }: PluginUse): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  try {
    const config = new KubeConfig();
    config.loadFromString(text);
    config.makePathsAbsolute(folder);
    config.setCurrentContext(context);
    const options: Parameters<typeof config.applyToHTTPSOptions>[0] = {};
    await config.applyToHTTPSOptions(options);
    const token = /^Bearer (.+)$/.exec(String(headerOf(options.headers)))?.[1];
    const [cert, key] = [pem(options.cert), pem(options.key)];
    return {
      ...(token === undefined ? {} : { token }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
  } catch {
    // The cause is left out: it may hold what the plugin printed, and that is a token when only half of it failed.
    throw kubeFault({
      code: 'kubeconfig-invalid',
      message: `The kubeconfig cannot be used: the plugin that gives credentials for context ${context} failed.`,
      hint: 'Run kubectl get namespaces with the same kubeconfig; it shows what the plugin says.',
    });
  }
}

function headerOf(headers: unknown): unknown {
  return typeof headers === 'object' && headers !== null && 'Authorization' in headers
    ? headers.Authorization
    : undefined;
}

function pem(value: unknown): string | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined;
}
