/** Writes converted values as YAML, each change as a comment at its place. */
import { Document, isMap, isPair, isScalar, isSeq, visit, type Node } from 'yaml';
import type { Change, Loss, ValuePath } from './change-log.ts';
import type { Layout } from './recognise.ts';
import type { Values } from './values.ts';

const names: Readonly<Record<Layout, string>> = {
  'connaisseur-1': 'Connaisseur 1',
  'connaisseur-2': 'Connaisseur 2',
  'connaisseur-3': 'Connaisseur 3',
  flat: 'a file without the levels of Connaisseur 3',
  unknown: 'an unknown program',
};

/** What is written. */
export interface WrittenValues {
  readonly layout: Layout;
  readonly values: Values;
  readonly changes: readonly Change[];
  readonly losses: readonly Loss[];
}

/** The file, with a head that says where it comes from and what was lost. */
export function writeValues({ layout, values, changes, losses }: WrittenValues): string {
  const document = new Document(values, { aliasDuplicateObjects: false });
  const reasons = new Map<Node, string[]>();
  for (const { path, why } of changes) {
    const node = placeOf(document, path);
    if (node !== undefined) reasons.set(node, [...(reasons.get(node) ?? []), why]);
  }
  for (const [node, lines] of reasons) node.commentBefore = lines.map((line) => ` Changed: ${line}`).join('\n');
  keepLongTexts(document);
  const head = [
    `Values in the layout of Connaisseur 3, converted from ${names[layout]}.`,
    ...(losses.length === 0 ? [] : ['Not carried over:']),
    ...losses.map(({ from, why }) => `  ${from}: ${why}`),
  ];
  document.commentBefore = head.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: 0 });
}

/** The node a comment is put before: the key in a map, the entry in a list; the nearest one above where it is gone. */
function placeOf(document: Document, path: ValuePath): Node | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
      if (pair !== undefined && isScalar(pair.key)) return pair.key;
    }
    if (isSeq(parent) && typeof last === 'number') {
      const item = parent.items[last];
      if (isMap(item) || isScalar(item)) return item as Node;
    }
  }
  return undefined;
}

// Keys and certificates stay readable.
function keepLongTexts(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && node.value.includes('\n')) node.type = 'BLOCK_LITERAL';
    },
  });
}
