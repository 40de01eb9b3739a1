/** The authorities a caller trusts: what stands in `ca.crt` and `caBundle`. */
import type { X509Certificate } from 'node:crypto';
import { certificatePem, fingerprintOf, isSelfSigned, nameOf, readCertificates } from './certificate.ts';
import { tlsFault } from './errors.ts';

/** Authorities without repetition, in their order. Never empty. */
export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  /** SHA-256 of each, lower-case hex, in the same order. */
  readonly fingerprints: readonly string[];
  /** PEM, LF at the end. */
  readonly pem: string;
}

/**
 * Reads a bundle from PEM. A certificate that may not sign others is refused, except one that signed itself: that
 * is how charts without an authority make theirs, and callers trust it for itself only.
 *
 * @param what names the text in messages
 * @throws Fault `bundle-empty`, `bundle-not-authority`, `certificate-unreadable`
 *
 * @example
 * const bundle = parseBundle(pem, 'ca.crt of Secret connaisseur-tls');
 */
export function parseBundle(pem: string, what: string): Bundle {
  return bundleOf(readCertificates(pem, what), what);
}

/**
 * A bundle of certificates that were read before.
 *
 * @throws Fault `bundle-empty`, `bundle-not-authority`
 */
export function bundleOf(certificates: readonly X509Certificate[], what: string): Bundle {
  if (certificates.length === 0) {
    throw tlsFault({
      code: 'bundle-empty',
      message: `The ${what} holds no certificate.`,
      hint: 'An empty bundle makes a caller fall back to the authorities of its system. Put the certificate of the authority there.',
      values: { what },
    });
  }
  const wrong = certificates.find((certificate) => !certificate.ca && !isSelfSigned(certificate));
  if (wrong !== undefined) {
    throw tlsFault({
      code: 'bundle-not-authority',
      message: `The ${what} holds ${nameOf(wrong)}, which is not an authority.`,
      hint: 'Put the certificate of the issuer there (CA:TRUE), not the one that is served.',
      values: { what, subject: nameOf(wrong), fingerprint: fingerprintOf(wrong) },
    });
  }
  const unique = new Map(certificates.map((certificate) => [fingerprintOf(certificate), certificate]));
  const kept = [...unique.values()];
  return { certificates: kept, fingerprints: [...unique.keys()], pem: kept.map(certificatePem).join('') };
}

/** Several bundles as one, the first first, each certificate once. */
export function mergeBundles(first: Bundle, ...others: readonly Bundle[]): Bundle {
  return bundleOf(
    [first, ...others].flatMap((bundle) => bundle.certificates),
    'merged bundle',
  );
}

/** Whether two bundles trust the same authorities, whatever their order. */
export function sameBundle(one: Bundle, other: Bundle): boolean {
  return (
    one.fingerprints.length === other.fingerprints.length &&
    one.fingerprints.every((fingerprint) => other.fingerprints.includes(fingerprint))
  );
}

/** The certificates of `bundle` that are still good at `now` (milliseconds since 1970). */
export function stillValid(bundle: Bundle, now: number): readonly X509Certificate[] {
  return bundle.certificates.filter((certificate) => certificate.validToDate.getTime() > now);
}
