/** An OpenAPI document, looked at from outside. */
type Json = unknown;

const methods = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options']);

/**
 * What is missing in a description of the API: references to nothing, operations without an id of their own, without a
 * summary or answers, path parameters nobody declares. Each problem is one sentence; none is a good document.
 */
export function lintApi(document: Json): readonly string[] {
  const problems = danglingReferences(document);
  const ids = new Map<string, string>();
  for (const [where, operation] of operationsOf(document)) {
    const { operationId: id, summary, responses } = operation;
    if (typeof id !== 'string' || id === '') problems.push(`${where} has no operationId`);
    else if (ids.has(id)) problems.push(`${where} has the operationId of ${ids.get(id)}`);
    else ids.set(id, where);
    if (typeof summary !== 'string' || summary.trim() === '') problems.push(`${where} has no summary`);
    if (!Object.keys(asObject(responses)).some((status) => status.startsWith('2')))
      problems.push(`${where} says nothing about success`);
    for (const name of undeclaredParameters(where, operation)) problems.push(`${where} does not declare {${name}}`);
  }
  return problems;
}

function* operationsOf(document: Json): Generator<readonly [string, Readonly<Record<string, Json>>]> {
  for (const [path, item] of Object.entries(asObject(asObject(document)['paths']))) {
    for (const [method, operation] of Object.entries(asObject(item))) {
      if (methods.has(method)) yield [`${method.toUpperCase()} ${path}`, asObject(operation)];
    }
  }
}

function undeclaredParameters(where: string, operation: Readonly<Record<string, Json>>): readonly string[] {
  const parameters = Array.isArray(operation['parameters']) ? operation['parameters'].map(asObject) : [];
  const declared = new Set(parameters.filter((one) => one['in'] === 'path').map((one) => one['name']));
  return [...where.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').filter((name) => !declared.has(name));
}

function danglingReferences(document: Json): string[] {
  const problems: string[] = [];
  function walk(value: Json, where: string): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === '$ref' && typeof child === 'string' && !resolves(document, child))
        problems.push(`${where} refers to ${child}, which is nowhere`);
      walk(child, `${where}/${key}`);
    }
  }
  walk(document, '#');
  return problems;
}

function resolves(document: Json, reference: string): boolean {
  if (!reference.startsWith('#/')) return false;
  let at: Json = document;
  for (const step of reference.slice(2).split('/')) {
    at = asObject(at)[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at !== undefined;
}

function asObject(value: Json): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Json>>) : {};
}
