/** How an API server is reached and as whom. */

/** What proves who asks and who answers; PEM. */
export interface Credentials {
  /** Authorities of the server; absent means those of the system. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** One API server with an account. */
export interface ClusterAccess {
  readonly server: URL;
  /** The name the certificate has to be for, where it is not that of the address. */
  readonly serverName?: string;
  /** The certificate is not looked at: the kubeconfig says insecure-skip-tls-verify. */
  readonly skipVerify: boolean;
  /** Where the kubeconfig or pod says this account lives. */
  readonly namespace?: string;
  /** Reads the credentials; what it gives may be kept for a minute. */
  credentials(): Promise<Credentials>;
}
