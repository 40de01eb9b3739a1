/** Who may do what: bearer tokens, with rules given directly or as Role objects say. */
import type { Kind } from './kinds.ts';
import type { ApiObject, ObjectStore } from './object-store.ts';
import { forbidden, unauthorized } from './refusal.ts';

/** A rule in the form of RBAC; `*` stands for everything. */
export interface AccessRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** With subresources: `pods/log`. */
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  /** Absent: everywhere. */
  readonly namespaces?: readonly string[];
}

/** Who a request comes from. */
export interface Actor {
  readonly name: string;
  readonly groups: readonly string[];
  /** `all`, the rules themselves, or what Roles and bindings of the cluster give this name. */
  readonly rules: 'all' | 'roles' | readonly AccessRule[];
}

/** One thing somebody wants to do. */
export interface Wish {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** The one who may do everything; what the test bed itself does is done as this. */
export const administrator: Actor = { name: 'kubernetes-admin', groups: ['system:masters'], rules: 'all' };

/** An actor for the account of a pod; its rights are what the cluster's Roles say. */
export function serviceAccount(namespace: string, name: string): Actor {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    rules: 'roles',
  };
}

/** The actor of an `Authorization` header. @throws Refusal 401 */
export function actorOf(header: string | undefined, tokens: ReadonlyMap<string, Actor>): Actor {
  const actor = tokens.get(/^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '');
  if (actor === undefined) throw unauthorized();
  return actor;
}

/** Decides over wishes, reading Roles from the cluster itself. */
export class Access {
  readonly #store: ObjectStore;
  readonly #kinds: (plural: string) => Kind;

  constructor(store: ObjectStore, kinds: (plural: string) => Kind) {
    this.#store = store;
    this.#kinds = kinds;
  }

  /** @throws Refusal 403 */
  demand(actor: Actor, wish: Wish): void {
    if (this.allows(actor, wish)) return;
    throw forbidden({ user: actor.name, ...wish, namespace: wish.namespace, name: wish.name });
  }

  allows(actor: Actor, wish: Wish): boolean {
    if (actor.rules === 'all') return true;
    const rules = actor.rules === 'roles' ? this.#rulesOf(actor) : actor.rules;
    return rules.some((rule) => permits(rule, wish));
  }

  #rulesOf(actor: Actor): readonly AccessRule[] {
    const everywhere = this.#store.list(this.#kinds('clusterrolebindings')).filter((one) => binds(one, actor));
    const within = this.#store.list(this.#kinds('rolebindings')).filter((one) => binds(one, actor));
    return [
      ...everywhere.flatMap((binding) => this.#granted(binding, undefined)),
      ...within.flatMap((binding) => this.#granted(binding, binding.metadata.namespace)),
    ];
  }

  #granted(binding: ApiObject, namespace: string | undefined): readonly AccessRule[] {
    const role = binding['roleRef'] as { readonly kind?: string; readonly name?: string } | undefined;
    const kind = this.#kinds(role?.kind === 'Role' ? 'roles' : 'clusterroles');
    const rules = this.#store.get(kind, namespace, role?.name ?? '')?.['rules'];
    const scope = namespace === undefined ? {} : { namespaces: [namespace] };
    return Array.isArray(rules) ? (rules as readonly AccessRule[]).map((rule) => ({ ...rule, ...scope })) : [];
  }
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function binds(binding: ApiObject, actor: Actor): boolean {
  const subjects = (binding['subjects'] ?? []) as readonly Subject[];
  return subjects.some(({ kind, name = '', namespace = binding.metadata.namespace }) => {
    if (kind === 'ServiceAccount') return actor.name === `system:serviceaccount:${namespace}:${name}`;
    return kind === 'Group' ? actor.groups.includes(name) : kind === 'User' && actor.name === name;
  });
}

function permits(rule: AccessRule, { verb, group, resource, namespace, name }: Wish): boolean {
  const names = rule.resourceNames ?? [];
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups ?? [], group) &&
    has(rule.resources ?? [], resource) &&
    (names.length === 0 || (name !== undefined && names.includes(name))) &&
    (rule.namespaces === undefined || (namespace !== undefined && rule.namespaces.includes(namespace)))
  );
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
