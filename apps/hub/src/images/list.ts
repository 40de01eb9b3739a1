import type { ImageCveGroup, ImageGroupQuery, ImageSortKey } from '@pratique/hub/contract';
import { imageSortKeys } from '@pratique/hub/contract/words';
import { eachDeploymentInScope, segmentsInScope, statesOf, type FindingFilters } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { imagesSearched, parseSearch } from '../cves/text-search.ts';
import { shownCvss, shownEpss } from '../findings/scores.ts';
import { stringAt } from '../findings/string-table.ts';
import { viewerKey, type Desk, type Sight } from '../visibility/desk.ts';
import type { Scope } from '../visibility/scope.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { eachImageFinding, imageFindingTest } from './image-findings.ts';

/** Bare arrays are cut here; a page is not. */
export const maxBareArray = 5000;

export interface ImageListQuestion {
  readonly viewer: Viewer;
  readonly query: ImageGroupQuery;
}

type Figures = Pick<
  ImageCveGroup,
  'total_cves' | 'critical_cves' | 'high_cves' | 'medium_cves' | 'low_cves' | 'max_cvss' | 'max_epss' | 'fixable_cves'
>;

/** Every image of the scope that holds a visible CVE passing the filters, ordered. */
export function groupByImage(desk: Desk, { viewer, query }: ImageListQuestion): ImageCveGroup[] {
  const scope = desk.scope(viewer, query);
  const sight = desk.sight(viewer, scope, statesOf(query));
  const { page: _page, page_size: _size, ...filters } = query;
  const key = `images|${viewerKey(viewer)}|${scope.key}|${JSON.stringify(filters)}`;
  const weigh = (groups: readonly ImageCveGroup[]) => groups.length * 600;
  return desk.remember(key, weigh, () => {
    const figuresOf = figuresByImage(desk, sight, query);
    const groups: ImageCveGroup[] = [];
    for (const [image, use] of imageUses(desk, scope)) {
      const ofImage = figuresOf(image);
      const image_name = desk.imageName(image) || 'unknown';
      if (ofImage !== undefined && (query.image_name === undefined || query.image_name === image_name)) {
        groups.push({ image_name, image_id: stringAt(desk.snapshot.names.imageDigests, image), ...ofImage, ...use() });
      }
    }
    return order(groups, query);
  });
}

function order(groups: readonly ImageCveGroup[], query: ImageGroupQuery): ImageCveGroup[] {
  const key = (
    (imageSortKeys as readonly string[]).includes(query.sort_by) ? query.sort_by : 'total_cves'
  ) as ImageSortKey;
  const direction = query.sort_desc ? -1 : 1;
  const value = (a: ImageCveGroup, b: ImageCveGroup) =>
    key === 'image_name' ? byText(a.image_name, b.image_name) : a[key] - b[key];
  return groups.toSorted(
    (a, b) =>
      direction * value(a, b) ||
      b.total_cves - a.total_cves ||
      byText(a.image_name, b.image_name) ||
      byText(a.image_id, b.image_id),
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
  const figures = new Map<number, Figures>();
  for (const segment of segments) {
    const buckets = [0, 0, 0, 0, 0];
    let maxCvss = 0;
    let maxEpss = 0;
    let fixable = 0;
    const visit = (finding: { severity: number; cvss: number; epss: number; fixable: boolean }) => {
      buckets[finding.severity]! += 1;
      maxCvss = Math.max(maxCvss, finding.cvss);
      maxEpss = Math.max(maxEpss, finding.epss);
      fixable += Number(finding.fixable);
    };
    eachImageFinding(desk, sight, { segment, test, visit });
    const total = buckets.reduce((sum, count) => sum + count, 0);
    if (total > 0) {
      figures.set(segment, {
        total_cves: total,
        critical_cves: buckets[4]!,
        high_cves: buckets[3]!,
        medium_cves: buckets[2]!,
        low_cves: buckets[1]! + buckets[0]!,
        max_cvss: shownCvss(maxCvss),
        max_epss: shownEpss(maxEpss),
        fixable_cves: fixable,
      });
    }
  }
  return figures;
}

/** For each image deployed in the scope, by how many deployments and where; the names are made on demand. */
function imageUses(desk: Desk, scope: Scope) {
  const { snapshot, pairNames } = desk;
  const deployments = new Map<number, number>();
  const pairs = new Map<number, Set<number>>();
  eachDeploymentInScope(snapshot, { scope }, (deployment) => {
    for (
      let at = snapshot.deploymentImageStart[deployment]!;
      at < snapshot.deploymentImageStart[deployment + 1]!;
      at += 1
    ) {
      const image = snapshot.deploymentImages[at]!;
      deployments.set(image, (deployments.get(image) ?? 0) + 1);
      pairs.set(image, (pairs.get(image) ?? new Set()).add(snapshot.deploymentPair[deployment]!));
    }
  });
  return [...deployments].map(
    ([image, count]) =>
      [
        image,
        () => ({
          affected_deployments: count,
          namespaces: distinct([...pairs.get(image)!].map((pair) => pairNames.namespaces[pair]!)),
          clusters: distinct([...pairs.get(image)!].map((pair) => pairNames.clusters[pair]!)),
        }),
      ] as const,
  );
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
