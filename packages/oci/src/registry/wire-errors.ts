/**
 * From what a registry answered to a fault that says the cause and the next step. What the registry said is one vocabulary,
 * what it means to the caller another; this file is where the one becomes the other.
 */
import { ociFault } from '../errors.ts';
import type { OciFault, OciFaultCode } from '../errors.ts';
import { findStorageCause } from './storage-cause.ts';
import type { StorageCause } from './storage-cause.ts';
import { firstCode, readWireBody, wireWords } from './wire-body.ts';
import type { WireBody } from './wire-body.ts';

/** What was tried when the registry answered, for the words of the fault. */
export interface WireContext {
  /** `registry.example.com:5000`. */
  readonly host: string;
  readonly repository: string;
  readonly action: 'read' | 'write' | 'delete';
  /** What is at stake, as in a sentence: `the manifest of registry.example.com/team/app:1`. */
  readonly what: string;
  /** Method and path without the query, which may carry signatures: `PUT /v2/team/app/manifests/1`. */
  readonly request: string;
  /** Whose login was used, absent for none. Never the secret. */
  readonly login?: { readonly source: string; readonly username?: string };
}

/** An answer that was not what was hoped for. */
export interface WireAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** Seconds to wait, read from `Retry-After`. */
  readonly retryAfter?: number;
}

/** The parts of a fault that depend on the answer. */
interface Meaning {
  readonly code: OciFaultCode;
  readonly message: string;
  readonly hint: string;
}

/** The fault for an answer of a registry. `values` carries status, the registry's code and words, and the request. */
export function wireFault(answer: WireAnswer, context: WireContext): OciFault {
  const body = readWireBody(answer.body);
  const storage = answer.status === 507 ? fullDisk : storageOf(answer.status, body);
  const meaning = storage === undefined ? meaningOf(answer, body, context) : storageMeaning(storage, context);
  const said = wireWords(body);
  const words = said === '' ? '' : ` It said: ${said}.`;
  return ociFault({
    code: meaning.code,
    message: `${meaning.message} (${context.request} was answered with ${answer.status}.)${words}`,
    hint: meaning.hint,
    values: {
      host: context.host,
      repository: context.repository,
      request: context.request,
      status: answer.status,
      wireCode: firstCode(body),
      said,
      ...(storage === undefined ? {} : { storage: storage.problem, path: storage.path }),
      ...(context.login === undefined ? {} : { credentials: context.login.source, account: context.login.username }),
      ...(answer.retryAfter === undefined ? {} : { retryAfter: answer.retryAfter }),
    },
  });
}

const fullDisk: StorageCause = { problem: 'disk-full' };

function storageOf(status: number, body: WireBody): StorageCause | undefined {
  // Quota words come with 403 and 413 as well (Harbor: `DENIED: … exceed the configured upper limit of quota`).
  const found = findStorageCause(body, status >= 500);
  return status >= 500 || found?.problem === 'quota' || found?.problem === 'read-only' ? found : undefined;
}

function storageMeaning(cause: StorageCause, { host }: WireContext): Meaning {
  const where = cause.path === undefined ? '' : ` (${cause.path})`;
  const code = 'registry-storage';
  switch (cause.problem) {
    case 'disk-full':
      return {
        code,
        message: `The disk of the registry ${host} is full${where}.`,
        hint: 'Ask its operator to free space: delete old images and run its garbage collection, or enlarge the volume.',
      };
    case 'no-permission':
      return {
        code,
        message: `The registry ${host} may not write to its storage${where}.`,
        hint: 'Ask its operator to let the registry’s user write to the storage folder (owner, mode, security context of the volume).',
      };
    case 'read-only':
      return {
        code,
        message: `The storage of the registry ${host} is mounted read-only${where}.`,
        hint: 'Ask its operator to mount it writable; a file system with errors is often remounted read-only by the kernel.',
      };
    case 'quota':
      return {
        code,
        message: `The quota of the registry ${host} is used up${where}.`,
        hint: 'Delete images that nobody needs, or ask the operator to raise the quota of this project.',
      };
  }
}

function meaningOf(answer: WireAnswer, body: WireBody, context: WireContext): Meaning {
  const { status } = answer;
  const code = firstCode(body);
  // Some say it in words only: Amazon with 400, others with 403.
  if (context.action === 'write' && status < 500 && /\bimmutab/i.test(wireWords(body))) return immutable(context);
  if (status === 401 || code === 'UNAUTHORIZED') return unauthorised(context);
  if (status === 403 || code === 'DENIED') return denied(context);
  if (status === 429 || code === 'TOOMANYREQUESTS') return rateLimited(answer, context);
  if (status === 405 || code === 'UNSUPPORTED') return unsupported(context);
  if (status === 413) return refusesSize(context);
  if (status === 409 || status === 412) return immutable(context);
  if (code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UPLOAD_UNKNOWN') return uploadLost(context);
  if (status === 404) return notFound(code, body, context);
  if (status >= 500 || status === 408 || status === 499) return failed(context);
  if (status >= 400) return refused(context);
  return invalidAnswer(context, `the status ${status}, which means nothing here`);
}

function unauthorised({ host, login }: WireContext): Meaning {
  const code = 'registry-unauthorized';
  if (login === undefined)
    return {
      code,
      message: `The registry ${host} wants a login, and there are no credentials for it.`,
      hint: `Log in with “docker login ${host}” or “podman login ${host}”, or give user name and password.`,
    };
  const account = login.username === undefined ? '' : ` of ${login.username}`;
  return {
    code,
    message: `The registry ${host} refused the credentials${account} from ${login.source}.`,
    hint: `They may have expired or been changed; log in to ${host} again.`,
  };
}

function denied({ host, repository, action, login }: WireContext): Meaning {
  const who =
    login === undefined
      ? 'Nobody who is not logged in has'
      : `The account ${login.username ?? `from ${login.source}`} lacks`;
  const right =
    action === 'read' ? 'the right to read' : action === 'write' ? 'the right to push to' : 'the right to delete in';
  return {
    code: 'registry-denied',
    message: `${who} ${right} ${repository} at ${host}, or the repository is read-only.`,
    hint:
      login === undefined
        ? `Log in to ${host} with an account that has it.`
        : 'Ask the owner of the repository for it, use another account, or check for a rule that makes it immutable.',
  };
}

function rateLimited({ retryAfter }: WireAnswer, { host }: WireContext): Meaning {
  const wait = retryAfter === undefined ? 'later' : `in ${retryAfter} s`;
  return {
    code: 'registry-rate-limited',
    message: `The registry ${host} limits the rate of requests.`,
    hint: `Try again ${wait}; logging in often raises the limit, a mirror avoids it.`,
  };
}

function unsupported({ host, action, what }: WireContext): Meaning {
  const cause = action === 'delete' ? 'deletion is switched off there' : 'it is in read-only mode (maintenance)';
  return {
    code: 'registry-unsupported',
    message: `The registry ${host} does not ${action} ${what}; most likely ${cause}.`,
    hint:
      action === 'delete'
        ? 'Ask its operator to allow deletion.'
        : 'Wait for the maintenance to end, or ask its operator.',
  };
}

function refusesSize({ host, what }: WireContext): Meaning {
  return {
    code: 'registry-refuses-size',
    message: `The registry ${host}, or a proxy before it, refuses ${what} for its size.`,
    hint: 'Ask its operator to raise the limit of request bodies (nginx: client_max_body_size).',
  };
}

function immutable({ host, what }: WireContext): Meaning {
  return {
    code: 'registry-tag-immutable',
    message: `The registry ${host} refuses to write ${what}: the tag is immutable, or was changed meanwhile.`,
    hint: 'Try again. If tags are immutable there: signatures in the old format need a tag that may change; the bundle format does not.',
  };
}

function uploadLost({ host, what }: WireContext): Meaning {
  return {
    code: 'registry-upload-lost',
    message: `The registry ${host} lost an upload that ${what} needs.`,
    hint: 'Nothing is visible yet; try again. If it stays so, its replicas do not share their storage.',
  };
}

function notFound(code: string | undefined, body: WireBody, context: WireContext): Meaning {
  const { host, repository, action, what } = context;
  if (body.kind === 'html') return invalidAnswer(context, 'a web page');
  if (action === 'read')
    return {
      code: 'image-not-found',
      message: `There is no such thing as ${what}.`,
      hint:
        code === 'NAME_UNKNOWN'
          ? `The repository ${repository} does not exist at ${host}, or is hidden from this account.`
          : 'Check name and tag.',
    };
  return {
    code: 'registry-repository-unknown',
    message: `The repository ${repository} does not exist at ${host} and is not created by a push, or is hidden from this account.`,
    hint: 'Create it first, or check its name and the login.',
  };
}

function failed({ host }: WireContext): Meaning {
  return {
    code: 'registry-failed',
    message: `The registry ${host} failed.`,
    hint: 'Try again later; its operator finds the reason in its log.',
  };
}

function refused({ host, what }: WireContext): Meaning {
  return {
    code: 'registry-refused',
    message: `The registry ${host} refuses the request for ${what}.`,
    hint: 'See what it said; an older registry may not know this kind of manifest.',
  };
}

function invalidAnswer({ host }: WireContext, what: string): Meaning {
  return {
    code: 'registry-answer-invalid',
    message: `${host} answered with ${what} instead of what a registry says.`,
    hint: 'Check host and port: a proxy, a login page or another program may be answering there.',
  };
}
