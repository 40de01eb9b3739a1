/**
 * Reads a piece of YAML by a schema and tells every mistake with its place. It knows the few words of JSON Schema that
 * `schema.ts` uses. Scalars become the texts they were written as where a text is wanted: `name: 2024` is a name (as in the
 * reference), and what YAML 1.1 takes for a truth value or a number keeps its spelling.
 */
import type { Static, TSchema } from 'typebox';
import { excerpt } from '@pratique/runtime/fault';
import type { Findings, Position, ProblemCode } from './problem.ts';
import { nearest } from './spelling.ts';
import type { YamlEntry, YamlNode } from './yaml-document.ts';

/** What of JSON Schema is understood. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly minProperties?: number;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Shape[];
  readonly description?: string;
  readonly writeOnly?: boolean;
  readonly 'x-missing'?: Readonly<Record<string, string>>;
  readonly 'x-restricts'?: boolean;
  readonly 'x-elsewhere'?: Readonly<Record<string, string>>;
}

/** Where a value stands and what it is called in messages. */
export interface ReadingPlace {
  readonly path: string;
  /** `a cosign validator`, `a rule`. */
  readonly what: string;
}

/** A value that was read. */
export interface Reading<T> {
  /**
   * Absent where it is not even of the right kind. Where something in it is wrong it lacks that part, and a text that must be
   * there is empty, so that everything else can be looked at too.
   */
  readonly value: T | undefined;
  /** Whether nothing is wrong. */
  readonly isWhole: boolean;
}

/** Reads a value; what is wrong in it is in `findings`. */
export function readAs<S extends TSchema>(
  schema: S,
  node: YamlNode,
  place: ReadingPlace & { readonly findings: Findings },
): Reading<Static<S>> {
  const reader = new Reader(place.findings, place.path);
  const value = reader.read(schema as Shape, node, place);
  return { value: value as Static<S> | undefined, isWhole: !reader.isWrong };
}

/** The plain value of a node, without any schema: for parts that others define. */
export function plainValue(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainValue);
  return Object.fromEntries([...node.entries].map(([name, entry]) => [name, plainValue(entry.node)]));
}

/** The path of a key or item below another. */
export function below(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
}

/** The node at a path of keys and positions, or the nearest there is above it: for telling where something is or is missing. */
export function nodeAt(node: YamlNode, steps: readonly (string | number)[]): YamlNode {
  const [step, ...rest] = steps;
  if (step === undefined) return node;
  const next =
    node.kind === 'map'
      ? node.entries.get(String(step))?.node
      : node.kind === 'list'
        ? node.items[Number(step)]
        : undefined;
  return next === undefined ? node : nodeAt(next, rest);
}

class Reader {
  readonly #findings: Findings;
  /** Where it began, which has a name in words; parts are called by their keys. */
  readonly #top: string;
  isWrong = false;

  constructor(findings: Findings, top: string) {
    this.#findings = findings;
    this.#top = top;
  }

  read(shape: Shape, node: YamlNode, place: ReadingPlace): unknown {
    if (shape.anyOf !== undefined) return this.#anyOf(shape.anyOf, node, place);
    if (shape.enum !== undefined || shape.const !== undefined) return this.#word(shape, node, place);
    switch (shape.type) {
      case 'object':
        return this.#object(shape, node, place);
      case 'array':
        return this.#array(shape, node, place);
      case 'string':
        return this.#string(shape, node, place);
      case 'integer':
        return this.#integer(shape, node, place);
      case 'boolean':
        if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
        return this.#wrong(shape, node, place, 'true or false, without quotes');
      default:
        return plainValue(node);
    }
  }

  /** Each alternative is of another kind (text, mapping, list), so the kind decides. */
  #anyOf(shapes: readonly Shape[], node: YamlNode, place: ReadingPlace): unknown {
    const kinds = { scalar: 'string', map: 'object', list: 'array' } as const;
    const shape = shapes.find(({ type }) => type === kinds[node.kind]);
    if (shape !== undefined) return this.read(shape, node, place);
    return this.#wrong({}, node, place, 'a text or a mapping');
  }

  #object(shape: Shape, node: YamlNode, place: ReadingPlace): unknown {
    if (node.kind !== 'map') return this.#wrong(shape, node, place, 'a mapping of keys and values');
    if (node.entries.size < (shape.minProperties ?? (shape['x-restricts'] === true ? 1 : 0)))
      return this.#wrong(shape, node, place, 'at least one entry');
    const values = Object.values(shape.patternProperties ?? {})[0];
    const known = shape.properties ?? {};
    const read: [string, unknown][] = [];
    for (const [name, entry] of node.entries) {
      const inner = values ?? (Object.hasOwn(known, name) ? known[name] : undefined);
      if (inner === undefined) this.#unknownKey(name, entry, shape, place);
      else if (!this.#isAbsent(inner, name, entry, place))
        read.push([name, this.read(inner, entry.node, { ...place, path: below(place.path, name) })]);
    }
    const given = new Set(read.map(([name]) => name));
    for (const name of shape.required ?? []) if (!given.has(name)) this.#missing(shape, name, node, place);
    const empty = (shape.required ?? []).map(
      (name) => [name, known[name]?.type === 'string' ? '' : undefined] as const,
    );
    return Object.fromEntries([...empty, ...read].filter(([, value]) => value !== undefined));
  }

  /** A key without a value is as if it were not there, unless that would make a rule looser or wider than it reads. */
  #isAbsent(shape: Shape, name: string, { node, at }: YamlEntry, place: ReadingPlace): boolean {
    if (node.kind !== 'scalar' || node.value !== null || node.source === '""') return false;
    if (shape['x-restricts'] === true)
      this.#tell('value-missing', { at, path: below(place.path, name) }, `${name} has no value`, {
        nextStep: `Give it a value, or remove ${name}.`,
      });
    return true;
  }

  #unknownKey(name: string, { at }: YamlEntry, shape: Shape, place: ReadingPlace): void {
    const known = Object.keys(shape.properties ?? {});
    const advice = shape['x-elsewhere'] ?? {};
    const elsewhere = Object.hasOwn(advice, name) ? advice[name] : undefined;
    const suggestion = nearest(name, known);
    this.#tell(
      'unknown-key',
      { at, path: below(place.path, excerpt(name, 60)) },
      `${excerpt(name, 60)} is not a key of ${this.#nameOf(place)}`,
      {
        allowed: known.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
        nextStep:
          elsewhere ?? (suggestion === undefined ? 'Remove it, or check where it belongs.' : `Write ${suggestion}.`),
      },
    );
  }

  #nameOf({ path, what }: ReadingPlace): string {
    return path === this.#top ? what : (path.slice(this.#top.length).replace(/^\./, '').split('.').at(-1) ?? path);
  }

  #missing(shape: Shape, name: string, { at }: YamlNode, place: ReadingPlace): void {
    const message = shape['x-missing']?.[name] ?? `${name} is missing`;
    this.#tell('value-missing', { at, path: below(place.path, name) }, message, { nextStep: `Add ${name}.` });
  }

  #array(shape: Shape, node: YamlNode, place: ReadingPlace): unknown {
    const { items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
    if (node.kind !== 'list') return this.#wrong(shape, node, place, 'a list');
    if (node.items.length < minItems) return this.#wrong(shape, node, place, `at least ${minItems} item`);
    if (node.items.length > maxItems) return this.#wrong(shape, node, place, `at most ${maxItems} items`);
    const read = node.items.map((item, index) => this.read(items, item, { ...place, path: below(place.path, index) }));
    return read.includes(undefined) ? undefined : read;
  }

  #string(shape: Shape, node: YamlNode, place: ReadingPlace): unknown {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, description } = shape;
    if (node.kind !== 'scalar' || (node.value === null && node.source === ''))
      return this.#wrong(shape, node, place, 'a text');
    const text = node.source;
    if (text.length < minLength) return this.#wrong(shape, node, place, 'a text that is not empty');
    if (text.length > maxLength) return this.#wrong(shape, node, place, `at most ${maxLength} characters`);
    // The patterns of the schemas are simple ones of our own, safe on any text.
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(text))
      return this.#wrong(shape, node, place, `${description ?? 'a text'} (${pattern})`);
    return text;
  }

  #word(shape: Shape, node: YamlNode, place: ReadingPlace): unknown {
    const allowed = shape.enum ?? [shape.const ?? ''];
    const text = node.kind === 'scalar' ? node.source : undefined;
    if (text !== undefined && allowed.includes(text)) return text;
    const suggestion = text === undefined ? undefined : nearest(text, allowed);
    return this.#wrong(shape, node, place, `one of ${allowed.join(', ')}`, suggestion);
  }

  #integer(shape: Shape, node: YamlNode, place: ReadingPlace): unknown {
    const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = shape;
    const value = node.kind === 'scalar' ? node.value : undefined;
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum;
    return fits ? value : this.#wrong(shape, node, place, `a whole number from ${minimum} to ${maximum}`);
  }

  // oxlint-disable-next-line max-params -- every reading method has exactly these at hand
  #wrong(shape: Shape, node: YamlNode, place: ReadingPlace, allowed: string, suggestion?: string): undefined {
    const name = place.path.split('.').at(-1) ?? place.path;
    const isShown = node.kind === 'scalar' && shape.writeOnly !== true;
    this.#tell('value-wrong', { at: node.at, path: place.path }, `${name} must be ${allowed}`, {
      ...(isShown ? { value: node.source } : {}),
      allowed,
      ...(suggestion === undefined ? {} : { suggestion }),
      nextStep: suggestion === undefined ? `Correct ${name}.` : `Write ${suggestion}.`,
    });
  }

  #tell(
    code: ProblemCode,
    where: { readonly at: Position; readonly path: string },
    message: string,
    more: {
      readonly nextStep: string;
      readonly value?: string;
      readonly allowed?: string;
      readonly suggestion?: string;
    },
  ): void {
    this.isWrong = true;
    this.#findings.error({ code, ...where, message, ...more });
  }
}
