/** AdmissionReview v1 and v1beta1 as the API server sends them, reduced to what a decision needs (admission 3.2). */
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { excerpt } from '@pratique/runtime/fault';

/** A request after it was parsed; objects stay as they came. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  /** Empty on creation with `generateName`. */
  readonly name: string;
  readonly namespace: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly user: string;
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly dryRun: boolean;
}

/** The envelope: answers go back in the same version. */
export interface AdmissionReview extends ReviewAddress {
  readonly request: AdmissionRequest;
}

/** To whom an answer goes. */
export interface ReviewAddress {
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
}

/** What came, or why nothing can be decided about it. */
export type ReviewReading =
  | { readonly state: 'read'; readonly review: AdmissionReview }
  /** Nothing was asked (`null`, `{}`, no request): a mistake of whoever sent it, not a workload to refuse. */
  | { readonly state: 'empty' }
  /** No object at all, so not even the address of an answer is known. */
  | { readonly state: 'no-review' }
  /** Something was asked that cannot be understood; it is refused (ADM-4). */
  | { readonly state: 'malformed'; readonly address: ReviewAddress; readonly problem: string };

const text = (maxLength: number) => Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength })]));
const group = text(253);

const RequestSchema = Type.Object({
  uid: text(128),
  kind: Type.Optional(Type.Union([Type.Null(), Type.Object({ group, version: text(63), kind: text(253) })])),
  resource: Type.Optional(Type.Union([Type.Null(), Type.Object({ group, version: text(63), resource: text(253) })])),
  subResource: text(253),
  name: text(253),
  namespace: text(253),
  operation: text(16),
  dryRun: Type.Optional(Type.Union([Type.Null(), Type.Boolean()])),
  userInfo: Type.Optional(Type.Union([Type.Null(), Type.Object({ username: text(4096) })])),
});
type Request = Type.Static<typeof RequestSchema>;
const schema = Compile(RequestSchema);

const operations = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

/**
 * Reads the parsed JSON of an AdmissionReview. Absent and null are alike, as for the decoder of Kubernetes; a field of the wrong
 * type makes the review malformed. Never throws.
 *
 * @param body what `JSON.parse` gave
 */
export function readAdmissionReview(body: unknown): ReviewReading {
  if (body === null) return { state: 'empty' };
  if (typeof body !== 'object' || Array.isArray(body)) return { state: 'no-review' };
  const envelope = body as { apiVersion?: unknown; kind?: unknown; request?: unknown };
  const { request } = envelope;
  if (request === undefined || request === null) return { state: 'empty' };
  const address = {
    apiVersion: shortText(envelope.apiVersion, 'admission.k8s.io/v1'),
    kind: shortText(envelope.kind, 'AdmissionReview'),
    uid: typeof request === 'object' && 'uid' in request ? shortText(request.uid, '') : '',
  };
  if (!schema.Check(request)) {
    return { state: 'malformed', address, problem: `malformed admission request: ${flawOf(request)}` };
  }
  // Without an operation everything is looked at, as on creation.
  const operation = request.operation ?? 'CREATE';
  if (!isOperation(operation)) {
    const shown = excerpt(operation, 20);
    return { state: 'malformed', address, problem: `malformed admission request: unknown operation "${shown}"` };
  }
  return { state: 'read', review: { ...address, request: requestOf(request, operation) } };
}

function requestOf(
  request: Request & { readonly object?: unknown; readonly oldObject?: unknown },
  operation: AdmissionRequest['operation'],
): AdmissionRequest {
  const { kind, resource, subResource } = request;
  return {
    uid: request.uid ?? '',
    kind: { group: kind?.group ?? '', version: kind?.version ?? '', kind: kind?.kind ?? '' },
    resource: { group: resource?.group ?? '', version: resource?.version ?? '', resource: resource?.resource ?? '' },
    ...(subResource === undefined || subResource === null || subResource === '' ? {} : { subResource }),
    name: request.name ?? '',
    namespace: request.namespace ?? '',
    operation,
    user: request.userInfo?.username ?? '',
    object: request.object,
    oldObject: request.oldObject,
    dryRun: request.dryRun ?? false,
  };
}

function isOperation(value: string): value is AdmissionRequest['operation'] {
  return operations.has(value);
}

/** Where the request departs from the schema; never the values, which may hold anything. */
function flawOf(request: unknown): string {
  if (typeof request !== 'object' || Array.isArray(request)) return 'the request is not an object';
  const [first] = schema.Errors(request);
  return excerpt(`request${first?.instancePath.replaceAll('/', '.') ?? ''} has the wrong type or length`, 200);
}

function shortText(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' && value.length <= 128 ? value : otherwise;
}
