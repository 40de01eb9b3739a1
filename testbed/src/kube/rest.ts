/** What can be done with objects: the verbs of the API, past access and admission. */
import { randomBytes } from 'node:crypto';
import type { Access, Actor, Wish } from './access.ts';
import type { Address } from './address.ts';
import { admit } from './admission/admission.ts';
import type { Admitted, AdmissionTools } from './admission/admission.ts';
import { applyJsonPatch } from './json-patch.ts';
import { mergePatch, strategicMerge } from './merge-patch.ts';
import type { ApiObject } from './object-store.ts';
import { checkObject, withDefaults } from './objects-checked.ts';
import { alreadyExists, badRequest, modified, notFound, Refusal } from './refusal.ts';

/** Who does something, and how. */
export interface Manner {
  readonly actor: Actor;
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
}

/** A change that was made, or would have been. */
export interface Done extends Admitted {
  readonly object: ApiObject;
  readonly created: boolean;
}

/** The changing verbs. Each throws a Refusal. */
export class Rest {
  readonly #tools: AdmissionTools;
  readonly #access: Access;

  constructor(tools: AdmissionTools, access: Access) {
    this.#tools = tools;
    this.#access = access;
  }

  demand(actor: Actor, verb: string, address: Address): void {
    this.#access.demand(actor, wishOf(verb, address));
  }

  /** @throws Refusal 404 */
  read({ kind, namespace, name = '' }: Address): ApiObject {
    const object = this.#tools.store.get(kind, namespace, name);
    if (object === undefined) throw notFound(kind, name);
    return object;
  }

  async create(address: Address, body: ApiObject, manner: Manner): Promise<Done> {
    this.demand(manner.actor, 'create', address);
    const { kind, namespace } = address;
    const object = withDefaults(kind, this.#placed(address, body));
    const { name = '' } = object.metadata;
    if (name !== '' && this.#tools.store.get(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
    const admitted = await this.#admit(address, manner, { operation: 'CREATE', name, object, oldObject: null });
    const named = withName(admitted.object ?? object);
    checkObject(kind, named);
    if (manner.dryRun) return { ...admitted, object: this.#tools.store.complete(kind, named), created: true };
    // Two at once have both passed the first look.
    if (this.#tools.store.get(kind, namespace, named.metadata.name ?? '') !== undefined)
      throw alreadyExists(kind, name);
    return { ...admitted, object: this.#tools.store.add(kind, named), created: true };
  }

  async update(address: Address, body: ApiObject, manner: Manner): Promise<Done> {
    this.demand(manner.actor, 'update', address);
    return this.#change(address, () => this.#placed(address, body), manner);
  }

  /** @param type the Content-Type of the patch */
  async patch(
    address: Address,
    patch: { readonly type: string; readonly body: unknown },
    manner: Manner,
  ): Promise<Done> {
    this.demand(manner.actor, 'patch', address);
    const { kind, namespace, name = '' } = address;
    const exists = this.#tools.store.get(kind, namespace, name) !== undefined;
    if (patch.type.startsWith('application/apply-patch') && !exists)
      return this.create({ ...address, name: undefined }, patch.body as ApiObject, manner);
    return this.#change(address, (old) => patched(old, patch), manner);
  }

  async delete(address: Address, manner: Manner): Promise<ApiObject> {
    this.demand(manner.actor, 'delete', address);
    const old = this.read(address);
    const { name = '' } = old.metadata;
    await this.#admit(address, manner, { operation: 'DELETE', name, object: null, oldObject: old });
    if (manner.dryRun) return old;
    if ((old.metadata.finalizers ?? []).length === 0) return this.#tools.store.remove(address.kind, old);
    return this.#tools.store.mark(address.kind, old);
  }

  async #change(address: Address, next: (old: ApiObject) => ApiObject, manner: Manner): Promise<Done> {
    const { kind, name = '', subresource } = address;
    const old = this.read(address);
    const wanted = within(subresource, old, next(old));
    const { resourceVersion } = wanted.metadata;
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) throw modified(kind, name);
    const object = withDefaults(kind, this.#tools.store.successor(kind, old, wanted));
    const admitted = await this.#admit(address, manner, { operation: 'UPDATE', name, object, oldObject: old });
    const result = admitted.object ?? object;
    checkObject(kind, result);
    if (manner.dryRun) return { ...admitted, object: result, created: false };
    const now = this.read(address);
    if (now.metadata.resourceVersion !== old.metadata.resourceVersion) throw modified(kind, name);
    const kept = this.#tools.store.replace(kind, old, result);
    // What waited for its finalizers goes with the last of them.
    if (kept.metadata.deletionTimestamp != null && (kept.metadata.finalizers ?? []).length === 0)
      this.#tools.store.remove(kind, kept);
    return { ...admitted, object: kept, created: false };
  }

  #admit(
    { kind, namespace, subresource }: Address,
    manner: Manner,
    change: {
      readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
      readonly name: string;
      readonly object: ApiObject | null;
      readonly oldObject: ApiObject | null;
    },
  ): Promise<Admitted> {
    const scope = kind.kind === 'Namespace' ? change.name : namespace;
    return admit(this.#tools, { ...manner, ...change, kind, subresource, namespace: scope });
  }

  #placed({ kind, namespace, name }: Address, body: ApiObject): ApiObject {
    const { metadata } = body;
    if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    if (!kind.namespaced) return { ...body, metadata: { ...metadata, ...(name !== undefined && { name }) } };
    if (namespace === undefined) throw badRequest('an empty namespace may not be set during creation');
    if (metadata.namespace !== undefined && metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    const namespaces = this.#tools.kindOf('namespaces');
    if (this.#tools.store.get(namespaces, undefined, namespace) === undefined) throw notFound(namespaces, namespace);
    return { ...body, metadata: { ...metadata, namespace, ...(name !== undefined && { name }) } };
  }
}

function wishOf(verb: string, { kind, namespace, name, subresource }: Address): Wish {
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const scope = kind.kind === 'Namespace' ? undefined : namespace;
  return {
    verb,
    group: kind.group,
    resource,
    ...(scope !== undefined && { namespace: scope }),
    ...(name !== undefined && { name }),
  };
}

function withName(object: ApiObject): ApiObject {
  const { name, generateName } = object.metadata;
  if (name !== undefined || generateName === undefined) return object;
  // The alphabet of the real server: no vowels, nothing that looks like something else.
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  const tail = [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('');
  return { ...object, metadata: { ...object.metadata, name: `${generateName}${tail}` } };
}

/** Of a write to a subresource only its own part counts, and of other writes everything but the status. */
function within(subresource: string | undefined, old: ApiObject, next: ApiObject): ApiObject {
  const { resourceVersion } = next.metadata;
  if (subresource === 'status')
    return { ...old, metadata: { ...old.metadata, resourceVersion }, status: next['status'] };
  if (subresource === 'ephemeralcontainers') {
    const added = (next['spec'] as Readonly<Record<string, unknown>>)['ephemeralContainers'];
    const spec = { ...(old['spec'] as object), ephemeralContainers: added };
    return { ...old, metadata: { ...old.metadata, resourceVersion }, spec };
  }
  return 'status' in old ? { ...next, status: old['status'] } : next;
}

function patched(old: ApiObject, { type, body }: { readonly type: string; readonly body: unknown }): ApiObject {
  if (type.startsWith('application/json-patch+json')) return applyJsonPatch(old, body);
  if (type.startsWith('application/merge-patch+json')) return mergePatch(old, body) as ApiObject;
  if (type.startsWith('application/strategic-merge-patch+json') || type.startsWith('application/apply-patch'))
    return strategicMerge(old, body) as ApiObject;
  throw new Refusal(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json`,
  );
}
