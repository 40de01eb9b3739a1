/** From what the network or TLS said to a fault that names the cause: a host, a port, a certificate. */
import { isFault } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import type { OciFault, OciFaultCode } from '../errors.ts';
import type { PeerCertificateFacts } from './peer-certificate.ts';

/** Where a connection was to go. */
export interface ConnectionContext {
  readonly url: URL;
  /** What the peer showed, when its certificate was refused. */
  readonly certificate?: PeerCertificateFacts;
  /** The proxy in between, without its password. */
  readonly proxy?: string;
}

interface Meaning {
  readonly code: OciFaultCode;
  readonly message: string;
  readonly hint: string;
}

const plainHttpCodes = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_RECORD_LAYER_FAILURE',
]);
const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
]);
const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The code of a connection error at any depth of causes, also within the list that trying several addresses gives. */
export function connectionCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown; cause?: unknown };
  const own = code === 'EPROTO' ? (opensslCode(error) ?? code) : typeof code === 'string' ? code : undefined;
  // undici wraps; the code underneath says more than its own.
  const inner =
    connectionCode(cause, depth + 1) ?? (Array.isArray(errors) ? connectionCode(errors[0], depth + 1) : undefined);
  return own === undefined || own === 'UND_ERR_SOCKET' || own === 'UND_ERR' ? (inner ?? own) : own;
}

/** The reason OpenSSL gave as Node names it elsewhere; an error that meets a request on its way has it in the message only. */
function opensslCode(error: object): string | undefined {
  const message = error instanceof Error ? error.message : '';
  const reason = /SSL routines:[^:]*:([a-z0-9 ]+):/.exec(message)?.[1];
  return reason === undefined ? undefined : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

/** Whether the code says that the certificate was refused, so that looking at it is worth a connection. */
export function isCertificateCode(code: string | undefined): boolean {
  return code !== undefined && certificateCodes.has(code);
}

/** Whether the peer did not speak TLS at all. */
export function isPlainHttpCode(code: string | undefined): boolean {
  return code !== undefined && plainHttpCodes.has(code);
}

/** The fault for a connection that failed. A fault, and the reason of an aborted signal, pass unchanged. */
export function connectionFault(error: unknown, context: ConnectionContext): unknown {
  if (isFault(error)) return error;
  const code = connectionCode(error);
  if (isAbort(error)) return isTimeoutAbort(error) ? fault(timedOut(context), { code, context, error }) : error;
  return fault(meaningOf(code, error, context), { code, context, error });
}

function fault(
  meaning: Meaning,
  seen: { readonly code: string | undefined; readonly context: ConnectionContext; readonly error: unknown },
): OciFault {
  const { url, certificate, proxy } = seen.context;
  return ociFault({
    ...meaning,
    message: proxy === undefined ? meaning.message : `${meaning.message} The way goes through the proxy ${proxy}.`,
    values: {
      host: url.host,
      reason: seen.code,
      ...(certificate === undefined ? {} : { certificate }),
      ...(proxy === undefined ? {} : { proxy }),
    },
    cause: seen.error,
  });
}

function meaningOf(code: string | undefined, error: unknown, context: ConnectionContext): Meaning {
  const { host, hostname } = context.url;
  if (context.proxy !== undefined && isAtProxy(error, context.url, context.proxy)) return proxyAway(code);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA' || code === 'ENODATA')
    return {
      code: 'registry-host-unknown',
      message: `The host name ${hostname} is not known${code === 'EAI_AGAIN' ? ', for the name service does not answer' : ''}.`,
      hint: 'Check the spelling of the registry, and the name service of this machine.',
    };
  if (isPlainHttpCode(code)) return plainHttp(host);
  if (code !== undefined && timeouts.has(code)) return timedOut(context);
  if (isCertificateCode(code)) return certificateRefused(code ?? '', context);
  if (code?.startsWith('ERR_SSL_') === true || code === 'EPROTO' || code?.startsWith('ERR_TLS_') === true)
    return {
      code: 'registry-tls',
      message: `No TLS connection to ${host} could be agreed on (${code}).`,
      hint: 'The registry may want a client certificate, or offer only versions older than TLS 1.2.',
    };
  if (
    code?.startsWith('HPE_') === true ||
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  )
    return {
      code: 'registry-answer-invalid',
      message: `${host} sent something that is not HTTP (${code}).`,
      hint: 'Check host and port; a server that speaks https on this port answers like this when it is asked with http.',
    };
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR') return unsendable(host);
  return unreachable(code, error, host);
}

/** Whether it was the proxy that could not be reached: by the name that is not known, or the port that refused. */
function isAtProxy(error: unknown, url: URL, proxy: string, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5 || !URL.canParse(proxy)) return false;
  const { hostname, port, cause, errors } = error as Readonly<Record<string, unknown>>;
  const way = new URL(proxy);
  if (typeof hostname === 'string') return hostname === way.hostname && hostname !== url.hostname;
  if (typeof port === 'number') return port === portOf(way) && port !== portOf(url);
  return isAtProxy(cause ?? (Array.isArray(errors) ? errors[0] : undefined), url, proxy, depth + 1);
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function proxyAway(code: string | undefined): Meaning {
  return {
    code: 'registry-unreachable',
    message: `The proxy does not answer (${code ?? 'unknown reason'}); the registry was not asked.`,
    hint: 'Check HTTPS_PROXY and HTTP_PROXY and whether the proxy runs; NO_PROXY names what is reached without it.',
  };
}

function unsendable(host: string): Meaning {
  return {
    code: 'registry-setting-invalid',
    message: `A request to ${host} cannot be sent: something that has to stand in its header may not stand there.`,
    hint: 'Look for a line break or another unusual character in the token or the name of the program.',
  };
}

function unreachable(code: string | undefined, error: unknown, host: string): Meaning {
  const refused = code === 'ECONNREFUSED';
  const why = code ?? (error instanceof Error ? error.message : 'unknown reason');
  return {
    code: 'registry-unreachable',
    message: refused
      ? `Nobody listens at ${host}: the connection was refused.`
      : `The connection to ${host} failed (${why}).`,
    hint: refused
      ? 'Check the port and whether the registry runs.'
      : 'Check network, firewall and proxy on the way to the registry.',
  };
}

function plainHttp(host: string): Meaning {
  return {
    code: 'registry-plain-http',
    message: `${host} speaks plain http: the server gave an HTTP response to an HTTPS client.`,
    hint: `Give the registry a certificate, or allow http for exactly this host (plainHttp for ${host}, --allow-http-registry).`,
  };
}

function timedOut({ url }: ConnectionContext): Meaning {
  return {
    code: 'registry-timeout',
    message: `${url.host} did not answer in time.`,
    hint: 'Check network, firewall and proxy on the way; a registry under load may need another try.',
  };
}

function certificateRefused(code: string, { url, certificate }: ConnectionContext): Meaning {
  const shown =
    certificate === undefined
      ? ''
      : ` It shows a certificate for ${certificate.names.join(', ') || certificate.subject}, issued by ${certificate.issuer}, valid from ${certificate.validFrom} to ${certificate.validTo}.`;
  return { code: 'registry-tls', message: `${certificateProblem(code, url)}${shown}`, hint: certificateHint(code) };
}

function certificateProblem(code: string, { host, hostname }: URL): string {
  if (code === 'CERT_HAS_EXPIRED') return `The certificate of ${host} has expired.`;
  if (code === 'CERT_NOT_YET_VALID') return `The certificate of ${host} is not valid yet.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return `The certificate of ${host} is not for the name ${hostname}.`;
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') return `The certificate of ${host} is signed by itself and not trusted.`;
  return `The certificate of ${host} comes from an issuer that is not trusted (${code}).`;
}

function certificateHint(code: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'Ask the operator of the registry to renew it.';
  if (code === 'CERT_NOT_YET_VALID') return 'Check the clocks of this machine and of the registry.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'Use a name the certificate is for, or set the expected server name.';
  return 'Give the certificate of its authority (a file in PEM, --registry-cacert).';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function isTimeoutAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
