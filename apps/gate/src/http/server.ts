/** The listener of the gate: HTTPS that keeps its certificate fresh, bounded in every direction, and drained before it ends. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { limits } from '../limits.ts';
import { keepFresh } from '../certificates/certificates.ts';
import type { Certificates } from '../certificates/certificates.ts';
import { gateFault } from '../errors.ts';

/** What {@link startServer} works with. */
export interface ServerParts {
  readonly host: string;
  readonly port: number;
  readonly certificates: Certificates;
  readonly listener: RequestListener;
  /** Whether clients are asked for a certificate; whose are believed, the certificates know. */
  readonly asksForCertificates: boolean;
}

/** A running listener. */
export interface RunningServer {
  readonly port: number;
  /** Takes no new connections; what is under way gets `ms`, then is cut off. */
  stop(ms: number): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws Fault `gate-port-unavailable`
 */
export async function startServer({
  host,
  port,
  certificates,
  listener,
  asksForCertificates,
}: ServerParts): Promise<RunningServer> {
  // HTTP/1.1 only: the client of the API server keeps a pool of connections, and streams would share one event loop anyway.
  const server = createServer(
    {
      ...certificates.secureContext(),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: limits.headersMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: limits.headerBytes,
      noDelay: true,
      // Probes have no certificate; who may ask for reviews is decided per request.
      ...(asksForCertificates ? { requestCert: true, rejectUnauthorized: false } : {}),
    },
    listener,
  );
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;
  // A broken handshake is the other side's business.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const release = keepFresh(server, certificates);
  try {
    const bound = await listen(server, port, host);
    return {
      port: bound,
      stop: async (ms) => {
        release();
        await stopServer(server, ms);
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Whether the other end of a request has shown a certificate of the client CAs. */
export function hasClientCertificate({ socket }: { readonly socket: unknown }): boolean {
  return (socket as Partial<TLSSocket>).authorized === true;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const reason = 'code' in cause ? String(cause.code) : cause.message;
      reject(
        gateFault({
          code: 'gate-port-unavailable',
          message: `The gate cannot listen on port ${port} of ${host} (${reason}).`,
          hint: 'Choose a free port with PORT, or stop the program that holds this one.',
          values: { host, port, reason },
          cause,
        }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function stopServer(server: Server, ms: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), ms);
  // A connection that becomes idle meanwhile would wait for its keep-alive time.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(cut);
  clearInterval(idle);
}
