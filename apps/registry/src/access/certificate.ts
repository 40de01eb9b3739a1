/** The certificate of the registry: read from two files. */
import { createSecureContext } from 'node:tls';
import { readFileBounded } from '@pratique/runtime/limit';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';

/** Where the certificate (with its chain) and its key are, as PEM. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** PEM bytes that belong together. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws Fault `certificate-unusable`, `file-unreadable`, `too-large` */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const cert = await readFileBounded(certFile, { bytes: fixedLimits.pemBytes, what: 'the certificate' });
  const key = await readFileBounded(keyFile, { bytes: fixedLimits.pemBytes, what: 'the key of the certificate' });
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw registryFault({
      code: 'certificate-unusable',
      message: `The certificate ${certFile} and the key ${keyFile} cannot be used together.`,
      hint: 'Both must be PEM, the key without a password, and the key that of the certificate.',
      values: { certFile, keyFile },
      cause,
    });
  }
  return { cert, key };
}
