/** Takes a change past all webhooks it concerns. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '../kinds.ts';
import { applyJsonPatch } from '../json-patch.ts';
import type { ApiObject, ObjectStore } from '../object-store.ts';
import { internal, Refusal } from '../refusal.ts';
import type { WebhookCaller } from './call.ts';
import { requestOf, verdictIn } from './review.ts';
import type { Change, Verdict } from './review.ts';
import { concerns, webhooksIn } from './webhook.ts';
import type { Webhook } from './webhook.ts';

/** One call of a webhook, for those who look on. */
export interface WebhookCall {
  readonly webhook: string;
  readonly operation: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** The request part of the review that was sent. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Absent where the call failed. */
  readonly verdict?: Verdict;
  /** What the server says where the call failed. */
  readonly failure?: string;
  /** Milliseconds between sending and having the answer. */
  readonly ms: number;
}

/** What came of it. */
export interface Admitted {
  /** With all patches. */
  readonly object: ApiObject | null;
  readonly warnings: readonly string[];
  readonly calls: readonly WebhookCall[];
}

/** A refusal by a webhook, with what was known until then. */
export class AdmissionRefusal extends Refusal {
  readonly warnings: readonly string[];
  readonly calls: readonly WebhookCall[];

  constructor(refusal: Refusal, warnings: readonly string[], calls: readonly WebhookCall[]) {
    super(refusal.code, refusal.reason, refusal.message, { details: refusal.details });
    this.warnings = warnings;
    this.calls = calls;
  }
}

/** What admission stands on. */
export interface AdmissionTools {
  readonly store: ObjectStore;
  readonly kindOf: (plural: string) => Kind;
  readonly caller: WebhookCaller;
  /** Told of every call. */
  readonly called: (call: WebhookCall) => void;
}

/** The mutating webhooks one after the other, each seeing what the one before made of it; then the validating ones. */
export async function admit(tools: AdmissionTools, change: Change): Promise<Admitted> {
  const passage = new Passage(tools, change);
  // The API server never asks webhooks about webhooks, or one that is down could not be removed.
  if (/^(?:mutating|validating)/.test(change.kind.plural)) return passage.result;
  try {
    await passage.mutate();
    await passage.validate();
  } catch (error) {
    if (error instanceof Refusal) throw new AdmissionRefusal(error, passage.result.warnings, passage.result.calls);
    throw error;
  }
  return passage.result;
}

class Passage {
  readonly #tools: AdmissionTools;
  #change: Change;
  readonly #warnings: string[] = [];
  readonly #calls: WebhookCall[] = [];

  constructor(tools: AdmissionTools, change: Change) {
    this.#tools = tools;
    this.#change = change;
  }

  get result(): Admitted {
    return { object: this.#change.object, warnings: this.#warnings, calls: this.#calls };
  }

  async mutate(): Promise<void> {
    const all = this.#webhooks('mutatingwebhookconfigurations');
    const asked = new Map<Webhook, ApiObject | null>();
    for (const webhook of all) {
      if (!this.#isConcerned(webhook)) continue;
      await this.#mutateWith(webhook);
      asked.set(webhook, this.#change.object);
    }
    // Once more where a later one changed what an earlier one had seen.
    for (const [webhook, seen] of asked)
      if (webhook.reinvocationPolicy === 'IfNeeded' && !isDeepStrictEqual(seen, this.#change.object))
        await this.#mutateWith(webhook);
  }

  async validate(): Promise<void> {
    const webhooks = this.#webhooks('validatingwebhookconfigurations').filter((webhook) => this.#isConcerned(webhook));
    await Promise.all(webhooks.map((webhook) => this.#ask(webhook)));
  }

  async #mutateWith(webhook: Webhook): Promise<void> {
    const verdict = await this.#ask(webhook);
    if (verdict?.patch === undefined) return;
    this.#change = { ...this.#change, object: afterPatch(this.#change.object, verdict.patch) };
  }

  #webhooks(plural: string): readonly Webhook[] {
    return webhooksIn(this.#tools.store, this.#tools.kindOf(plural));
  }

  #isConcerned(webhook: Webhook): boolean {
    const { store, kindOf } = this.#tools;
    const namespace = this.#change.namespace;
    return concerns(
      webhook,
      this.#change,
      namespace === undefined ? undefined : store.get(kindOf('namespaces'), undefined, namespace),
    );
  }

  /** @returns undefined where the call failed and that is to be ignored. */
  async #ask(webhook: Webhook): Promise<Verdict | undefined> {
    if (this.#change.dryRun && !['None', 'NoneOnDryRun'].includes(webhook.sideEffects ?? ''))
      throw new Refusal(400, 'BadRequest', `admission webhook "${webhook.name}" does not support dry run`);
    const uid = randomUUID();
    const request = requestOf(uid, this.#change);
    const begun = performance.now();
    const { kind, namespace, name, operation } = this.#change;
    const told = { webhook: webhook.name, operation, kind: kind.kind, namespace, name, request };
    try {
      const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
      const verdict = verdictIn(await this.#tools.caller.post(webhook, JSON.stringify(review)), uid);
      this.#tell({ ...told, verdict, ms: performance.now() - begun });
      this.#warnings.push(...verdict.warnings);
      if (!verdict.allowed) throw denied(webhook.name, verdict);
      return verdict;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const failure = `failed calling webhook "${webhook.name}": ${error instanceof Error ? error.message : String(error)}`;
      this.#tell({ ...told, failure, ms: performance.now() - begun });
      if (webhook.failurePolicy === 'Ignore') return undefined;
      throw internal(failure);
    }
  }

  #tell(call: WebhookCall): void {
    this.#calls.push(call);
    this.#tools.called(call);
  }
}

function afterPatch(object: ApiObject | null, patch: unknown): ApiObject | null {
  try {
    return applyJsonPatch(object, patch);
  } catch (error) {
    throw internal(error instanceof Refusal ? String(error.cause) : String(error));
  }
}

function denied(name: string, { status }: Verdict): Refusal {
  const by = `admission webhook "${name}" denied the request`;
  const why = status.message || status.reason;
  // A refusal below 400 would look like success.
  const code = status.code === undefined || status.code < 400 ? 400 : status.code;
  return new Refusal(code, status.reason ?? '', why ? `${by}: ${why}` : `${by} without explanation`, {
    details: { ...status.details },
  });
}
