/**
 * YAML 1.1, as Kubernetes reads it, with the place of everything. Nothing is built from it that the text did not spell out:
 * aliases are counted, keys that stand twice are refused, and no key can reach the prototype of an object.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, ParsedNode, Scalar, YAMLMap } from 'yaml';
import { excerpt } from '@pratique/runtime/fault';
import type { Findings, Position } from './problem.ts';

/** A value with its place. */
export type YamlNode =
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | null;
      /** As it is written, without quotes. */
      readonly source: string;
      readonly at: Position;
    }
  | { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly at: Position }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, YamlEntry>; readonly at: Position };

/** A key and its value. */
export interface YamlEntry {
  readonly at: Position;
  readonly node: YamlNode;
}

export type YamlMap = Extract<YamlNode, { kind: 'map' }>;

/** A ConfigMap holds at most 1 MiB. What aliases stand for counts as often as they are used, and each is looked for in the whole text; a policy of 1,000 rules has about 20,000 values. */
const most = { bytes: 1024 * 1024, values: 100_000, depth: 24, aliases: 200 } as const;

/**
 * Reads a document.
 *
 * @returns undefined where it cannot be read; why is in `findings`. Keys that stand twice are told and do not stop the reading.
 */
export function readYaml(text: string, findings: Findings): YamlNode | undefined {
  if (Buffer.byteLength(text) > most.bytes) {
    const message = 'the document is larger than 1 MiB';
    findings.error({
      code: 'document-too-large',
      path: '',
      message,
      nextStep: 'A ConfigMap cannot hold more; split the policy.',
    });
    return undefined;
  }
  const lines = new LineCounter();
  // Keys that stand twice are looked for here: the parser compares each with each.
  const options = {
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  } as const;
  const document = parsed(() => parseDocument(text, options));
  if (document === undefined || document.errors.length > 0) {
    for (const { code, message, pos } of document?.errors.slice(0, 5) ?? [
      { code: 'DEPTH', message: '', pos: [0] as const },
    ])
      findings.error(syntaxProblem(code, message, positionAt(lines, pos[0])));
    return undefined;
  }
  return new Converter(document, lines, findings).root();
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    // Nested so deeply that the parser's stack ended.
    return undefined;
  }
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** The parser's words where they are about form; what may quote the text, and with it a secret, is cut off. */
function syntaxProblem(code: string, message: string, at: Position) {
  const words = message.split(': ')[0] ?? '';
  const form = code === 'DEPTH' || code === 'RESOURCE_EXHAUSTION' ? 'it is nested too deeply' : words;
  return {
    code: 'yaml-invalid',
    path: '',
    at,
    message: `this is not YAML: ${excerpt(form, 120)}`,
    nextStep:
      'Check indentation and quotes here and in the line before; values that begin with * { [ & ! % @ need quotes.',
  } as const;
}

class Unreadable extends Error {}

class Converter {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #findings: Findings;
  #values = 0;
  #aliases = 0;

  constructor(document: Document.Parsed, lines: LineCounter, findings: Findings) {
    this.#document = document;
    this.#lines = lines;
    this.#findings = findings;
  }

  root(): YamlNode | undefined {
    try {
      return this.#convert(this.#document.contents, { path: '', depth: 0, at: { line: 1, column: 1 } });
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  #convert(node: unknown, place: Place): YamlNode {
    this.#values += 1;
    const at = this.#at(node) ?? place.at;
    if (this.#values > most.values) throw this.#refuse(at, place.path, `it stands for more than ${most.values} values`);
    if (place.depth > most.depth) throw this.#refuse(at, place.path, `it is nested more than ${most.depth} times`);
    if (node === null || node === undefined) return { kind: 'scalar', value: null, source: '', at };
    if (isAlias(node)) return this.#alias(node, { ...place, at });
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node as YAMLMap<ParsedNode>, { ...place, at }), at };
    if (isSeq(node)) {
      const inner = (index: number): Place => ({ path: `${place.path}[${index}]`, depth: place.depth + 1, at });
      return { kind: 'list', items: node.items.map((item, index) => this.#convert(item, inner(index))), at };
    }
    return this.#scalar(node as Scalar, { ...place, at });
  }

  #alias(node: { readonly source: string; resolve: (document: Document) => unknown }, place: Place): YamlNode {
    this.#aliases += 1;
    if (this.#aliases > most.aliases)
      throw this.#refuse(place.at, place.path, `it has more than ${most.aliases} aliases`);
    const target = node.resolve(this.#document);
    if (target !== undefined) return this.#convert(target, { ...place, depth: place.depth + 1 });
    // `pattern: *:*` without quotes is the usual way to get here.
    const what = excerpt(node.source, 40);
    throw this.#refuse(
      place.at,
      place.path,
      `*${what} is an alias of YAML that nothing defines`,
      `Quote it: "*${what}".`,
    );
  }

  #scalar({ value, source, tag }: Scalar, { path, at }: Place): YamlNode {
    if (tag !== undefined && !tag.startsWith('tag:yaml.org,2002:'))
      throw this.#refuse(at, path, 'it has a tag that is not known');
    const text = source ?? '';
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return { kind: 'scalar', value, source: typeof value === 'string' ? value : text, at };
    // Dates are texts here.
    if (value instanceof Date) return { kind: 'scalar', value: text, source: text, at };
    throw this.#refuse(at, path, 'it is a kind of value that no setting has');
  }

  #entries(map: YAMLMap<ParsedNode>, place: Place): ReadonlyMap<string, YamlEntry> {
    const entries = new Map<string, YamlEntry>();
    const merged: YamlMap[] = [];
    for (const { key, value } of map.items) {
      const at = this.#at(key) ?? place.at;
      const name = this.#keyOf(key, at, place.path);
      const path = place.path === '' ? name : `${place.path}.${name}`;
      const node = this.#convert(value, { path, depth: place.depth + 1, at });
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN')
        merged.push(...this.#mergeSources(node, at, place.path));
      else if (entries.has(name)) this.#twice(path, at, entries.get(name)!.at);
      else entries.set(name, { at, node });
    }
    for (const source of merged)
      for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    return entries;
  }

  #mergeSources(node: YamlNode, at: Position, path: string): readonly YamlMap[] {
    const sources = node.kind === 'list' ? node.items : [node];
    return sources.map((source) => {
      if (source.kind !== 'map') throw this.#refuse(at, path, 'only mappings can be merged with <<');
      return source;
    });
  }

  #keyOf(key: unknown, at: Position, path: string): string {
    const isText = isScalar(key) && key.value !== null && key.value !== undefined;
    const name = isText ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : '';
    if (name !== '' && name !== '__proto__') return name;
    throw this.#refuse(at, path, 'a key here is not a text that can name a setting');
  }

  #twice(path: string, at: Position, first: Position): void {
    const message = `${excerpt(path, 120)} stands twice, first in line ${first.line}`;
    this.#findings.error({
      code: 'duplicate-key',
      path,
      at,
      message,
      nextStep: 'Remove one of them; YAML readers disagree on which counts.',
    });
  }

  #refuse(at: Position, path: string, what: string, nextStep = 'Write the value out, as plain YAML.'): Unreadable {
    this.#findings.error({ code: 'yaml-invalid', path, at, message: `this cannot be read: ${what}`, nextStep });
    return new Unreadable(what);
  }

  #at(node: unknown): Position | undefined {
    const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
    return range?.[0] === undefined ? undefined : positionAt(this.#lines, range[0]);
  }
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly at: Position;
}
