/** What would happen to a manifest: every object of it is taken through the API, webhooks and all. */
import { parseAllDocuments } from 'yaml';
import type { Actor } from './access.ts';
import { administrator } from './access.ts';
import { AdmissionRefusal } from './admission/admission.ts';
import type { WebhookCall } from './admission/admission.ts';
import type { Kind } from './kinds.ts';
import { apiVersion } from './kinds.ts';
import { strategicMerge } from './merge-patch.ts';
import type { ApiObject, ObjectStore } from './object-store.ts';
import { internal, Refusal } from './refusal.ts';
import type { Done, Rest } from './rest.ts';

/** How a manifest is tried. */
export interface TrialOptions {
  /** For objects that name none; `default` where absent. */
  readonly namespace?: string;
  /** Nothing is kept; true where absent. */
  readonly dryRun?: boolean;
  /** As whom; the administrator where absent. */
  readonly actor?: Actor;
}

/** One webhook that was asked. */
export interface TriedWebhook {
  readonly name: string;
  readonly ms: number;
  readonly allowed: boolean;
  /** What the API server says where it got no usable answer. */
  readonly failure?: string;
  /** RFC 6902; empty where it changed nothing. */
  readonly patch: readonly unknown[];
}

/** What became of one object. */
export interface TriedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly outcome: 'allowed' | 'denied';
  /** What kubectl would print: `created`, `configured`. Absent where it was denied. */
  readonly did?: 'created' | 'configured';
  /** As kubectl prints it after `Error from server (…): `; absent where it was allowed. */
  readonly message?: string;
  /** Of the answer: 201, 200, 403, 422, … */
  readonly code: number;
  readonly warnings: readonly string[];
  /** As it would be kept. */
  readonly object?: ApiObject;
  readonly webhooks: readonly TriedWebhook[];
}

/** What became of a manifest. */
export type Trial =
  | { readonly state: 'tried'; readonly objects: readonly TriedObject[] }
  /** Not one object was looked at. */
  | { readonly state: 'unreadable'; readonly problem: string };

/** What a trial needs. */
export interface TrialTools {
  readonly kinds: readonly Kind[];
  readonly store: ObjectStore;
  readonly rest: Rest;
}

/** A manifest somebody pasted: more is a mistake. */
const limits = { characters: 1024 * 1024, objects: 100, open: 200 } as const;

/** Takes every object of a manifest (YAML or JSON, several documents, Lists) past access and webhooks, as `kubectl apply` would. */
export async function tryManifest(tools: TrialTools, text: string, options: TrialOptions = {}): Promise<Trial> {
  const read = objectsIn(text);
  if (typeof read === 'string') return { state: 'unreadable', problem: read };
  const objects: TriedObject[] = [];
  for (const object of read) objects.push(await tryObject(tools, object, options));
  return { state: 'tried', objects };
}

function objectsIn(text: string): readonly ApiObject[] | string {
  if (text.length > limits.characters) return `The manifest is longer than ${limits.characters} characters.`;
  let objects: readonly ApiObject[];
  try {
    objects = valuesIn(text).flatMap(flattened);
  } catch (error) {
    // Aliases that multiply and brackets without end are errors of the parser, too.
    return `The manifest is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : 'it cannot be read'}`;
  }
  if (objects.length === 0) return 'The manifest holds no object.';
  if (objects.length > limits.objects) return `The manifest holds more than ${limits.objects} objects.`;
  const broken = objects.findIndex(
    (object) => typeof object?.kind !== 'string' || typeof object.apiVersion !== 'string',
  );
  if (broken !== -1) return `Object ${broken + 1} of the manifest has no apiVersion and kind.`;
  const nameless = objects.findIndex(({ metadata }) => typeof metadata !== 'object' || metadata === null);
  return nameless === -1 ? objects : `Object ${nameless + 1} of the manifest has no metadata.`;
}

function valuesIn(text: string): readonly unknown[] {
  if (opensTooDeep(text)) throw new Error(`more than ${limits.open} brackets are open at once`);
  const documents = parseAllDocuments(text, { version: '1.1' });
  const values: unknown[] = [];
  for (const document of 'empty' in documents ? [] : documents) {
    const [flaw] = document.errors;
    if (flaw !== undefined) throw flaw;
    values.push(document.toJS({ maxAliasCount: 100 }));
  }
  return values.filter((value) => value !== null);
}

/** The parser takes ten seconds for a hundred thousand brackets; nobody's manifest has two hundred within each other. */
function opensTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > limits.open) return true;
  }
  return false;
}

function flattened(value: unknown): readonly ApiObject[] {
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  const isList = typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
  return isList ? (items as readonly ApiObject[]) : [value as ApiObject];
}

async function tryObject(tools: TrialTools, object: ApiObject, options: TrialOptions): Promise<TriedObject> {
  const kind = tools.kinds.find((one) => one.kind === object.kind && apiVersion(one) === object.apiVersion);
  const { metadata } = object;
  const namespace = kind?.namespaced === false ? undefined : (metadata.namespace ?? options.namespace ?? 'default');
  const name = metadata.name ?? metadata.generateName ?? '';
  const told = { apiVersion: object.apiVersion ?? '', kind: object.kind ?? '', namespace, name };
  if (kind === undefined) {
    const message = `no matches for kind "${object.kind}" in version "${object.apiVersion}"`;
    return { ...told, outcome: 'denied', code: 404, message, warnings: [], webhooks: [] };
  }
  try {
    const done = await apply(
      tools,
      kind,
      { ...object, metadata: { ...metadata, ...(namespace && { namespace }) } },
      options,
    );
    const { created, warnings, calls } = done;
    const did = created ? 'created' : 'configured';
    const code = created ? 201 : 200;
    return { ...told, outcome: 'allowed', did, code, warnings, object: done.object, webhooks: calls.map(asTried) };
  } catch (error) {
    const { warnings, calls } = error instanceof AdmissionRefusal ? error : { warnings: [], calls: [] };
    // A manifest of a form nobody thought of must not end the demo.
    const { code, message } = error instanceof Refusal ? error : internal(String(error));
    return { ...told, outcome: 'denied', code, message, warnings, webhooks: calls.map(asTried) };
  }
}

function apply({ store, rest }: TrialTools, kind: Kind, object: ApiObject, options: TrialOptions): Promise<Done> {
  const { namespace, name } = object.metadata;
  const manner = {
    ...{
      actor: options.actor ?? administrator,
      dryRun: options.dryRun ?? true,
      fieldManager: 'kubectl-client-side-apply',
    },
  };
  const old = name === undefined ? undefined : store.get(kind, namespace, name);
  if (old === undefined)
    return rest.create({ kind, namespace, name: undefined, subresource: undefined }, object, manner);
  const merged = strategicMerge(old, object) as ApiObject;
  return rest.update({ kind, namespace, name, subresource: undefined }, merged, manner);
}

function asTried({ webhook, ms, verdict, failure }: WebhookCall): TriedWebhook {
  return {
    ...{ name: webhook, ms, allowed: verdict?.allowed ?? false },
    ...(failure !== undefined && { failure }),
    patch: Array.isArray(verdict?.patch) ? verdict.patch : [],
  };
}
