/** Label and field selectors. */
import type { ApiObject } from './object-store.ts';
import { badRequest } from './refusal.ts';

/** A selector of objects in YAML, as webhooks and Deployments have it. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?: readonly LabelExpression[] | null;
}

/** One expression of it. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

type Labels = Readonly<Record<string, string>>;

/** Whether labels fit; an empty or absent selector fits everything. */
export function fitsSelector(selector: LabelSelector | null | undefined, labels: Labels | null | undefined): boolean {
  const given = labels ?? {};
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([name, value]) => given[name] === value);
  return equal && (selector?.matchExpressions ?? []).every((expression) => fits(expression, given));
}

function fits({ key, operator, values }: LabelExpression, labels: Labels): boolean {
  const value = labels[key];
  const listed = value !== undefined && (values ?? []).includes(value);
  if (operator === 'In') return listed;
  if (operator === 'NotIn') return !listed;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  throw badRequest(`"${operator}" is not a valid label selector operator`);
}

/** A test for the queries of a list or watch. */
export function selectionOf(query: URLSearchParams): (object: ApiObject) => boolean {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(query.get('fieldSelector') ?? '');
  return (object) => fitsSelector(labels, object.metadata.labels) && fields(object);
}

const set = /^([^\s!=]+)\s+(in|notin)\s*\(([^)]*)\)$/;

function labelSelector(text: string): LabelSelector {
  // A comma within brackets does not separate.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  return { matchExpressions: parts.filter((part) => part !== '').map(expressionOf) };
}

function expressionOf(part: string): LabelExpression {
  const among = set.exec(part);
  if (among !== null) {
    const values = (among[3] ?? '').split(',').map((value) => value.trim());
    return { key: among[1] ?? '', operator: among[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const [key = '', value] = part.split(/!=|==?/, 2).map((side) => side.trim());
  if (value !== undefined) return { key, operator: part.includes('!=') ? 'NotIn' : 'In', values: [value] };
  return key.startsWith('!') ? { key: key.slice(1), operator: 'DoesNotExist' } : { key, operator: 'Exists' };
}

function fieldSelector(text: string): (object: ApiObject) => boolean {
  const wanted = text.split(',').filter((part) => part !== '');
  const tests = wanted.map((part) => {
    const [path = '', value = ''] = part.split(/!=|==?/, 2);
    const unequal = part.includes('!=');
    return (object: ApiObject) => (textOf(at(object, path)) === value) !== unequal;
  });
  return (object) => tests.every((test) => test(object));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
