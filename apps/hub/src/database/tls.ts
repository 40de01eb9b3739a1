import { isIP } from 'node:net';
import { readFileSync } from 'node:fs';
import { checkServerIdentity } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { CentralAddress } from '@pratique/stackrox/address';
import { excerpt } from '@pratique/runtime/fault';
import { hubFault } from '../errors.ts';

/**
 * libpq's modes as Node's TLS options: `require` encrypts without a check, `verify-ca` checks the authority,
 * `verify-full` also the name.
 *
 * @throws Fault `app-db-unavailable` when the CA file cannot be read: connecting without the check would be worse
 */
export function appTlsOptions({ host, tls }: CentralAddress): ConnectionOptions | false {
  if (tls.mode === 'disable') return false;
  const name = tls.serverName ?? host;
  // A server name must not be an address (RFC 6066, section 3); checking works without sending it.
  const shared = isIP(name) === 0 ? { servername: name } : {};
  if (tls.mode === 'require') return { ...shared, rejectUnauthorized: false };
  const ca = tls.caFile === undefined ? {} : { ca: readCa(tls.caFile) };
  if (tls.mode === 'verify-ca')
    return { ...shared, ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  return {
    ...shared,
    ...ca,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

function readCa(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw caFault(path, 'cannot be read', cause);
  }
  throw caFault(path, 'holds no certificate in PEM form');
}

function caFault(path: string, what: string, cause?: unknown): Error {
  return hubFault({
    code: 'app-db-unavailable',
    message: `The CA file ${excerpt(path, 200)} of the application database ${what}.`,
    hint: 'Correct APP_DB_SSLROOTCERT, or sslrootcert in APP_DB_URL.',
    values: { path: excerpt(path, 200) },
    cause,
  });
}
