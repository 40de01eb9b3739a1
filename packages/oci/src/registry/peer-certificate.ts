/** A look at the certificate of a peer that was refused, so that the message can name issuer, names and dates. */
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { excerpt } from '@pratique/runtime/fault';

/** What a certificate says about itself. */
export interface PeerCertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses it is for. */
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
}

/** A look must not make an error much slower. */
const patience = 3_000;

/**
 * Connects once more, takes the certificate and hangs up: nothing is sent, and nothing that is learned is trusted.
 *
 * @returns undefined where the peer cannot be looked at
 */
export function lookAtCertificate(url: URL, serverName?: string): Promise<PeerCertificateFacts | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const name = serverName ?? host;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: url.port === '' ? 443 : Number(url.port),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      // Only to read what the peer shows after it was refused; the socket is closed at once.
      rejectUnauthorized: false,
      timeout: patience,
    });
    const end = (facts?: PeerCertificateFacts): void => {
      socket.destroy();
      resolve(facts);
    };
    socket.once('secureConnect', () => end(factsOf(socket.getPeerCertificate())));
    socket.once('timeout', () => end());
    socket.once('error', () => end());
    socket.once('close', () => end());
  });
}

function factsOf(certificate: PeerCertificate): PeerCertificateFacts | undefined {
  if (certificate.valid_from === undefined) return undefined;
  const names = (certificate.subjectaltname ?? '').split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: names
      .filter((name) => name !== '')
      .map((name) => excerpt(name))
      .slice(0, 10),
    validFrom: certificate.valid_from,
    validTo: certificate.valid_to,
  };
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  const parts = [name?.CN, name?.O].flat().filter((part) => part !== undefined);
  return excerpt(parts.join(', ') || 'an unnamed authority');
}
