/** From a refusal of the API server to a fault that says what to do about it. */
import { excerpt } from '@pratique/runtime/fault';
import { readBounded } from '@pratique/runtime/limit';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import type { ApiAnswer } from './connection/transport.ts';
import { kubeFault } from './errors.ts';
import type { KubeFault, KubeFaultCode } from './errors.ts';
import { statusBytes } from './limits.ts';
import { describePlace } from './resource.ts';
import type { KubeResource, ObjectPlace } from './resource.ts';

/** What was asked, in the words of RBAC. */
export interface Asked {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly resource: KubeResource;
  readonly place: ObjectPlace;
}

/** A `Status` object (apimachinery meta/v1), as far as it is read. */
const StatusObject = Type.Object({
  kind: Type.Literal('Status'),
  message: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  code: Type.Optional(Type.Number()),
});

/** What the API server says about a refusal. */
export type ApiStatus = Static<typeof StatusObject>;

/** Reads the Status of a refusal; an answer that holds none gives an empty one. */
export async function readStatus(answer: ApiAnswer): Promise<ApiStatus> {
  const limit = { bytes: statusBytes, what: 'the refusal of the API server' };
  const text = await readBounded(answer.body, limit).then(String, () => '');
  return asStatus(text) ?? { kind: 'Status' };
}

/** The value as a Status, where it is one. */
export function statusFrom(value: unknown): ApiStatus | undefined {
  return Value.Check(StatusObject, value) ? value : undefined;
}

function asStatus(text: string): ApiStatus | undefined {
  try {
    return statusFrom(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The fault for an answer other than 2xx. */
export function statusFault(httpStatus: number, status: ApiStatus, asked: Asked): KubeFault {
  const what = describePlace(asked.resource, asked.place);
  const said = status.message === undefined ? '' : ` It says: ${excerpt(status.message, 1000)}`;
  const { code, why, hint } = meaningOf(httpStatus, status, asked);
  return kubeFault({
    code,
    message: `The API server ${why} (${asked.verb} ${what}).${said}`,
    hint,
    values: {
      status: httpStatus,
      reason: status.reason,
      verb: asked.verb,
      resource: asked.resource.plural,
      ...asked.place,
    },
  });
}

interface Meaning {
  readonly code: KubeFaultCode;
  readonly why: string;
  readonly hint: string;
}

// Only RBAC says it like this; a webhook or a policy that denies answers with the same number and reason.
const byRbac = /\bcannot \S+ (?:resource|path)/;

function meaningOf(httpStatus: number, { reason, message }: ApiStatus, asked: Asked): Meaning {
  if (httpStatus === 401)
    return {
      code: 'api-unauthorized',
      why: 'does not accept the credentials',
      hint: 'The token may have expired, or belong to another cluster: check the service account, or kubectl config view --minify.',
    };
  if (httpStatus === 403 && message !== undefined && !byRbac.test(message)) return refused(reason);
  if (httpStatus === 403) return { code: 'api-forbidden', why: 'does not allow this', hint: missingRule(asked) };
  if (httpStatus === 404)
    return {
      code: 'api-not-found',
      why: 'has no such place',
      hint: 'Check that the namespace exists and that the cluster knows this kind (kubectl api-resources).',
    };
  if (httpStatus === 409 && reason === 'AlreadyExists')
    return {
      code: 'api-already-exists',
      why: 'has an object of this name already',
      hint: 'Read it and update it instead.',
    };
  if (httpStatus === 409)
    return {
      code: 'api-conflict',
      why: 'has a newer version',
      hint: 'Read the object again and repeat the change on it.',
    };
  if (httpStatus === 410)
    return { code: 'api-gone', why: 'does not remember this version any more', hint: 'List the objects anew.' };
  if (httpStatus === 429 || httpStatus >= 500)
    return {
      code: 'api-unavailable',
      why: `cannot answer now (status ${httpStatus})`,
      hint: 'Repeat it later; if it lasts, look at the load of the control plane and at the webhooks it has to call.',
    };
  if (httpStatus >= 300 && httpStatus < 400)
    return {
      code: 'api-answer-invalid',
      why: `redirects (status ${httpStatus}), which is not followed`,
      hint: 'Give the address of the API server itself, not of a login page or proxy in front of it.',
    };
  return refused(reason);
}

function refused(reason: string | undefined): Meaning {
  return {
    code: 'api-refused',
    why: `refuses this${reason === undefined ? '' : ` as ${excerpt(reason)}`}`,
    hint: 'What it says names the field, or the webhook that denied it.',
  };
}

/** The rule of RBAC that would allow what was asked. */
function missingRule({ verb, resource, place }: Asked): string {
  const kind = place.subresource === undefined ? resource.plural : `${resource.plural}/${place.subresource}`;
  // A rule for create or list cannot name objects: they are not known when it is checked.
  const named = place.name === undefined || verb === 'create' ? '' : `resourceNames: ["${place.name}"], `;
  const role =
    place.namespace === undefined
      ? 'a ClusterRole of this account'
      : `a Role of this account in namespace ${place.namespace}`;
  return `Add to ${role}: {apiGroups: ["${resource.group}"], resources: ["${kind}"], ${named}verbs: ["${verb}"]}.`;
}
