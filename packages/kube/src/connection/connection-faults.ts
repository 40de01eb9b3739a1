/** From what the network or TLS said to a fault that names the cause. */
import { isFault } from '@pratique/runtime/fault';
import { kubeFault } from '../errors.ts';

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);
const dated = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const named = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']);

/** The code of a connection error, also of one in the list that trying several addresses gives. */
export function connectionCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) ? connectionCode(errors[0]) : undefined;
}

/** Whether the certificate of the server was refused. */
export function isCertificateCode(code: string | undefined): boolean {
  return code !== undefined && (untrusted.has(code) || dated.has(code) || named.has(code));
}

/** The fault for a connection that failed; faults pass, and what stands behind an aborted signal is for the caller. */
export function connectionFault(error: unknown, server: URL): Error {
  if (isFault(error)) return error;
  const code = connectionCode(error);
  if (isCertificateCode(code)) return certificateFault(code ?? '', server, error);
  return kubeFault({
    code: 'api-unreachable',
    message: `The API server at ${server.host} ${reasonOf(code, error)}.`,
    hint: 'Check the address, network policies and firewalls on the way, and whether the control plane runs.',
    values: { server: server.host, reason: code },
    cause: error,
  });
}

function reasonOf(code: string | undefined, error: unknown): string {
  if (code === 'ECONNREFUSED') return 'refused the connection: nobody listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a name that is not known';
  if (code === 'ETIMEDOUT') return 'did not answer in time';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'closed the connection before it answered';
  return `could not be reached (${code ?? (error instanceof Error ? error.name : 'unknown reason')})`;
}

function certificateFault(code: string, server: URL, cause: unknown): Error {
  const why = dated.has(code)
    ? 'has expired or is not valid yet'
    : named.has(code)
      ? `is not for the name ${server.hostname}`
      : 'comes from an authority that is not trusted';
  return kubeFault({
    code: 'api-certificate-refused',
    message: `The certificate of the API server at ${server.host} ${why} (${code}).`,
    hint: named.has(code)
      ? 'Use a name the certificate is for, or set tls-server-name in the kubeconfig.'
      : 'Check certificate-authority in the kubeconfig, or ca.crt of the service account, and the clock of this machine.',
    values: { server: server.host, reason: code },
    cause,
  });
}
