/** Webhooks as MutatingWebhookConfiguration and its validating sister register them, and which of them a change concerns. */
import { Environment } from '@marcbachmann/cel-js';
import type { Kind } from '../kinds.ts';
import type { ApiObject, ObjectStore } from '../object-store.ts';
import { Refusal } from '../refusal.ts';
import { qualified } from '../kinds.ts';
import { fitsSelector } from '../selectors.ts';
import type { LabelSelector } from '../selectors.ts';
import { requestOf } from './review.ts';
import type { Change } from './review.ts';

/** One entry of `webhooks`. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    readonly caBundle?: string | null;
    readonly url?: string;
    readonly service?: {
      readonly namespace: string;
      readonly name: string;
      readonly path?: string;
      readonly port?: number;
    };
  };
  readonly rules?: readonly Rule[] | null;
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly namespaceSelector?: LabelSelector | null;
  readonly objectSelector?: LabelSelector | null;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[] | null;
}

interface Rule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope?: string;
}

/** All webhooks of a kind of configuration, by the names of the configurations. */
export function webhooksIn(store: ObjectStore, kind: Kind): readonly Webhook[] {
  return store.list(kind).flatMap((object) => (object['webhooks'] ?? []) as readonly Webhook[]);
}

/**
 * Whether a webhook is asked about a change.
 *
 * @param namespace the object of the namespace, with its labels
 * @throws Refusal 403 where a condition cannot be evaluated and the policy is to fail
 */
export function concerns(webhook: Webhook, change: Change, namespace: ApiObject | undefined): boolean {
  if (!(webhook.rules ?? []).some((rule) => fitsRule(rule, change))) return false;
  const labels = change.kind.kind === 'Namespace' ? change.object?.metadata.labels : namespace?.metadata.labels;
  const scoped = change.namespace !== undefined || change.kind.kind === 'Namespace';
  if (scoped && !fitsSelector(webhook.namespaceSelector, labels)) return false;
  const either = [change.object, change.oldObject].filter((object) => object !== null);
  if (!either.some((object) => fitsSelector(webhook.objectSelector, object.metadata.labels))) return false;
  return meetsConditions(webhook, change);
}

function fitsRule(rule: Rule, { operation, kind, subresource }: Change): boolean {
  const wanted = subresource === undefined ? [kind.plural, '*', '*/*'] : subresourceNames(kind.plural, subresource);
  const scope = rule.scope ?? '*';
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, kind.group) &&
    has(rule.apiVersions, kind.version) &&
    rule.resources.some((resource) => wanted.includes(resource)) &&
    (scope === '*' || (scope === 'Namespaced') === kind.namespaced)
  );
}

function subresourceNames(plural: string, subresource: string): readonly string[] {
  return [`${plural}/${subresource}`, `${plural}/*`, `*/${subresource}`, '*/*'];
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
for (const name of ['object', 'oldObject', 'request']) cel.registerVariable(name, 'dyn');

/** Conditions of CEL: one that is false skips the webhook; one that cannot be evaluated counts as the failure policy says. */
function meetsConditions(webhook: Webhook, change: Change): boolean {
  const context = { object: change.object, oldObject: change.oldObject, request: requestOf('', change) };
  const mistakes: string[] = [];
  for (const { name, expression } of webhook.matchConditions ?? []) {
    try {
      if (cel.evaluate(expression, context) !== true) return false;
    } catch (error) {
      mistakes.push(`${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    }
  }
  if (mistakes.length === 0) return true;
  if (webhook.failurePolicy === 'Ignore') return false;
  const message = `${qualified(change.kind)} "${change.name}" is forbidden: ${mistakes.join(', ')}`;
  throw new Refusal(403, 'Forbidden', message);
}
