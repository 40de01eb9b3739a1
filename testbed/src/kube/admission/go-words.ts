/** What Go says where Node says something else; operators search for these words. */
import type { X509Certificate } from 'node:crypto';

const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

/** Where a call went. */
export interface Called {
  readonly address: string;
  readonly serverName: string;
  readonly now: Date;
  /** What the server showed, where it came that far. */
  readonly certificate?: X509Certificate;
}

/** The words for a connection that failed. */
export function goWords(error: unknown, called: Called): string {
  const { code = '', name = '' } = error as { readonly code?: string; readonly name?: string };
  if (name === 'TimeoutError' || code === 'ETIMEDOUT') return 'context deadline exceeded';
  if (code === 'ECONNREFUSED') return `dial tcp ${called.address}: connect: connection refused`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'EOF';
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${called.serverName}: no such host`;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'http: server gave HTTP response to HTTPS client';
  if (unknownAuthority.has(code)) return x509('certificate signed by unknown authority');
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return x509(`certificate is valid for ${namesOf(error, called)}, not ${called.serverName}`);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return x509(`certificate has expired or is not yet valid: current time ${time(called.now)}${dates(code, called)}`);
  return error instanceof Error ? error.message : String(error);
}

/** The words for an answer other than 2xx. */
export function statusWords(status: number, body: string): string {
  if (status === 400) return 'the server rejected our request for an unknown reason';
  if (status === 404) return 'the server could not find the requested resource';
  if (status === 405) return 'the server does not allow this method on the requested resource';
  if (status === 413) return `Request entity too large: ${body.trim().slice(0, 200)}`;
  if (status === 503) return 'the server is currently unable to handle the request';
  return `an error on the server (${JSON.stringify(body.trim().slice(0, 200) || 'unknown')}) has prevented the request from succeeding`;
}

function x509(why: string): string {
  return `tls: failed to verify certificate: x509: ${why}`;
}

function namesOf(error: unknown, { certificate }: Called): string {
  const { cert } = error as { readonly cert?: { readonly subjectaltname?: string } };
  const names = certificate?.subjectAltName ?? cert?.subjectaltname ?? '';
  return names.replaceAll(/(?:DNS|IP Address):/g, '') || 'no names';
}

function dates(code: string, { certificate }: Called): string {
  if (certificate === undefined) return '';
  return code === 'CERT_HAS_EXPIRED'
    ? ` is after ${time(certificate.validToDate)}`
    : ` is before ${time(certificate.validFromDate)}`;
}

function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
