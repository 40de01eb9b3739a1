/** Every answer that is not a success. The codes are stable; docs/errors.md explains each. */
import Type, { type Static } from 'typebox';

/** code → HTTP status. The table of codes an API client can meet. */
export const errorStatus = {
  too_many_namespaces: 400,
  no_namespaces: 400,
  invalid_status: 400,
  invalid_type: 400,
  invalid_scope: 400,
  invalid_state: 400,
  bad_request: 400,
  unauthenticated: 401,
  user_header_missing: 401,
  token_invalid: 401,
  sec_team_required: 403,
  no_access: 403,
  cluster_not_allowed: 403,
  cross_site: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  validation: 422,
  rate_limited: 429,
  internal: 500,
  stackrox_unavailable: 503,
  schema_unsupported: 503,
  app_db_unavailable: 503,
  api_server_unavailable: 503,
  overloaded: 503,
} as const;
export type ErrorCode = keyof typeof errorStatus;

export const ValidationIssue = Type.Object({
  loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
  msg: Type.String(),
  type: Type.String(),
  input: Type.Optional(Type.Unknown()),
});

/** `detail` is a sentence, or for 422 the list of what is wrong. `hint` is the next step. */
export const ErrorBody = Type.Object({
  detail: Type.Union([Type.String(), Type.Array(ValidationIssue)]),
  code: Type.String(),
  request_id: Type.String(),
  hint: Type.Optional(Type.String()),
});
export type ErrorBody = Static<typeof ErrorBody>;
