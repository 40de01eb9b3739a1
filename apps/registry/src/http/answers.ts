/** How answers look: headers every answer has, and faults in the form of distribution-spec 1.1 "Error Codes". */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '@pratique/runtime/fault';
import type { RegistryServerFaultCode } from '../errors.ts';
import { fixedLimits } from '../limits.ts';

interface Answer {
  readonly status: number;
  /** The word clients compare; those not in the list of the specification say what it has no word for. */
  readonly wire: string;
}

/** Faults of other packages that a request can meet. */
type ForeignCode = 'too-large' | 'deadline-exceeded';

const answers: Readonly<Partial<Record<RegistryServerFaultCode | ForeignCode, Answer>>> = {
  'blob-unknown': { status: 404, wire: 'BLOB_UNKNOWN' },
  'blob-upload-invalid': { status: 409, wire: 'BLOB_UPLOAD_INVALID' },
  'blob-upload-range': { status: 416, wire: 'BLOB_UPLOAD_INVALID' },
  'blob-upload-unknown': { status: 404, wire: 'BLOB_UPLOAD_UNKNOWN' },
  'content-digest-invalid': { status: 400, wire: 'DIGEST_INVALID' },
  'manifest-blob-unknown': { status: 400, wire: 'MANIFEST_BLOB_UNKNOWN' },
  'manifest-refused': { status: 400, wire: 'MANIFEST_INVALID' },
  'manifest-unknown': { status: 404, wire: 'MANIFEST_UNKNOWN' },
  'repository-name-invalid': { status: 400, wire: 'NAME_INVALID' },
  'repository-unknown': { status: 404, wire: 'NAME_UNKNOWN' },
  'content-size-invalid': { status: 400, wire: 'SIZE_INVALID' },
  'blob-too-large': { status: 413, wire: 'SIZE_INVALID' },
  'page-size-invalid': { status: 400, wire: 'PAGINATION_NUMBER_INVALID' },
  'range-unsatisfiable': { status: 416, wire: 'RANGE_INVALID' },
  'condition-failed': { status: 412, wire: 'PRECONDITION_FAILED' },
  'login-required': { status: 401, wire: 'UNAUTHORIZED' },
  'too-many-requests': { status: 429, wire: 'TOOMANYREQUESTS' },
  'operation-unsupported': { status: 405, wire: 'UNSUPPORTED' },
  'path-unknown': { status: 404, wire: 'UNSUPPORTED' },
  'request-malformed': { status: 400, wire: 'UNSUPPORTED' },
  'registry-stopping': { status: 503, wire: 'UNAVAILABLE' },
  'storage-full': { status: 507, wire: 'UNKNOWN' },
  'storage-failed': { status: 500, wire: 'UNKNOWN' },
  'too-large': { status: 413, wire: 'SIZE_INVALID' },
  'deadline-exceeded': { status: 408, wire: 'UNKNOWN' },
};

/** The status an error is answered with; 500 for what nobody foresaw. */
export function statusOf(error: unknown): number {
  return answerOf(error).status;
}

function answerOf(error: unknown): Answer {
  const known = error instanceof Fault ? answers[error.code as RegistryServerFaultCode] : undefined;
  return known ?? { status: 500, wire: 'UNKNOWN' };
}

/** Answers with an error; headers set before (`Location` of a refused part, a login challenge) stay. */
export function replyError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { status, wire } = answerOf(error);
  const body = JSON.stringify({ errors: [{ code: wire, ...words(error) }] });
  if (status === 429 || status === 503) response.setHeader('retry-after', status === 429 ? '60' : '5');
  if (!request.complete) drain(request, response);
  reply(request, response, { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body });
}

function words(error: unknown): { readonly message: string; readonly detail?: unknown } {
  if (!(error instanceof Fault)) return { message: 'The registry met a defect of its own; its log says more.' };
  // Storage faults keep exactly the shape of the reference registry, which tools decode.
  const isStorage = error.code === 'storage-full' || error.code === 'storage-failed';
  return { message: error.message, detail: isStorage ? error.values : { ...error.values, hint: error.hint } };
}

/** What is answered. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array;
}

/** Answers; a body is left out for HEAD, its length is told all the same. */
export function reply(request: IncomingMessage, response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const hasLength = response.hasHeader('content-length') || status === 204 || status === 304;
  if (!hasLength) response.setHeader('content-length', body === undefined ? 0 : Buffer.byteLength(body));
  response.end(request.method === 'HEAD' ? undefined : body);
}

/**
 * Takes what is left of a body nobody reads, for a while: closing at once would often destroy the answer on its way to a
 * client that is still sending, reading on would let it send for ever.
 */
function drain(request: IncomingMessage, { socket }: ServerResponse): void {
  request.resume();
  const timer = setTimeout(() => {
    if (!request.complete) socket?.destroy();
  }, fixedLimits.lingerMs);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}
