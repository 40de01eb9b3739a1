import AjvCompiler from '@fastify/ajv-compiler';
import type { FastifyError, FastifyInstance, FastifySchemaValidationError } from 'fastify';
import type { Static } from 'typebox';
import { excerpt } from '@pratique/runtime/fault';
import type { ValidationIssue } from '@pratique/hub/contract';

type Issue = Static<typeof ValidationIssue>;

// All mistakes of a form at once; bodies are bounded, so this cannot be made expensive.
const shared = { useDefaults: true, removeAdditional: false, allErrors: true } as const;

/**
 * How requests are read. What comes in an address is text: it becomes numbers, and a single value an array of one. What
 * comes as JSON has types already and is taken as it is: coercing it would turn a `null`, which clears a field, into an
 * empty text or a zero.
 */
export function validateRequests(app: FastifyInstance): void {
  const build = AjvCompiler();
  const addresses = build({}, { customOptions: { ...shared, coerceTypes: 'array' } });
  const bodies = build({}, { customOptions: { ...shared, coerceTypes: false } });
  app.setValidatorCompiler((route) => compileWith(route.httpPart === 'body' ? bodies : addresses, route));
}

/**
 * Reads a body up to the first mistake. For large bodies of programs: naming every mistake of megabytes of nonsense would take gigabytes.
 * Give it to a route as its `validatorCompiler`.
 */
export function validateToFirstMistake(): (route: { readonly httpPart?: string }) => (data: unknown) => boolean {
  const build = AjvCompiler();
  const compiler = build({}, { customOptions: { ...shared, allErrors: false, coerceTypes: false } });
  return (route) => compileWith(compiler, route);
}

/** The package types its compiler by schema alone; what it is called with is the route's part. */
function compileWith(compiler: unknown, route: unknown): (data: unknown) => boolean {
  return (compiler as (part: unknown) => (data: unknown) => boolean)(route);
}

/** Mistakes listed at most; a broken client must not be answered with a book. */
const maxIssues = 20;

/** What is wrong with a request, in the form clients of the reference system parse: where, what, which rule. */
export function validationIssues(
  error: Partial<Pick<FastifyError, 'validation' | 'validationContext'>>,
): readonly Issue[] {
  const part = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'body');
  return (error.validation ?? []).slice(0, maxIssues).map((issue) => ({
    loc: [part === 'params' ? 'path' : part, ...locationOf(issue)],
    msg: messageOf(issue),
    type: issue.keyword === 'required' ? 'missing' : issue.keyword,
  }));
}

function locationOf(issue: FastifySchemaValidationError): readonly (string | number)[] {
  const steps = issue.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const missing = issue.params['missingProperty'];
  const path = typeof missing === 'string' ? [...steps, missing] : steps;
  return path.map((step) => (/^\d{1,9}$/.test(step) ? Number(step) : excerpt(step)));
}

function messageOf(issue: FastifySchemaValidationError): string {
  const message = issue.message ?? 'is not valid';
  const allowed = issue.params['allowedValues'];
  return Array.isArray(allowed) ? `${message}: ${allowed.map(String).join(', ')}` : message;
}

const yes = new Set(['1', 'yes', 'on', 'true', 't', 'y']);
const no = new Set(['0', 'no', 'off', 'false', 'f', 'n']);

/**
 * Lets query parameters say yes and no in the words the reference system takes (`1`, `yes`, `on`, `True`), which JSON
 * Schema validators do not know. Which parameters are booleans is read from the schema of the route, once.
 */
export function coerceBooleans(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const names = booleanProperties(route.schema?.querystring);
    if (names.length === 0) return;
    route.preValidation = [
      (request, _reply, done) => {
        const query = request.query as Record<string, unknown>;
        for (const name of names) query[name] = asBoolean(query[name]);
        for (const name of names) if (query[name] === undefined) delete query[name];
        done();
      },
      ...[route.preValidation ?? []].flat(),
    ];
  });
}

function asBoolean(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const word = value.toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : value;
}

function booleanProperties(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return [];
  return Object.entries(schema.properties as Readonly<Record<string, { readonly type?: unknown }>>)
    .filter(([, property]) => property.type === 'boolean')
    .map(([name]) => name);
}
