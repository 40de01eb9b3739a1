/** Renders the chart with the real helm, many values at a time: each process costs more than the rendering. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { runPeer, type PeerAnswer } from '../peers/peers.ts';
import { chartFolder } from './chart-files.ts';

/** One rendered object, read as it comes. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What one set of values was rendered to. */
export class Rendering {
  readonly objects: readonly RenderedObject[];

  constructor(objects: readonly RenderedObject[]) {
    this.objects = objects;
  }

  /** The object of this kind and name; fails where there is none. */
  get(kind: string, name: string): RenderedObject {
    const found = this.find(kind, name);
    if (found === undefined) throw new Error(`no ${kind} ${name}; there are ${this.names().join(', ')}`);
    return found;
  }

  find(kind: string, name: string): RenderedObject | undefined {
    return this.objects.find((object) => object.kind === kind && object.metadata.name === name);
  }

  /** `Kind name` of each, sorted. */
  names(): readonly string[] {
    return this.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
  }

  /** A value inside an object, by a JSON pointer. */
  at(kind: string, name: string, pointer: string): unknown {
    let value: unknown = this.get(kind, name);
    for (const step of pointer.split('/').slice(1)) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    }
    return value;
  }
}

/** Runs `helm template` once over the chart itself; the answer may be a refusal. */
export async function helmTemplate(
  helm: string | undefined,
  values: object,
  { namespace = 'connaisseur' }: { readonly namespace?: string } = {},
): Promise<PeerAnswer> {
  const args = ['template', 'connaisseur', chartFolder, '-n', namespace, '-f', '-'];
  return runPeer(helm, args, { stdin: stringify(values) });
}

/** The objects of what helm printed. */
export function readRendering(text: string): Rendering {
  const documents = parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as RenderedObject | null;
  });
  return new Rendering(documents.filter((object) => object !== null));
}

/** Renders every set of values in one process: a chart around ours that has it once per name. */
export async function renderAll<Name extends string>(
  helm: string | undefined,
  cases: Readonly<Record<Name, object>>,
): Promise<Readonly<Record<Name, Rendering>>> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-chart-'));
  try {
    await mkdir(join(folder, 'charts'));
    await cp(chartFolder, join(folder, 'charts/connaisseur'), { recursive: true });
    const names = Object.keys(cases) as Name[];
    const dependencies = names.map((alias) => ({ name: 'connaisseur', version: '*', repository: '', alias }));
    const chart = { apiVersion: 'v2', name: 'cases', version: '0.0.1', dependencies };
    await writeFile(join(folder, 'Chart.yaml'), stringify(chart));
    await writeFile(join(folder, 'values.yaml'), stringify(cases));
    const answer = await runPeer(helm, ['template', 'connaisseur', folder, '-n', 'connaisseur']);
    if (answer.code !== 0) throw new Error(answer.stderr);
    return Object.fromEntries(names.map((name) => [name, partOf(answer.stdout, name)])) as Record<Name, Rendering>;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function partOf(text: string, alias: string): Rendering {
  const documents = text.split(/^---\n/m).filter((part) => part.startsWith(`# Source: cases/charts/${alias}/`));
  return readRendering(documents.join('---\n'));
}
