/** Certificates of the gate from where the settings say. */
import { randomBytes } from 'node:crypto';
import type { Cluster } from '@pratique/kube';
import type { Log } from '@pratique/runtime/log';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clusterObjects } from './certificates/cluster-over-kube.ts';
import type { Certificates } from './certificates/certificates.ts';
import { startCertificates } from './certificates/start-certificates.ts';
import type { CertificateSource } from './certificates/options.ts';
import type { GateOptions } from './options.ts';

/** What {@link openCertificates} works with. */
export interface CertificateNeeds {
  readonly options: GateOptions;
  readonly log: Log;
  readonly cluster: Cluster | undefined;
  readonly isReady: () => boolean;
}

/** Starts looking after the certificate; there is something to serve with when this returns. */
export async function openCertificates({ options, log, cluster, isReady }: CertificateNeeds): Promise<Certificates> {
  const { clientAuthorities } = options;
  return startCertificates({
    source: sourceOf(options, cluster, isReady),
    log,
    now: () => Date.now(),
    random: (bytes) => randomBytes(bytes),
    ...(clientAuthorities === undefined ? {} : { clientAuthorities }),
  });
}

function sourceOf(options: GateOptions, cluster: Cluster | undefined, isReady: () => boolean): CertificateSource {
  const { certsFolder: folder, namespace, objectPrefix, tlsMode, podName } = options;
  const service = `${objectPrefix}-svc`;
  if (cluster === undefined) {
    const isThere = existsSync(join(folder, 'tls.crt'));
    if (!options.standalone || isThere) return { kind: 'files', folder };
    return {
      kind: 'generated',
      names: ['localhost', service, `${service}.${namespace}.svc`],
      addresses: ['127.0.0.1', '::1'],
    };
  }
  return {
    kind: 'cluster',
    cluster: clusterObjects(cluster, namespace),
    mode: tlsMode,
    service,
    namespace,
    pod: podName,
    folder,
    objects: {
      secret: `${objectPrefix}-tls`,
      authoritySecret: `${objectPrefix}-ca`,
      configMap: `${objectPrefix}-ca`,
      lease: `${objectPrefix}-certificates`,
      webhook: `${objectPrefix}-webhook`,
    },
    isReady,
  };
}
