/** Refusals as the real API server words them. */
import { qualified } from './kinds.ts';
import type { Kind } from './kinds.ts';

/** A Status of the API with its number. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Of the answer: `retry-after`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: number,
    reason: string,
    message: string,
    more: {
      readonly details?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }

  /** The body of the answer. */
  get status(): Readonly<Record<string, unknown>> {
    return {
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
      ...{ message: this.message, reason: this.reason, details: this.details, code: this.code },
    };
  }
}

function detailsOf(kind: Kind, name: string): Readonly<Record<string, unknown>> {
  return { name, ...(kind.group && { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): Refusal {
  return new Refusal(404, 'NotFound', `${qualified(kind)} "${name}" not found`, { details: detailsOf(kind, name) });
}

export function noSuchPath(): Refusal {
  return new Refusal(404, 'NotFound', 'the server could not find the requested resource');
}

export function alreadyExists(kind: Kind, name: string): Refusal {
  return new Refusal(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, {
    details: detailsOf(kind, name),
  });
}

export function modified(kind: Kind, name: string): Refusal {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new Refusal(409, 'Conflict', message, { details: detailsOf(kind, name) });
}

/** @param flaw `spec.template.spec.containers[0].image: Required value` */
export function invalid(kind: Kind, name: string, flaw: string): Refusal {
  const title = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const field = flaw.split(':', 1)[0] ?? '';
  return new Refusal(422, 'Invalid', `${title} "${name}" is invalid: ${flaw}`, {
    details: {
      ...detailsOf(kind, name),
      kind: kind.kind,
      causes: [{ reason: 'FieldValueInvalid', message: flaw, field }],
    },
  });
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}

/** A JSON patch that does not apply; the real server keeps to itself why, so only `cause` has it. */
export function patchDoesNotApply(why: string): Refusal {
  const refusal = new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request');
  refusal.cause = why;
  return refusal;
}

export function internal(message: string): Refusal {
  return new Refusal(500, 'InternalError', `Internal error occurred: ${message}`, {
    details: { causes: [{ message }] },
  });
}

export function tooOld(asked: number, oldest: number): Refusal {
  return new Refusal(410, 'Expired', `too old resource version: ${asked} (${oldest})`);
}

export function unauthorized(): Refusal {
  return new Refusal(401, 'Unauthorized', 'Unauthorized');
}

/** What was attempted, for a refusal of access. */
export interface Attempt {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With the subresource: `pods/log`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** A refusal by RBAC. */
export function forbidden({ user, verb, group, resource, namespace, name }: Attempt): Refusal {
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const [plural = resource] = resource.split('/');
  const object = `${group === '' ? plural : `${plural}.${group}`}${name === undefined ? '' : ` "${name}"`}`;
  const message = `${object} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return new Refusal(403, 'Forbidden', message, { details: { name, group, kind: plural } });
}
