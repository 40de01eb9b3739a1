/** A part of the document that is being read: tells problems with the place they are at. */
import type { Static, TSchema } from 'typebox';
import type { Findings, Told } from './problem.ts';
import { below, nodeAt, readAs } from './schema-reader.ts';
import type { Reading } from './schema-reader.ts';
import type { YamlNode } from './yaml-document.ts';

/** A way down: keys and positions. */
export type Steps = readonly (string | number)[];

/** What is told about a place, without the place. */
export type Remark = Omit<Told, 'path' | 'at'>;

/** See the top of this file. */
export class Section {
  readonly node: YamlNode;
  readonly path: string;
  readonly findings: Findings;

  constructor(findings: Findings, node: YamlNode, path = '') {
    this.findings = findings;
    this.node = node;
    this.path = path;
  }

  /** A part of this part. Where it does not exist, the nearest that does, under the path that is missing. */
  inner(...steps: Steps): Section {
    return new Section(this.findings, nodeAt(this.node, steps), this.#pathOf(steps));
  }

  /** The parts of a list. */
  items(): readonly Section[] {
    return this.node.kind === 'list' ? this.node.items.map((_item, index) => this.inner(index)) : [];
  }

  has(key: string): boolean {
    return this.node.kind === 'map' && this.node.entries.has(key);
  }

  /** The text at a key, however wrong the rest is; undefined where there is none. */
  textAt(key: string): string | undefined {
    const node = this.node.kind === 'map' ? this.node.entries.get(key)?.node : undefined;
    return node?.kind === 'scalar' && node.source !== '' && node.value !== null ? node.source : undefined;
  }

  /** Reads the part by a schema; what is wrong in it has been told then. */
  readAs<S extends TSchema>(schema: S, what: string): Reading<Static<S>> {
    return readAs(schema, this.node, { path: this.path, what, findings: this.findings });
  }

  error(steps: Steps, remark: Remark): void {
    this.findings.error(this.#told(steps, remark));
  }

  warning(steps: Steps, remark: Remark): void {
    this.findings.warning(this.#told(steps, remark));
  }

  info(steps: Steps, remark: Remark): void {
    this.findings.info(this.#told(steps, remark));
  }

  #told(steps: Steps, remark: Remark): Told {
    return { ...remark, path: this.#pathOf(steps), at: nodeAt(this.node, steps).at };
  }

  #pathOf(steps: Steps): string {
    return steps.reduce<string>((path, step) => below(path, step), this.path);
  }
}
