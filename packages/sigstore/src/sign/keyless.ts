/**
 * Signing without a key of one's own: a key that lives for one run, a certificate that says who held it, and others who
 * remember when. All signatures of a run share key and certificate; each gets an entry and a timestamp of its own.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { sigstoreFault } from '../errors.ts';
import { signerFor } from '../keys/private-key.ts';
import { fulcioIssuer } from './fulcio.ts';
import { rekorV2Log } from './rekor-v2.ts';
import { rekorLog } from './rekor.ts';
import type { ServiceAccess } from './service-http.ts';
import type { CertificateIssuer, IssuedCertificate, TimestampAuthority, TransparencyLog } from './services.ts';
import type { SelectedServices } from './signing-config.ts';
import type { SigningMaterial } from './signing-material.ts';
import { timestampAuthority } from './timestamp.ts';

/** The services that vouch for a signature. */
export interface SigningServices {
  readonly issuer?: CertificateIssuer;
  readonly logs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly TimestampAuthority[];
}

/** What connecting needs from the program. */
export interface ServiceConnection {
  readonly access: ServiceAccess;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The services that a signing configuration selected. Nothing is asked yet. */
export function connectServices(selected: SelectedServices, connection: ServiceConnection): SigningServices {
  const { access, now, randomBytes } = connection;
  const { certificateAuthority: authority } = selected;
  return {
    ...(authority && { issuer: fulcioIssuer({ url: authority.url, access, now }) }),
    logs: selected.logs.map(({ url, majorApiVersion }) =>
      majorApiVersion === 2 ? rekorV2Log({ url, access }) : rekorLog({ url, access }),
    ),
    timestampAuthorities: selected.timestampAuthorities.map(({ url }) =>
      timestampAuthority({ url, access, randomBytes }),
    ),
  };
}

/** A key for one run, the certificate that names who holds it, and who testifies. */
export interface KeylessSigner extends SigningMaterial {
  readonly certificate: IssuedCertificate;
  /** Signing, logging and stamping have to be done by then; about ten minutes. */
  readonly expires: Date;
}

/** What is needed to become somebody. */
export interface KeylessRequest {
  readonly issuer: CertificateIssuer;
  /** Compact JWT. Secret. */
  readonly identityToken: string;
  readonly services: Pick<SigningServices, 'logs' | 'timestampAuthorities'>;
}

/**
 * Makes a P-256 key and obtains the certificate for it. The private half never leaves the signer and is gone with it.
 *
 * @throws Fault `signing-config-unusable` before anything is sent, when nobody would tell a verifier the time of signing;
 * what the issuer throws
 */
export async function keylessSigner({ issuer, identityToken, services }: KeylessRequest): Promise<KeylessSigner> {
  demandTime(services);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = signerFor(privateKey);
  const certificate = await issuer.issue({ publicKey, identityToken, sign: (bytes) => signer.sign(bytes, 'bundle') });
  const expires = new Date(new X509Certificate(certificate.leaf).validTo);
  const { logs, timestampAuthorities } = services;
  return { signer, certificate, logs, timestampAuthorities, expires };
}

/** A certificate of ten minutes is worth nothing later without a time: from a log of API 1 or a timestamp authority. */
function demandTime({ logs, timestampAuthorities }: KeylessRequest['services']): void {
  if (timestampAuthorities.length > 0 || logs.some(({ apiVersion }) => apiVersion === 1)) return;
  throw sigstoreFault({
    code: 'signing-config-unusable',
    message:
      'Signing without a key needs a service that states the time: neither a timestamp authority nor a log with API 1 is used.',
    hint: 'Add a timestamp authority (--timestamp-server-url, or tsaUrls in the signing configuration), or a log with API 1.',
    values: { logs: logs.map(({ url }) => url) },
  });
}
