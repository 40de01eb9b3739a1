import { componentMask } from '../findings/layout.ts';
import { allStrings, stringCount, type StringTable } from '../findings/string-table.ts';
import type { ScopeView } from '../visibility/aggregate.ts';
import type { Desk } from '../visibility/desk.ts';
import type { Scope } from '../visibility/scope.ts';
import { eachImageInScope, isInStates, segmentsInScope } from './filters.ts';

/** What a search text asks for, and where. Without a prefix it may be part of any of the names, or of a CVE id. */
export interface TextSearch {
  readonly field: 'any' | 'component' | 'image' | 'deployment';
  /** In lower case, never empty. */
  readonly text: string;
}

/** Reads a search text; null when nothing is searched for, which a prefix without a text means, too. */
export function parseSearch(search: string | undefined): TextSearch | null {
  const whole = (search ?? '').trim().toLowerCase();
  const [, field, rest] = /^(component|image|deployment):\s*(.*)$/s.exec(whole) ?? [];
  const text = rest ?? whole;
  return text === '' ? null : { field: (field ?? 'any') as TextSearch['field'], text };
}

/** Whether the CVE id itself is meant. */
export function isIdSearched({ field, text }: TextSearch, cveId: string): boolean {
  return field === 'any' && cveId.toLowerCase().includes(text);
}

/** 1 for each component that is meant; null when components are not asked about. */
export function componentsSearched(desk: Desk, { field, text }: TextSearch): Uint8Array | null {
  return field === 'any' || field === 'component' ? desk.lexicon.componentsContaining(text) : null;
}

/**
 * The images of a scope that are meant by their own full name, or by the name of a deployment of the scope that runs them: all of
 * what is in them was found.
 */
export function imagesSearched(desk: Desk, scope: Scope, { field, text }: TextSearch): ReadonlySet<number> {
  const images = new Set<number>();
  if (field === 'component') {
    return images;
  }
  const { names } = desk.snapshot;
  const byName = field === 'deployment' ? null : containing(namesOf(desk, 'image-names', names.imageNames), text);
  const byUser = field === 'image' ? null : containing(namesOf(desk, 'deployment-names', names.deploymentNames), text);
  eachImageInScope(desk.snapshot, { scope }, (image, deployment) => {
    if (byUser?.[deployment] === 1 || byName?.[image] === 1) {
      images.add(image);
    }
  });
  return images;
}

/** 1 for each CVE index that a component, image or deployment of the view was found to hold; ids are not looked at. */
export function cvesSearched(desk: Desk, view: ScopeView, search: TextSearch): Uint8Array {
  const key = `search|${view.states}|${view.scope.key}|${search.field}|${search.text}`;
  return desk.remember(
    key,
    (found) => found.byteLength,
    () => {
      const { snapshot } = desk;
      const { segmentStart, rowComponent, rowFact, factCve, imageSegment } = snapshot;
      const found = new Uint8Array(stringCount(snapshot.cves));
      const whole = new Set([...imagesSearched(desk, view.scope, search)].map((image) => imageSegment[image]! - 1));
      const components = usable(componentsSearched(desk, search));
      for (const segment of components === null ? whole : segmentsInScope(snapshot, view)) {
        const takesAll = whole.has(segment);
        const end = segment < 0 ? 0 : segmentStart[segment + 1]!;
        for (let row = segment < 0 ? 0 : segmentStart[segment]!; row < end; row += 1) {
          const word = rowComponent[row]!;
          if ((takesAll || components?.[word & componentMask] === 1) && isInStates(word, view.states)) {
            found[factCve[rowFact[row]!]!] = 1;
          }
        }
      }
      return found;
    },
  );
}

/** No row needs to be read for components of which none is meant. */
function usable(components: Uint8Array | null): Uint8Array | null {
  return components?.includes(1) === true ? components : null;
}

function namesOf(desk: Desk, key: string, table: StringTable): readonly string[] {
  const weigh = (names: readonly string[]) => names.length * 90;
  return desk.remember(`lower|${key}`, weigh, () => allStrings(table).map((name) => name.toLowerCase()));
}

function containing(names: readonly string[], text: string): Uint8Array {
  return Uint8Array.from(names, (name) => Number(name.includes(text)));
}
