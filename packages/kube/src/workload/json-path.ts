/**
 * The part of JSONPath (RFC 9535) that names fields: `$.spec.steps[*].image`, `.spec['pod-template'][0]`. No filters, no
 * searching at any depth: where an image stands in a resource is known, and what is not understood must not be half-read.
 */

/** One step down. */
export type PathStep =
  | { readonly step: 'key'; readonly key: string }
  | { readonly step: 'index'; readonly index: number }
  | { readonly step: 'every' };

/** A path that was parsed. */
export type JsonPath = readonly PathStep[];

/** A value that was found, with the way to it. */
export interface FoundValue {
  readonly segments: readonly (string | number)[];
  readonly value: unknown;
}

const maxSteps = 32;
const token =
  /\.(?<name>[A-Za-z_][\w-]*)|\.(?<star>\*)|\[(?:(?<every>\*)|(?<index>0|[1-9]\d{0,5})|'(?<quoted>[^'\\]+)'|"(?<double>[^"\\]+)")\]/y;

/** Parses a path; a leading `$` may be left out, braces around it as kubectl writes them too. Undefined where it is none. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const bare = /^\{.*\}$/.test(text) ? text.slice(1, -1) : text;
  const body = bare.startsWith('$') ? bare.slice(1) : bare;
  const steps: PathStep[] = [];
  let at = 0;
  while (at < body.length) {
    token.lastIndex = at;
    const groups = token.exec(body)?.groups;
    if (groups === undefined || steps.length === maxSteps) return undefined;
    at = token.lastIndex;
    steps.push(stepOf(groups));
  }
  return steps.length === 0 ? undefined : steps;
}

/** Every value a path names in a document. What is absent or null on the way is simply not there. */
export function valuesAt(document: unknown, path: JsonPath): readonly FoundValue[] {
  let found: readonly FoundValue[] = [{ segments: [], value: document }];
  for (const step of path) found = found.flatMap((one) => descend(one, step));
  return found.filter(({ value }) => value !== undefined && value !== null);
}

function stepOf(groups: Readonly<Record<string, string | undefined>>): PathStep {
  if (groups['star'] !== undefined || groups['every'] !== undefined) return { step: 'every' };
  if (groups['index'] !== undefined) return { step: 'index', index: Number(groups['index']) };
  return { step: 'key', key: groups['name'] ?? groups['quoted'] ?? groups['double'] ?? '' };
}

function descend({ segments, value }: FoundValue, step: PathStep): readonly FoundValue[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = (segment: string | number, member: unknown): FoundValue => ({
    segments: [...segments, segment],
    value: member,
  });
  if (step.step === 'every') {
    if (Array.isArray(value)) return value.map((member: unknown, index) => below(index, member));
    return Object.entries(value).map(([key, member]) => below(key, member));
  }
  if (step.step === 'index') return Array.isArray(value) ? [below(step.index, value[step.index])] : [];
  if (Array.isArray(value) || !Object.hasOwn(value, step.key)) return [];
  return [below(step.key, (value as Record<string, unknown>)[step.key])];
}
