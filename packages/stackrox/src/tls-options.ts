import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { checkServerIdentity, rootCertificates } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { excerpt, isFault } from '@pratique/runtime/fault';
import type { CentralAddress } from './address.ts';
import { stackroxFault } from './errors.ts';
import { limits } from './limits.ts';

/**
 * Node's TLS settings for an address. `require` encrypts without checking anything (as in libpq),
 * `verify-ca` checks the authority, `verify-full` also the name. A new CA file counts for connections
 * opened after the program started again.
 *
 * @throws fault `stackrox-tls` when the CA file is missing, too large or holds no certificate
 */
export function tlsOptions(address: CentralAddress): ConnectionOptions | false {
  const { tls } = address;
  if (tls.mode === 'disable') return false;
  if (tls.mode === 'require') return { rejectUnauthorized: false };
  const ca = tls.caFile === undefined ? [...rootCertificates] : [readCaFile(tls.caFile)];
  if (tls.mode === 'verify-ca') return { ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  const name = tls.serverName ?? address.host;
  return {
    ca,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

function readCaFile(path: string): string {
  try {
    if (statSync(path).size > limits.caFileBytes) throw caFault(path, `is larger than ${limits.caFileBytes} bytes`);
    const text = readFileSync(path, 'utf8');
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw caFault(path, 'holds no certificate in PEM form');
    for (const block of blocks) new X509Certificate(block);
    return text;
  } catch (error) {
    if (isFault(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw caFault(
      path,
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by this process'
          : 'holds a certificate that cannot be decoded',
    );
  }
}

function caFault(path: string, what: string): Error {
  return stackroxFault({
    code: 'stackrox-tls',
    message: `The CA file "${excerpt(path, 200)}" of the StackRox database ${what}.`,
    hint: 'Mount the key ca.pem of the secret central-db-tls and point sslrootcert to it.',
    values: { path },
  });
}
