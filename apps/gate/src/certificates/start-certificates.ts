/** Certificates from where the configuration says, ready to serve with. */
import type { Certificates, RepairedObject } from './certificates.ts';
import { startClusterCertificates } from './cluster-certificates.ts';
import { factsOf } from './facts.ts';
import { watchCertificateFiles } from './files.ts';
import type { CertificateSource, StartCertificatesOptions } from './options.ts';
import { Problems } from './problems.ts';
import { makeForMemory } from './self-made.ts';
import { ServedCertificate } from './served-certificate.ts';

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
  return startClusterCertificates(options, source);
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
