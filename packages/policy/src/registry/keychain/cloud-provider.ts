/** What all clouds have in common: they are asked for a credential of the pod, and answer with one that ends. */
import type { Credential } from '@pratique/oci';

/** What clouds are asked with; the program reads environment and files. */
export interface KeychainSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a token file that the environment names. */
  readonly readText: (path: string) => Promise<string>;
  /** Requests to the services of clouds, through proxies. */
  readonly fetch: typeof fetch;
  /** Requests to the node itself (metadata), never through proxies. */
  readonly directFetch: typeof fetch;
  readonly now: () => Date;
}

/** A credential and when it ends. */
export interface Granted {
  readonly credential: Credential;
  /** Milliseconds since 1970; absent where nobody says. */
  readonly until?: number;
}

/** A cloud, or whoever else gives identities to pods. */
export interface CloudProvider {
  readonly name: string;
  serves(host: string): boolean;
  /**
   * Asks for a credential.
   *
   * @returns undefined where the pod has no such identity
   * @throws any error; it is told with the name of the cloud
   */
  grant(host: string, surroundings: KeychainSurroundings, signal?: AbortSignal): Promise<Granted | undefined>;
}
