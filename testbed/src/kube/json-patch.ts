/** RFC 6902 with the words of the library the real server uses. */
import { isDeepStrictEqual } from 'node:util';
import { patchDoesNotApply } from './refusal.ts';

/** One operation, as it came. */
export interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/**
 * The document after all operations; the given one stays as it is.
 *
 * @throws Refusal 422 for the first that does not apply
 */
export function applyJsonPatch<T>(document: T, operations: unknown): T {
  if (!Array.isArray(operations)) throw patchDoesNotApply('the patch is not a list of operations');
  let result: unknown = structuredClone(document);
  for (const operation of operations as readonly Operation[]) result = apply(result, operation);
  return result as T;
}

function apply(document: unknown, { op, path, from, value }: Operation): unknown {
  if (typeof path !== 'string') throw patchDoesNotApply('missing path');
  if (path === '') return op === 'add' || op === 'replace' ? structuredClone(value) : document;
  const { container, key } = find(document, path, String(op));
  if (op === 'test') {
    if (isDeepStrictEqual(read(container, key), value)) return document;
    throw patchDoesNotApply(`testing value ${path} failed: test failed`);
  }
  if (op === 'add') insert(container, key, structuredClone(value));
  else if (op === 'replace') replace(container, key, { path, value: structuredClone(value) });
  else if (op === 'remove') take(container, key, path);
  else if (op === 'move' || op === 'copy') transfer(document, { op, from: String(from), container, key });
  else throw patchDoesNotApply(`Unexpected kind: ${String(op)}`);
  return document;
}

interface Transfer {
  readonly op: 'move' | 'copy';
  readonly from: string;
  readonly container: Container;
  readonly key: string;
}

function transfer(document: unknown, { op, from, container, key }: Transfer): void {
  const source = find(document, from, op);
  const value = structuredClone(read(source.container, source.key));
  if (op === 'move') take(source.container, source.key, from);
  insert(container, key, value);
}

function find(document: unknown, path: string, op: string): { readonly container: Container; readonly key: string } {
  const parts = path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let here: unknown = document;
  for (const part of parts.slice(0, -1)) here = isContainer(here) ? read(here, part) : undefined;
  if (!isContainer(here))
    throw patchDoesNotApply(`${op} operation does not apply: doc is missing path: "${path}": missing value`);
  return { container: here, key: parts.at(-1) ?? '' };
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function read(container: Container, key: string): unknown {
  if (Array.isArray(container)) return container[indexOf(key, container.length)];
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function insert(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container)) {
    const index = key === '-' ? container.length : indexOf(key, container.length + 1);
    if (index >= container.length + 1)
      throw patchDoesNotApply(`Unable to access invalid index: ${key}: invalid index referenced`);
    container.splice(index, 0, value);
  } else container[key] = value;
}

function replace(
  container: Container,
  key: string,
  { path, value }: { readonly path: string; readonly value: unknown },
): void {
  if (read(container, key) === undefined)
    throw patchDoesNotApply(`replace operation does not apply: doc is missing key: ${path}: missing value`);
  if (Array.isArray(container)) container[indexOf(key, container.length)] = value;
  else container[key] = value;
}

function take(container: Container, key: string, path: string): void {
  if (read(container, key) === undefined)
    throw patchDoesNotApply(`remove operation does not apply: doc is missing path: "${path}": missing value`);
  if (Array.isArray(container)) container.splice(indexOf(key, container.length), 1);
  else delete container[key];
}

function indexOf(key: string, length: number): number {
  return /^\d+$/.test(key) && Number(key) < length ? Number(key) : Number.NaN;
}
