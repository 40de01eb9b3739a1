import type { ImageCveGroup, ImageGroupQuery, ImageSortKey } from '@pratique/hub/contract';
import { imageSortKeys } from '@pratique/hub/contract/words';
import { eachImageInScope, segmentsInScope, statesOf, type FindingFilters } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { imagesSearched, parseSearch } from '../cves/text-search.ts';
import { stringAt } from '../findings/string-table.ts';
import { viewerKey, type Desk, type Sight } from '../visibility/desk.ts';
import type { Scope } from '../visibility/scope.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { eachImageFinding, imageFindingTest } from './image-findings.ts';
import { SegmentTally, tallySegment, type Figures } from './segment-tally.ts';

/** Bare arrays are cut here; a page is not. */
export const maxBareArray = 5000;

export interface ImageListQuestion {
  readonly viewer: Viewer;
  readonly query: ImageGroupQuery;
}

/** Every image of the scope that holds a visible CVE passing the filters, ordered; `from` and `to` as for slices. */
export function groupByImage(
  desk: Desk,
  { viewer, query }: ImageListQuestion,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly items: ImageCveGroup[]; readonly total: number } {
  const scope = desk.scope(viewer, query);
  const sight = desk.sight(viewer, scope, statesOf(query));
  const { page: _page, page_size: _size, ...filters } = query;
  const key = `images|${viewerKey(viewer)}|${scope.key}|${JSON.stringify(filters)}`;
  const weigh = (rows: readonly Row[]) => rows.length * 200;
  const rows = desk.remember(key, weigh, () => {
    const figuresOf = figuresByImage(desk, sight, query);
    const found: Row[] = [];
    for (const [image, affected_deployments] of imagesInScope(desk, scope)) {
      const figures = figuresOf(image);
      const name = figures === undefined ? '' : desk.imageName(image) || 'unknown';
      if (figures !== undefined && (query.image_name === undefined || query.image_name === name)) {
        found.push({ image, name, figures: { ...figures, affected_deployments } });
      }
    }
    return order(desk, found, query);
  });
  return { items: rows.slice(from, to).map((row) => present(desk, scope, row)), total: rows.length };
}

/** An image of the list before anybody looks at it. */
interface Row {
  readonly image: number;
  readonly name: string;
  readonly figures: Figures & Pick<ImageCveGroup, 'affected_deployments'>;
}

function present(desk: Desk, scope: Scope, { image, name, figures }: Row): ImageCveGroup {
  const image_id = stringAt(desk.snapshot.names.imageDigests, image);
  return { image_name: name, image_id, ...figures, ...placesOf(desk, scope, image) };
}

function order(desk: Desk, rows: readonly Row[], query: ImageGroupQuery): Row[] {
  const known = (imageSortKeys as readonly string[]).includes(query.sort_by);
  const key = (known ? query.sort_by : 'total_cves') as ImageSortKey;
  const direction = query.sort_desc ? -1 : 1;
  const value = (a: Row, b: Row) => (key === 'image_name' ? byText(a.name, b.name) : a.figures[key] - b.figures[key]);
  const { imageDigests } = desk.snapshot.names;
  return rows.toSorted(
    (a, b) =>
      direction * value(a, b) ||
      b.figures.total_cves - a.figures.total_cves ||
      byText(a.name, b.name) ||
      byText(stringAt(imageDigests, a.image), stringAt(imageDigests, b.image)),
  );
}

/** Of an image that a search found by name or by deployment everything counts, of others what the search found in them. */
function figuresByImage(desk: Desk, sight: Sight, query: ImageGroupQuery): (image: number) => Figures | undefined {
  const { imageSegment } = desk.snapshot;
  const search = parseSearch(query.search);
  const named = search === null ? new Set<number>() : imagesSearched(desk, sight.view.scope, search);
  // Searched by the name of image or deployment alone, an image is found whole or not at all.
  const isByName = search?.field === 'image' || search?.field === 'deployment';
  const found = figuresBySegment(desk, sight, {
    query,
    segments: isByName ? [] : segmentsInScope(desk.snapshot, sight.view),
  });
  const segments = new Set([...named].map((image) => imageSegment[image]! - 1).filter((segment) => segment >= 0));
  const whole = figuresBySegment(desk, sight, { query: { ...query, search: undefined }, segments });
  return (image) => (named.has(image) ? whole : found).get(imageSegment[image]! - 1);
}

type FindingsOf = { readonly query: FindingFilters; readonly segments: Iterable<number> };

/** Severity buckets hold each CVE once, by its worst in that image. */
function figuresBySegment(desk: Desk, sight: Sight, { query, segments }: FindingsOf): ReadonlyMap<number, Figures> {
  const test = imageFindingTest(desk, sight, query);
  const tally = new SegmentTally();
  const figures = new Map<number, Figures>();
  for (const segment of segments) {
    tally.clear();
    if (test.passes === null) {
      tallySegment(desk, sight, { segment, visible: test.visible, tally });
    } else {
      eachImageFinding(desk, sight, { segment, test, visit: (finding) => tally.add(finding) });
    }
    if (tally.total > 0) {
      figures.set(segment, tally.figures());
    }
  }
  return figures;
}

/** The images deployed in a scope, with how many of its deployments run each. */
function imagesInScope({ snapshot }: Desk, scope: Scope): ReadonlyMap<number, number> {
  const deployments = new Map<number, number>();
  eachImageInScope(snapshot, { scope }, (image) => {
    deployments.set(image, (deployments.get(image) ?? 0) + 1);
  });
  return deployments;
}

/** Where in the scope an image runs. */
function placesOf({ snapshot, pairNames }: Desk, scope: Scope, image: number) {
  const pairs = new Set<number>();
  for (let at = snapshot.imageDeploymentStart[image]!; at < snapshot.imageDeploymentStart[image + 1]!; at += 1) {
    const pair = snapshot.deploymentPair[snapshot.imageDeployments[at]!]!;
    if (scope.pairs[pair] === 1) {
      pairs.add(pair);
    }
  }
  return {
    namespaces: distinct([...pairs].map((pair) => pairNames.namespaces[pair]!)),
    clusters: distinct([...pairs].map((pair) => pairNames.clusters[pair]!)),
  };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
