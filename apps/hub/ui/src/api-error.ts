/** What can go wrong between the console and the hub, in the few kinds a reader can act on. */

export type ApiErrorKind =
  | 'offline'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'invalid'
  | 'unavailable'
  | 'limited'
  | 'internal';

export interface ApiProblem {
  readonly kind: ApiErrorKind;
  /** A readable sentence, or '' where nobody said anything. */
  readonly detail: string;
  readonly code: string | null;
  readonly hint: string | null;
  readonly requestId: string | null;
}

/** A failed request, already readable: pages show it and never look at a status or a body themselves. */
export class ApiError extends Error implements ApiProblem {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  readonly detail: string;
  readonly code: string | null;
  readonly hint: string | null;
  readonly requestId: string | null;

  constructor(problem: ApiProblem, options?: ErrorOptions) {
    super(problem.detail === '' ? problem.kind : problem.detail, options);
    this.kind = problem.kind;
    this.detail = problem.detail;
    this.code = problem.code;
    this.hint = problem.hint;
    this.requestId = problem.requestId;
  }
}

/** Texts from servers and proxies are cut here: an error page must not become the page. */
const maxDetail = 600;
const maxIssues = 5;

/** Reads any thrown value as an ApiError, so that a bug in a page is reported like every other fault. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : '';
  return new ApiError(
    { kind: 'internal', detail: cut(detail), code: null, hint: null, requestId: null },
    { cause: error },
  );
}

/**
 * Turns an answer that is not a success into a problem. Understands a plain text, `{detail: string}`, the list
 * of 422, `{message}` and `{error}` (proxies in front of the hub), and answers without a body.
 */
export function problemOf(status: number, body: unknown, requestId: string | null): ApiProblem {
  const record = isRecord(body) ? body : {};
  return {
    kind: kindOf(status),
    detail: cut(detailOf(body)),
    code: text(record['code']) ?? (status === 0 ? null : `http_${status}`),
    hint: text(record['hint']),
    requestId: text(record['request_id']) ?? requestId,
  };
}

function kindOf(status: number): ApiErrorKind {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'limited';
  if (status === 502 || status === 503 || status === 504) return 'unavailable';
  return status >= 400 && status < 500 ? 'invalid' : 'internal';
}

function detailOf(body: unknown): string {
  if (typeof body === 'string') return looksLikeMarkup(body) ? '' : body;
  if (!isRecord(body)) return '';
  const { detail, message, error } = body;
  if (Array.isArray(detail)) return detail.slice(0, maxIssues).map(issueText).filter(Boolean).join('; ');
  return text(detail) ?? text(message) ?? text(error) ?? (isRecord(error) ? (text(error['message']) ?? '') : '');
}

/** `query.cvss_min: must be at most 10`. The place is what a person can mend, so it comes first. */
function issueText(issue: unknown): string {
  if (typeof issue === 'string') return issue;
  if (!isRecord(issue)) return '';
  const place = Array.isArray(issue['loc']) ? issue['loc'].map(String).join('.') : '';
  const sentence = text(issue['msg']) ?? '';
  return place === '' ? sentence : `${place}: ${sentence}`;
}

function looksLikeMarkup(body: string): boolean {
  return /^\s*<(?:!doctype|html|\?xml)/i.test(body);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? cut(value) : null;
}

function cut(value: string): string {
  return value.length > maxDetail ? `${value.slice(0, maxDetail)}…` : value;
}
