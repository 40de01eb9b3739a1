/** Certificates from where the configuration says, ready to serve with. */
import type { Randomness } from '@pratique/tls';
import type { CertificateFacts, CertificateMode, Certificates, RepairedObject } from './certificates.ts';
import type { ClusterObjects } from './cluster.ts';
import { watchCertificateFiles } from './files.ts';
import { Problems } from './problems.ts';
import { makeForMemory } from './self-made.ts';
import { ServedCertificate } from './served-certificate.ts';

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
  /** The name of this pod; different for every replica. */
  readonly pod: string;
  /** Where the Secret may be mounted too; read only while the API server cannot be asked. */
  readonly folder?: string;
  /** Names of the objects, where they are not those of {@link defaultObjectNames}. */
  readonly objects?: Partial<ObjectNames>;
  /** Whether this replica could answer reviews now: configuration read, listening. */
  readonly isReady: () => boolean;
  /** Whether the Service answers, asked before the webhook is switched on; see decision 0017. */
  readonly probe?: () => Promise<boolean>;
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

/**
 * Starts looking after certificates. Resolves as soon as there is something to serve with: at worst a stand-in that no
 * caller trusts, so that probes are answered and say why (`facts().problems`).
 *
 * @example
 * await using stack = new AsyncDisposableStack();
 * const certificates = await startCertificates({ source: { kind: 'files', folder: '/app/certs' }, log, now: Date.now, random: randomBytes });
 * const server = createServer(certificates.secureContext(), handler);
 * keepFresh(server, certificates);
 */
export async function startCertificates(options: StartCertificatesOptions): Promise<Certificates> {
  const { source } = options;
  if (source.kind === 'generated') return startGenerated(options, source);
  if (source.kind === 'files') return startFromFiles(options, source.folder);
  return startFromFiles(options, source.folder ?? '/app/certs');
}

async function startGenerated(
  { now, random, log, clientAuthorities }: StartCertificatesOptions,
  { names, addresses }: Extract<CertificateSource, { kind: 'generated' }>,
): Promise<Certificates> {
  const request = { names, now: now(), random, ...(addresses && { addresses }) };
  const served = new ServedCertificate(await makeForMemory({ ...request, source: 'generated' }), clientAuthorities);
  return alone(served, new Problems(log), () => undefined);
}

async function startFromFiles(options: StartCertificatesOptions, folder: string): Promise<Certificates> {
  const { now, random, log, clientAuthorities } = options;
  const standIn = await makeForMemory({ source: 'stand-in', names: ['localhost'], now: now(), random });
  const served = new ServedCertificate(standIn, clientAuthorities);
  const problems = new Problems(log);
  const first = Promise.withResolvers<void>();
  const stop = watchCertificateFiles(folder, (reading) => {
    problems.set('files', reading.problems);
    if (reading.state === 'usable') served.change(reading.material);
    first.resolve();
  });
  await first.promise;
  return alone(served, problems, stop);
}

const noRepairs: Readonly<Record<RepairedObject, number>> = {
  secret: 0,
  authority: 0,
  configmap: 0,
  caBundle: 0,
  rules: 0,
};

function alone(served: ServedCertificate, problems: Problems, stop: () => void): Certificates {
  return {
    secureContext: () => served.context(),
    onChange: (listener) => served.onChange(listener),
    facts: () => ({
      ...factsOf(served),
      ...{ caBundleInSync: undefined, webhookActive: undefined, leading: false, repairs: noRepairs },
      problems: problems.current(),
    }),
    stop: async () => stop(),
  };
}

/** What can be said of the certificate itself. */
export function factsOf(
  served: ServedCertificate,
): Pick<CertificateFacts, 'source' | 'subject' | 'fingerprint' | 'notBefore' | 'notAfter' | 'authorities'> {
  const { pair, source, authorities } = served.material;
  return {
    ...{ source, subject: pair.leaf.subject, fingerprint: served.fingerprint },
    notBefore: pair.leaf.validFromDate.getTime(),
    notAfter: pair.leaf.validToDate.getTime(),
    authorities: authorities?.pem ?? '',
  };
}
