/** The certificate of the gate as the rest of the gate sees it. */
import type { SecureContextOptions } from 'node:tls';

/** Who owns the certificate: the gate, cert-manager, or whoever put it into the Secret. */
export const certificateModes = ['auto', 'certManager', 'provided'] as const;
export type CertificateMode = (typeof certificateModes)[number];

/** What can be wrong with certificates; each has a row in docs/gate-certificates.md. */
export const certificateProblems = [
  /** Nothing usable is served yet: a stand-in answers that no caller trusts. */
  'certificate-missing',
  /** What stands in the Secret or the files cannot be used. */
  'certificate-unusable',
  /** Callers would refuse the certificate that is served: over, for another name, or for another purpose. */
  'certificate-refused',
  /** Less than a third of its life is left, and it is not the gate's to renew. */
  'certificate-expiring',
  /** The webhook's caBundle does not vouch for what is served. */
  'ca-bundle-mismatch',
  /** There is no bundle that vouches for a certificate somebody else put there. */
  'authority-unknown',
  /** A certificate in the Secret is somebody else's while the gate is to own it. */
  'certificate-foreign',
  /** The webhook configuration or its entry is not there. */
  'webhook-missing',
  /** The annotation with the wanted rules is missing or wrong, so the webhook is not switched on. */
  'webhook-rules-unknown',
  /** The webhook has no rules yet: nothing is checked. */
  'webhook-inactive',
  /** The Service did not answer when it was asked before switching on. */
  'service-unreachable',
  /** The API server cannot be asked or refuses. */
  'cluster-away',
  /** Somebody else keeps undoing what the gate writes. */
  'contested',
  /** The clock of this machine and another's differ by more than certificates forgive. */
  'clock-skew',
] as const;
export type CertificateProblemCode = (typeof certificateProblems)[number];

/** One thing that is wrong now. */
export interface CertificateProblem {
  readonly code: CertificateProblemCode;
  /** `high`: callers are refused or nothing is checked; `medium`: it will come to that; `low`: worth knowing. */
  readonly severity: 'high' | 'medium' | 'low';
  /** What is wrong and why, with its values. */
  readonly cause: string;
  /** What to do. */
  readonly fix: string;
}

/** What probes, metrics and `doctor` show. */
export interface CertificateFacts {
  /** Where the certificate comes from; `stand-in` is self-made while there is none, and no caller trusts it. */
  readonly source: 'cluster' | 'files' | 'generated' | 'stand-in';
  readonly subject: string;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly fingerprint: string;
  /** Milliseconds since 1970; `connaisseur_tls_not_after_seconds` is this in seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** PEM of the authorities that vouch for it, as published in ConfigMap `connaisseur-ca`; empty while unknown. */
  readonly authorities: string;
  /** Whether every own webhook entry vouches for what is served; undefined where there is no cluster or it was not read yet. */
  readonly caBundleInSync: boolean | undefined;
  /** Whether every own webhook entry has its rules; undefined as above. */
  readonly webhookActive: boolean | undefined;
  /** Whether this replica holds the Lease and so does the writing. */
  readonly leading: boolean;
  /** How often something was put right since the start, by what it was; for `connaisseur_certificate_repairs_total`. */
  readonly repairs: Readonly<Record<RepairedObject, number>>;
  /** The most severe first. */
  readonly problems: readonly CertificateProblem[];
}

/** What the manager puts right. */
export type RepairedObject = 'secret' | 'authority' | 'configmap' | 'caBundle' | 'rules';

/** Certificates that keep themselves fresh. */
export interface Certificates {
  /** What to serve with now: for `https.createServer` and `setSecureContext`. Never empty. */
  secureContext(): SecureContextOptions;
  /** Calls back after each change of what is to be served; returns how to stop that. */
  onChange(listener: (context: SecureContextOptions) => void): () => void;
  facts(): CertificateFacts;
  /** Lets go of the Lease and of every watch. */
  stop(): Promise<void>;
}

/** Where a context can be set: `https.Server`, `http2.Http2SecureServer`, `tls.Server`. */
export interface ContextHolder {
  setSecureContext(context: SecureContextOptions): void;
}

/** Keeps a server on the newest certificate, without dropping what it is doing; returns how to stop that. */
export function keepFresh(server: ContextHolder, certificates: Certificates): () => void {
  return certificates.onChange((context) => server.setSecureContext(context));
}
