/** What the certificates of a gate are started with. */
import type { Randomness } from '@pratique/tls';
import type { CertificateMode } from './certificates.ts';
import type { ClusterObjects } from './cluster.ts';
import type { LoopTimes } from './loop-times.ts';
import type { Patience } from './state.ts';

/** Where certificates come from. */
export type CertificateSource =
  /** Made in memory, for a gate without a cluster (`--standalone`). */
  | { readonly kind: 'generated'; readonly names: readonly string[]; readonly addresses?: readonly string[] }
  /** `tls.crt`, `tls.key` and perhaps `ca.crt` in a folder, watched. */
  | { readonly kind: 'files'; readonly folder: string }
  | ClusterSource;

/** The Secret and the webhook of a cluster, watched and put right. */
export interface ClusterSource {
  readonly kind: 'cluster';
  readonly cluster: ClusterObjects;
  readonly mode: CertificateMode;
  /** The Service callers reach the gate by: `connaisseur-svc`. */
  readonly service: string;
  readonly namespace: string;
  /** The name of this pod; different for every replica. One is made up where it is empty. */
  readonly pod: string;
  /** Where the Secret may be mounted too; read only while the API server cannot be asked. */
  readonly folder?: string;
  /** Names of the objects, where they are not those of {@link defaultObjectNames}. */
  readonly objects?: Partial<ObjectNames>;
  /** Whether this replica could answer reviews now: configuration read, listening. */
  readonly isReady: () => boolean;
  /** In place of asking the Service by its name for `/ready` (decision 0017): whether it answers for callers that trust these authorities (PEM). */
  readonly probe?: (authorities: string) => Promise<boolean>;
  /** Other times than usual, for tests. */
  readonly patience?: Partial<Patience>;
  readonly times?: Partial<LoopTimes>;
}

/** The objects of a cluster that certificates live in. */
export interface ObjectNames {
  readonly secret: string;
  readonly authoritySecret: string;
  readonly configMap: string;
  readonly lease: string;
  /** Of the MutatingWebhookConfiguration, and of the ValidatingWebhookConfiguration where there is one. */
  readonly webhook: string;
}

/** Connaisseur's names, and ours for what it does not have (design, decision 11). */
export const defaultObjectNames: ObjectNames = {
  secret: 'connaisseur-tls',
  authoritySecret: 'connaisseur-ca',
  configMap: 'connaisseur-ca',
  lease: 'connaisseur-certificates',
  webhook: 'connaisseur-webhook',
};

/** What {@link startCertificates} needs. */
export interface StartCertificatesOptions {
  readonly source: CertificateSource;
  readonly log: CertificateLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** `crypto.randomBytes`. */
  readonly random: Randomness;
  /** PEM: callers must have a certificate signed by one of these (admission TLS-4). */
  readonly clientAuthorities?: string;
}

/** The part of the log that is needed. */
export interface CertificateLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
