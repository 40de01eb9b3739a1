/** The API over HTTP: reads requests, asks `Rest`, writes answers with the headers of the real server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { readBounded } from '@pratique/runtime/limit';
import { parse as parseYaml } from 'yaml';
import type { Access, Actor } from './access.ts';
import { actorOf } from './access.ts';
import { addressOf } from './address.ts';
import type { Address } from './address.ts';
import { AdmissionRefusal } from './admission/admission.ts';
import { discoveryAnswer } from './discovery.ts';
import { apiVersion } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { ApiObject, ObjectStore } from './object-store.ts';
import { objectInProtobuf } from './protobuf.ts';
import { badRequest, noSuchPath, Refusal } from './refusal.ts';
import type { Manner, Rest } from './rest.ts';
import { selectionOf } from './selectors.ts';
import { tableOf } from './table.ts';
import type { Trouble } from './trouble.ts';
import { streamWatch } from './watch-stream.ts';

/** What the server stands on. */
export interface ApiParts {
  readonly kinds: readonly Kind[];
  readonly store: ObjectStore;
  readonly rest: Rest;
  readonly access: Access;
  readonly tokens: ReadonlyMap<string, Actor>;
  readonly trouble: Trouble;
  readonly now: () => Date;
  /** `METHOD path?query` of every request, in order. */
  readonly asked: string[];
  /** What pods have printed, by `namespace/name`; `namespace/name/previous` for the container before. */
  readonly logs: ReadonlyMap<string, string>;
}

/** A request, read so far that it can be judged. */
interface Ask {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly actor: Actor;
}

interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

/** Answers one request; never throws. */
export async function answerRequest(
  parts: ApiParts,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(incoming.url ?? '/', 'https://kubernetes.default.svc');
    const method = incoming.method ?? 'GET';
    const line = `${method} ${url.pathname}${url.search}`;
    remember(parts.asked, line);
    if (await interfered(parts.trouble, line, incoming)) return;
    const actor = actorOf(incoming.headers.authorization, parts.tokens);
    const ask = { method, path: url.pathname, query: url.searchParams, incoming, response, actor };
    const answer = await route(parts, ask);
    if (answer !== undefined) write(response, answer);
  } catch (error) {
    refuse(response, error);
  }
}

/** A demo runs for days. */
function remember(asked: string[], line: string): void {
  asked.push(line);
  if (asked.length > 20_000) asked.splice(0, 10_000);
}

async function interfered(trouble: Trouble, line: string, incoming: IncomingMessage): Promise<boolean> {
  const planned = trouble.for(line);
  if (planned === undefined) return false;
  if (planned === 'drop') {
    incoming.socket.destroy();
    return true;
  }
  if ('delayMs' in planned) {
    await pause(planned.delayMs);
    return false;
  }
  const headers: Record<string, string> =
    planned.retryAfter === undefined ? {} : { 'retry-after': String(planned.retryAfter) };
  throw new Refusal(planned.status, 'InternalError', planned.message ?? 'trouble made on purpose', { headers });
}

async function route(parts: ApiParts, ask: Ask): Promise<Answer | undefined> {
  if (/^\/(?:healthz|readyz|livez)$/.test(ask.path)) return { body: 'ok' };
  const said = ask.method === 'GET' ? discoveryAnswer(ask.path, parts.kinds) : undefined;
  if (said !== undefined) return { body: said };
  const address = addressOf(ask.path, parts.kinds);
  if (address === undefined) throw noSuchPath();
  if (address.kind.group === 'authorization.k8s.io') return review(parts, ask, address.kind);
  if (ask.method === 'GET') return read(parts, ask, address);
  const changed = await change(parts, ask, address);
  return { ...changed, warnings: [...deprecation(address.kind), ...(changed.warnings ?? [])] };
}

function read(parts: ApiParts, ask: Ask, address: Address): Answer | undefined {
  const { query, response, actor } = ask;
  const { kind, namespace, name, subresource } = address;
  const watches = query.get('watch') === 'true' || query.get('watch') === '1';
  const one = { ...address, name: name ?? nameIn(query) };
  parts.rest.demand(actor, watches ? 'watch' : name === undefined ? 'list' : 'get', one);
  const warnings = deprecation(kind);
  if (watches) {
    if (warnings.length > 0) response.setHeader('warning', warnings.map(warningText));
    streamWatch(parts.store, { kind, namespace, name, query }, response);
    return undefined;
  }
  const asTable = (ask.incoming.headers.accept ?? '').includes('as=Table');
  const table = (objects: readonly ApiObject[]) =>
    tableOf(kind, objects, { version: String(parts.store.version), now: parts.now() });
  if (name !== undefined) {
    const object = parts.rest.read(address);
    if (subresource === 'log') return { body: logOf(parts, address, query) };
    return { body: asTable ? table([object]) : object, warnings };
  }
  const { items, next } = page(parts.store.list(kind, namespace).filter(selectionOf(query)), query);
  if (asTable) return { body: table(items), warnings };
  const metadata = { resourceVersion: String(parts.store.version), ...(next && { continue: next }) };
  // Items of a list have neither kind nor version of their own.
  const bare = items.map(({ apiVersion: _version, kind: _kind, ...object }) => object);
  return { body: { kind: `${kind.kind}List`, apiVersion: apiVersion(kind), metadata, items: bare }, warnings };
}

/** A list or watch of one name counts as one of that object: that is what lets `resourceNames` of a rule allow it. */
function nameIn(query: URLSearchParams): string | undefined {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
}

function page(objects: readonly ApiObject[], query: URLSearchParams) {
  const limit = Number(query.get('limit') ?? 0) || Infinity;
  const after = Buffer.from(query.get('continue') ?? '', 'base64').toString('utf8');
  const rest = objects.filter((object) => placeOf(object) > after);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next =
    rest.length > items.length && last !== undefined ? Buffer.from(placeOf(last)).toString('base64') : undefined;
  return { items, next };
}

function placeOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

function logOf({ logs }: ApiParts, { namespace, name }: Address, query: URLSearchParams): string {
  const previous = query.get('previous') === 'true';
  const text = logs.get(`${namespace}/${name}${previous ? '/previous' : ''}`);
  if (text === undefined && previous) throw badRequest(`previous terminated container in pod "${name}" not found`);
  return text ?? '';
}

async function change({ rest }: ApiParts, ask: Ask, address: Address): Promise<Answer> {
  const { method, query, incoming, actor } = ask;
  const type = incoming.headers['content-type'] ?? 'application/json';
  const sent = await readBounded(incoming, { bytes: 3 * 1024 * 1024, what: 'the request' });
  // The options of a deletion are not heeded.
  const body = method === 'DELETE' ? undefined : bodyOf(sent, type);
  const manner: Manner = {
    ...{ actor, dryRun: query.get('dryRun') === 'All', fieldManager: query.get('fieldManager') ?? undefined },
  };
  if (method === 'POST' && address.name === undefined) {
    const { object, warnings } = await rest.create(address, objectIn(body, address.kind), manner);
    return { status: 201, body: object, warnings };
  }
  if (address.name === undefined)
    throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  if (method === 'PUT') {
    const { object, warnings } = await rest.update(address, objectIn(body, address.kind), manner);
    return { body: object, warnings };
  }
  if (method === 'PATCH') {
    const { object, warnings, created } = await rest.patch(address, { type, body }, manner);
    return { status: created ? 201 : 200, body: object, warnings };
  }
  if (method !== 'DELETE')
    throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  const { metadata } = await rest.delete(address, manner);
  const details = { name: metadata.name, kind: address.kind.plural, uid: metadata.uid };
  return { body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

function bodyOf(bytes: Buffer, type: string): unknown {
  if (bytes.length === 0) return {};
  if (type.includes('protobuf')) return objectInProtobuf(bytes);
  try {
    return type.includes('yaml')
      ? parseYaml(bytes.toString('utf8'), { version: '1.1', logLevel: 'error' })
      : JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type JSON or YAML): ${(error as Error).message}`);
  }
}

function objectIn(body: unknown, kind: Kind): ApiObject {
  const object = body as ApiObject | undefined;
  const given = { apiVersion: object?.apiVersion ?? apiVersion(kind), kind: object?.kind ?? kind.kind };
  if (given.apiVersion !== apiVersion(kind) || given.kind !== kind.kind)
    throw badRequest(
      `the API version in the data (${given.apiVersion}, Kind=${given.kind}) does not match the expected API version (${apiVersion(kind)}, Kind=${kind.kind})`,
    );
  return { ...object, ...given, metadata: object?.metadata ?? {} };
}

interface ReviewSpec {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly resourceAttributes?: Readonly<
    Record<'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name', string | undefined>
  >;
}

/** SubjectAccessReview and its sister about oneself. */
async function review({ access }: ApiParts, ask: Ask, kind: Kind): Promise<Answer> {
  const sent = await readBounded(ask.incoming, { bytes: 65_536, what: 'the review' });
  const body = bodyOf(sent, ask.incoming.headers['content-type'] ?? '') as { readonly spec: ReviewSpec };
  const { user = '', groups = [], resourceAttributes: wish } = body.spec;
  const actor: Actor = kind.kind.startsWith('Self') ? ask.actor : { name: user, groups, rules: 'roles' };
  const resource = wish?.subresource ? `${wish.resource}/${wish.subresource}` : (wish?.resource ?? '');
  const place = { ...(wish?.namespace && { namespace: wish.namespace }), ...(wish?.name && { name: wish.name }) };
  const allowed = access.allows(actor, { verb: wish?.verb ?? '', group: wish?.group ?? '', resource, ...place });
  return {
    status: 201,
    body: { ...body, apiVersion: apiVersion(kind), kind: kind.kind, metadata: {}, status: { allowed } },
  };
}

function deprecation({ kind }: Kind): readonly string[] {
  return kind === 'Endpoints' ? ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'] : [];
}

function write(response: ServerResponse, { status = 200, body, warnings = [] }: Answer): void {
  if (warnings.length > 0) response.setHeader('warning', warnings.map(warningText));
  const text = typeof body === 'string';
  response.writeHead(status, { 'content-type': text ? 'text/plain' : 'application/json' });
  response.end(text ? body : JSON.stringify(body));
}

/** RFC 7234: 299, no agent, the text quoted. */
function warningText(text: string): string {
  return `299 - "${text.replaceAll(/[^\t -~]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`;
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
  if (error instanceof AdmissionRefusal && error.warnings.length > 0)
    response.setHeader('warning', error.warnings.map(warningText));
  response.writeHead(refusal.code, { 'content-type': 'application/json', ...refusal.headers });
  response.end(JSON.stringify(refusal.status));
}
