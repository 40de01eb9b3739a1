/** What can be said of the certificate that is served. */
import type { CertificateFacts } from './certificates.ts';
import type { ServedCertificate } from './served-certificate.ts';

/** The part of the facts that every source has. */
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
