/** Which rows of the tree of places are on the screen: what is open, how much of it, and what is left out. */
import type { ImageLeaf, Place } from './places.ts';

export interface PlaceRow {
  readonly key: string;
  /** 1 cluster … 4 image. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly isOpen: boolean;
  readonly hasChildren: boolean;
  readonly content:
    | { readonly kind: 'place'; readonly place: Place }
    | { readonly kind: 'image'; readonly leaf: ImageLeaf }
    | { readonly kind: 'more'; readonly parent: string; readonly hidden: number };
}

export interface RowChoice {
  /** Rows that stand otherwise than at first. */
  readonly folds: ReadonlySet<string>;
  readonly openFirst: (place: Place) => boolean;
  /** How many children of a row are shown; `''` is the top. */
  readonly shownOf: (key: string) => number;
}

/** How many children a row shows before "more" is pressed. */
export const childrenShownFirst = 25;
/** So many deployments stand open at once without burying the page. */
const openAllUpTo = 12;
/** So many namespaces are taken in at a glance. */
const openClustersUpTo = 30;

/** What is open at first: everything of a small CVE, clusters of one in few, nothing of a wide-spread one. */
export function openAtFirst(places: readonly Place[]): (place: Place) => boolean {
  const deployments = places.reduce((sum, place) => sum + place.deployments, 0);
  if (deployments <= openAllUpTo) return () => true;
  const namespaces = places.reduce((sum, place) => sum + place.children.length, 0);
  const showsNamespaces = places.length === 1 || namespaces <= openClustersUpTo;
  return (place) => place.kind === 'cluster' && showsNamespaces;
}

/** The rows to draw, from the top. A deployment with one image is one row; its image stands in it. */
export function rowsOf(places: readonly Place[], choice: RowChoice): readonly PlaceRow[] {
  return levelOf(places, '', 1, choice);
}

function levelOf(places: readonly Place[], parent: string, level: number, choice: RowChoice): readonly PlaceRow[] {
  const shown = places.slice(0, choice.shownOf(parent));
  const rows = shown.flatMap((place, index): readonly PlaceRow[] => {
    const hasChildren = place.children.length > 0 || place.leaves.length > 1;
    const isOpen = hasChildren && choice.openFirst(place) !== choice.folds.has(place.key);
    const position = { level, position: index + 1, siblings: places.length };
    const row: PlaceRow = { key: place.key, ...position, isOpen, hasChildren, content: { kind: 'place', place } };
    if (!isOpen) return [row];
    const inner =
      place.kind === 'deployment'
        ? imageRows(place, level + 1, choice)
        : levelOf(place.children, place.key, level + 1, choice);
    return [row, ...inner];
  });
  return withMore(rows, { parent, level, total: places.length, shown: shown.length });
}

function imageRows(place: Place, level: number, choice: RowChoice): readonly PlaceRow[] {
  const shown = place.leaves.slice(0, choice.shownOf(place.key));
  const rows = shown.map((leaf, index): PlaceRow => ({
    key: leaf.key,
    level,
    position: index + 1,
    siblings: place.leaves.length,
    isOpen: false,
    hasChildren: false,
    content: { kind: 'image', leaf },
  }));
  return withMore(rows, { parent: place.key, level, total: place.leaves.length, shown: shown.length });
}

interface Remainder {
  readonly parent: string;
  readonly level: number;
  readonly total: number;
  readonly shown: number;
}

function withMore(rows: readonly PlaceRow[], { parent, level, total, shown }: Remainder): readonly PlaceRow[] {
  if (shown >= total) return rows;
  const more: PlaceRow = {
    key: `${parent} more`,
    level,
    position: shown + 1,
    siblings: total,
    isOpen: false,
    hasChildren: false,
    content: { kind: 'more', parent, hidden: total - shown },
  };
  return [...rows, more];
}
