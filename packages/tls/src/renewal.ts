/** When a certificate is due for another. */
import type { X509Certificate } from 'node:crypto';

/** Two thirds of its life: a month is left of a leaf of ninety days, time for somebody to notice. */
const dueAfter = 2 / 3;

/** When the certificate is to be renewed, in milliseconds since 1970. */
export function renewAt(certificate: X509Certificate): number {
  const begin = certificate.validFromDate.getTime();
  return Math.floor(begin + (certificate.validToDate.getTime() - begin) * dueAfter);
}
