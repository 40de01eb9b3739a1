/** AdmissionReview v1 exactly as the API server sends it, and what it demands of the answer. */
import { apiVersion } from '../kinds.ts';
import type { Kind } from '../kinds.ts';
import type { Actor } from '../access.ts';
import type { ApiObject } from '../object-store.ts';

/** A change on its way into the cluster. */
export interface Change {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: Kind;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** Empty where the server will make one from generateName. */
  readonly name: string;
  readonly actor: Actor;
  readonly object: ApiObject | null;
  readonly oldObject: ApiObject | null;
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
}

/** `{ group, version, kind }` and `{ group, version, resource }` of a change. */
export function requestOf(uid: string, change: Change): Readonly<Record<string, unknown>> {
  const { kind, actor } = change;
  const { group, version } = kind;
  const word = { group, version, kind: kind.kind };
  const resource = { group, version, resource: kind.plural };
  const sub = change.subresource === undefined ? {} : { subResource: change.subresource };
  return {
    ...{ uid, kind: word, resource, ...sub, requestKind: word, requestResource: resource },
    ...(change.subresource === undefined ? {} : { requestSubResource: change.subresource }),
    ...(change.name === '' ? {} : { name: change.name }),
    ...(change.namespace === undefined ? {} : { namespace: change.namespace }),
    operation: change.operation,
    userInfo: { username: actor.name, groups: actor.groups },
    ...{
      object: change.object && typed(change.object, kind),
      oldObject: change.oldObject && typed(change.oldObject, kind),
    },
    dryRun: change.dryRun,
    options: {
      kind: { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' }[change.operation],
      apiVersion: 'meta.k8s.io/v1',
      ...(change.fieldManager === undefined ? {} : { fieldManager: change.fieldManager, fieldValidation: 'Strict' }),
    },
  };
}

function typed(object: ApiObject, kind: Kind): ApiObject {
  return { kind: kind.kind, ...object, apiVersion: apiVersion(kind) };
}

/** What a webhook answered, after the server's own checks. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status: {
    readonly code?: number;
    readonly message?: string;
    readonly reason?: string;
    readonly details?: object;
  };
  /** RFC 6902, parsed. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
}

/**
 * Reads an answer as the API server does.
 *
 * @throws Error in its words for everything it does not accept
 */
export function verdictIn(body: string, uid: string): Verdict {
  const review = parse(body);
  const { apiVersion: version, kind } = review;
  if (version !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview')
    throw new Error(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${String(version)}, Kind=${String(kind)}`,
    );
  const response = review['response'] as Readonly<Record<string, unknown>> | undefined;
  if (response === undefined || response === null) throw new Error('webhook response was absent');
  if (response['uid'] !== uid) throw new Error(`expected response.uid="${uid}", got "${String(response['uid'])}"`);
  const { patch, patchType } = response;
  if (patch !== undefined && patchType === undefined)
    throw new Error('webhook returned response.patch but not response.patchType');
  if (patch === undefined && patchType !== undefined)
    throw new Error('webhook returned response.patchType but not response.patch');
  if (patchType !== undefined && patchType !== 'JSONPatch')
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  return {
    allowed: response['allowed'] === true,
    status: (response['status'] ?? {}) as Verdict['status'],
    patch: typeof patch === 'string' ? JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) : undefined,
    warnings: Array.isArray(response['warnings']) ? response['warnings'].map(String) : [],
  };
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    throw new Error("couldn't get version/kind; json parse error: invalid character");
  }
}
