/** A server over TLS whose certificate changes while it serves. */
import { createServer } from 'node:https';
import type { Server, ServerOptions } from 'node:https';
import type { RequestListener } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import type { KeyPair } from './key-pair.ts';

/** Forward secrecy and authenticated encryption only; what TLS 1.3 offers comes first by itself. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * What Node needs to serve with this pair: TLS 1.2 or newer, modern ciphers (admission TLS-4). For
 * `https.createServer` and for `setSecureContext` alike.
 *
 * @param clientAuthorities PEM of the authorities that callers must be signed by, where callers must prove who they are
 */
export function secureContext(pair: KeyPair, clientAuthorities?: string): SecureContextOptions {
  return {
    cert: pair.certificate,
    key: pair.key,
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
    ...(clientAuthorities !== undefined && { ca: clientAuthorities }),
  };
}

/** A running server and how its certificate is changed. */
export interface ReloadingServer {
  readonly server: Server;
  /** Serves new connections with this pair; open ones and their requests go on. A pair that does not work changes nothing and throws. */
  reload(pair: KeyPair): void;
}

/** What {@link createReloadingServer} needs. */
export interface ReloadingServerOptions {
  readonly pair: KeyPair;
  readonly handler: RequestListener;
  /** PEM: callers must have a certificate signed by one of these. Absent: callers need none. */
  readonly clientAuthorities?: string;
  /** Limits of the HTTP server, such as `requestTimeout`. */
  readonly limits?: Pick<
    ServerOptions,
    'requestTimeout' | 'headersTimeout' | 'keepAliveTimeout' | 'maxHeaderSize' | 'connectionsCheckingInterval'
  >;
}

/**
 * Makes an HTTPS server that takes a new certificate without dropping a request; the caller listens and closes.
 *
 * @example
 * const { server, reload } = createReloadingServer({ pair, handler });
 * certificates.onChange(({ pair }) => reload(pair));
 */
export function createReloadingServer(options: ReloadingServerOptions): ReloadingServer {
  const { pair, handler, clientAuthorities, limits } = options;
  const mutual = clientAuthorities !== undefined && { requestCert: true, rejectUnauthorized: true };
  const server = createServer({ ...limits, ...secureContext(pair, clientAuthorities), ...mutual }, handler);
  return { server, reload: (next) => server.setSecureContext(secureContext(next, clientAuthorities)) };
}
