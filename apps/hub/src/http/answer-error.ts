import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { excerpt, Fault } from '@pratique/runtime/fault';
import { errorStatus } from '@pratique/hub/contract';
import type { ErrorBody, ErrorCode } from '@pratique/hub/contract';
import { appDatabaseFault } from '../database/faults.ts';
import { contractCode } from './fault-status.ts';
import { preferredLanguage } from './language.ts';
import { errorText } from './texts.ts';
import { validationIssues } from './validation.ts';

/** What a failed request is answered with, before it is put into the asker's language. */
interface Problem {
  readonly code: ErrorCode;
  readonly values?: Readonly<Record<string, unknown>>;
  /** For 422: what is wrong, field by field. */
  readonly issues?: ReturnType<typeof validationIssues>;
}

/** Answers a request that failed, in its language, with the code of the contract. Causes go to the log, never out. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  const status = errorStatus[problem.code];
  if (status >= 500) request.log.error({ err: error, code: problem.code }, 'the request failed');
  if (status === 401) void reply.header('WWW-Authenticate', 'Bearer');
  return reply.code(status).type('application/json; charset=utf-8').send(bodyOf(problem, request));
}

/** Answers a request for an address that does not exist. */
export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem: Problem = { code: 'not_found', values: { what: excerpt(request.url.split('?')[0] ?? '') } };
  return reply.code(404).type('application/json; charset=utf-8').send(bodyOf(problem, request));
}

function bodyOf({ code, values, issues }: Problem, request: FastifyRequest): ErrorBody {
  const { detail, hint } = errorText(code, preferredLanguage(request.headers['accept-language']), values);
  return { detail: issues === undefined ? detail : [...issues], code, request_id: request.id, hint };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Fault) return problemOfFault(error);
  const framework = error as Partial<FastifyError>;
  if (framework.validation !== undefined) return { code: 'validation', issues: validationIssues(framework) };
  const known = frameworkProblems[framework.code ?? ''];
  if (known !== undefined) return known;
  const database = appDatabaseFault(error);
  if (database !== null) return problemOfFault(database);
  if (framework.statusCode !== undefined && framework.statusCode >= 400 && framework.statusCode < 500) {
    return { code: 'bad_request', values: { problem: excerpt(framework.message ?? '', 200) } };
  }
  return { code: 'internal' };
}

function problemOfFault(fault: Fault): Problem {
  const code = contractCode(fault.code);
  // Generic words would help nobody where the cause is in the request itself; these messages are written to be shown.
  return { code, values: { problem: fault.message, ...fault.values } };
}

function bodyIssue(type: string, msg: string): Problem {
  return { code: 'validation', issues: [{ loc: ['body'], msg, type }] };
}

/** Errors of the framework by its code, and of the database by SQLSTATE where the request itself is to blame. */
const frameworkProblems: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large' },
  FST_ERR_CTP_INVALID_JSON_BODY: bodyIssue('json_invalid', 'the body is not JSON'),
  FST_ERR_CTP_EMPTY_JSON_BODY: bodyIssue('missing', 'the body is empty'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: bodyIssue('media_type', 'the body must be application/json'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: bodyIssue('content_length', 'the body has another length than announced'),
  // Two requests at once, or text that does not fit its column: never a 500.
  '23505': { code: 'conflict', values: { problem: 'it exists already' } },
  '23503': { code: 'conflict', values: { problem: 'something it refers to is gone' } },
  '22001': bodyIssue('string_too_long', 'a text is longer than its column'),
  '22021': bodyIssue('string_invalid', 'a text has a character that cannot be stored'),
};
