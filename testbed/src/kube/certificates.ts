/** The authority of the test cluster and the certificate of its API server. */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { certificatePem, issue, keyIdentifiers, makeChain, newSerial } from '../sigstore/certificates.ts';
import { makeKey } from '../sigstore/keys.ts';

/** PEM. */
export interface ServingCertificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const day = 24 * 60 * 60 * 1000;

/** An authority of its own, and a certificate for the names and addresses given. */
export async function servingCertificate(names: readonly string[], now: Date): Promise<ServingCertificate> {
  const { root } = await makeChain('kubernetes', 'issuer', now);
  const key = makeKey();
  const certificate = await issue(root, {
    ...{ spki: key.spki, subject: `CN=${names[0] ?? 'kubernetes'}`, serial: newSerial() },
    ...{ notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + day) },
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value }) as const),
      ),
      ...keyIdentifiers(key.spki, root.key.spki),
    ],
  });
  return {
    ca: certificatePem(root.certificate),
    certificate: certificatePem(certificate),
    key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
