/** Who one is to a registry. Where credentials come from is in `docker-config.ts` and `credential-helper.ts`. */
import type { Waiting } from '../store.ts';

/** What proves who one is. `source` is for messages: `/root/.docker/config.json`. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly source: string }
  /** Exchanged for access tokens at the token server (`identitytoken`). */
  | { readonly kind: 'identity-token'; readonly token: string; readonly username?: string; readonly source: string }
  /** Sent as it is (`registrytoken`, `--registry-token`). */
  | { readonly kind: 'bearer'; readonly token: string; readonly source: string };

/** Somewhere to look for credentials. */
export interface CredentialSource {
  /**
   * What is known for a repository, or undefined where nothing is: then one is anonymous.
   *
   * @param registry `registry.example.com:5000`, Docker Hub as `index.docker.io`
   * @throws Fault `credentials-unreadable`, `credential-helper-failed`: a broken source is never the same as none
   */
  find(registry: string, repository: string, waiting?: Waiting): Promise<Credential | undefined>;
}

/** The same credential for every repository of some registries: flags of a command line. */
export function fixedCredential(credential: Credential, registries: readonly string[]): CredentialSource {
  return { find: async (registry) => (registries.includes(registry) ? credential : undefined) };
}

/** Asks one source after the other; the first that knows something wins. */
export function firstOf(sources: readonly CredentialSource[]): CredentialSource {
  return {
    async find(registry, repository, waiting) {
      for (const source of sources) {
        const found = await source.find(registry, repository, waiting);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** For messages: where it is from and whose it is, never the secret. */
export function loginOf(credential: Credential | undefined): { source: string; username?: string } | undefined {
  if (credential === undefined) return undefined;
  const username = credential.kind === 'bearer' ? undefined : credential.username;
  return username === undefined || username === ''
    ? { source: credential.source }
    : { source: credential.source, username };
}
