/** Lists, page by page. */
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { Transport } from './connection/transport.ts';
import { kubeFault } from './errors.ts';
import { listEntries, pageBytes, pageEntries } from './limits.ts';
import { asKubeObject } from './object.ts';
import type { KubeObject } from './object.ts';
import { ask } from './requests.ts';
import { apiVersionOf, describePlace, objectPath } from './resource.ts';
import type { KubeResource } from './resource.ts';

/** Which objects of a kind. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** `app=web,tier!=cache` */
  readonly labelSelector?: string;
  /** `metadata.name=web` */
  readonly fieldSelector?: string;
  readonly signal?: AbortSignal;
}

/** A list as it stood at one version. */
export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

const Page = Type.Object({
  metadata: Type.Object({
    resourceVersion: Type.Optional(Type.String()),
    continue: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
  items: Type.Union([Type.Array(Type.Unknown()), Type.Null()]),
});

/**
 * All objects of a selection, read in pages.
 *
 * @throws Fault `api-gone` when the pages outlast what the server remembers (the caller begins anew), `api-answer-too-large`
 * beyond the number of objects that are read, and the other faults of the API
 */
export async function listAll(transport: Transport, resource: KubeResource, selection: Selection): Promise<ObjectList> {
  const items: KubeObject[] = [];
  let next = '';
  for (;;) {
    const page = await readPage(transport, { resource, selection, next });
    for (const item of page.items ?? []) items.push(complete(resource, item));
    if (items.length > listEntries) throw tooMany(resource, selection);
    next = page.metadata.continue ?? '';
    if (next === '') return { items, resourceVersion: page.metadata.resourceVersion ?? '' };
  }
}

interface PageRequest {
  readonly resource: KubeResource;
  readonly selection: Selection;
  readonly next: string;
}

async function readPage(transport: Transport, { resource, selection, next }: PageRequest) {
  const query = selectionQuery(selection);
  query.set('limit', String(pageEntries));
  if (next !== '') query.set('continue', next);
  const place = { namespace: selection.namespace };
  const page = await ask(transport, {
    method: 'GET',
    path: `${objectPath(resource, place)}?${query.toString()}`,
    asked: { verb: 'list', resource, place: { ...place, name: nameIn(selection) } },
    bytes: pageBytes,
    signal: selection.signal,
  });
  if (page === undefined)
    throw kubeFault({
      code: 'api-not-found',
      message: `The API server does not know ${describePlace(resource, place)} (${apiVersionOf(resource)}).`,
      hint: 'The cluster may be too old or lack a CustomResourceDefinition: kubectl api-resources shows what it knows.',
    });
  if (Value.Check(Page, page)) return page;
  throw kubeFault({
    code: 'api-answer-invalid',
    message: `The API server answered for ${describePlace(resource, place)} with something that is not a list.`,
    hint: 'Check that the address is that of a Kubernetes API server and not of a proxy in front of it.',
  });
}

/** The one name a selection is about; a rule of RBAC with `resourceNames` allows such a list or watch. */
export function nameIn({ fieldSelector = '' }: Selection): string | undefined {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(fieldSelector)?.[1];
}

/** The query of a selection. */
export function selectionQuery({ labelSelector, fieldSelector }: Selection): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
  if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
  return query;
}

/** Items of a list come without kind and version, which who reads them needs. */
function complete(resource: KubeResource, item: unknown): KubeObject {
  const object = asKubeObject(item, describePlace(resource));
  if (object.kind !== undefined) return object;
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

function tooMany(resource: KubeResource, selection: Selection): Error {
  return kubeFault({
    code: 'api-answer-too-large',
    message: `There are more than ${listEntries} ${describePlace(resource, { namespace: selection.namespace })}.`,
    hint: 'Ask for one namespace, or with a label selector.',
    values: { limit: listEntries },
  });
}
