/** The time-stamping authority again, for those who show a certificate only. */
import * as x509 from '@peculiar/x509';
import { certificatePem, issue, keyIdentifiers, makeChain, newSerial } from './certificates.ts';
import type { Authority } from './certificates.ts';
import { listen } from './http.ts';
import type { Answer, Ask } from './http.ts';
import { makeKey } from './keys.ts';

/** A server that asks for a client certificate, and what a client needs. PEM. */
export interface MutualTlsService extends AsyncDisposable {
  /** The full address that queries are posted to. */
  readonly url: string;
  readonly ca: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** The one name in the server's certificate. */
  readonly serverName: string;
}

const day = 24 * 60 * 60 * 1000;
const serverName = 'tsa.sigstore.test';

/** Puts a handler behind TLS with a name and an authority of its own. */
export async function behindMutualTls(handle: (ask: Ask) => Answer, now: Date): Promise<MutualTlsService> {
  // Its intermediate may vouch for signers of code only.
  const { root } = await makeChain('transport', 'issuer', now);
  const server = await endpoint(root, now, 'server');
  const client = await endpoint(root, now, 'client');
  const ca = certificatePem(root.certificate);
  const listening = await listen(handle, {
    ...{ cert: server.certificate, key: server.key },
    ...{ ca, requestCert: true, rejectUnauthorized: true },
  });
  return {
    ...{ url: `${listening.url}/api/v1/timestamp`, ca, serverName },
    ...{ clientCertificate: client.certificate, clientKey: client.key },
    [Symbol.asyncDispose]: () => listening.close(),
  };
}

interface Endpoint {
  readonly certificate: string;
  readonly key: string;
}

async function endpoint(signedBy: Authority, now: Date, kind: 'server' | 'client'): Promise<Endpoint> {
  const key = makeKey();
  const usage = kind === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const name = kind === 'server' ? serverName : 'client.sigstore.test';
  const certificate = await issue(signedBy, {
    ...{ spki: key.spki, subject: `CN=${name}`, serial: newSerial() },
    ...{ notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + day) },
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
      ...keyIdentifiers(key.spki, signedBy.key.spki),
    ],
  });
  return {
    certificate: certificatePem(certificate),
    key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
