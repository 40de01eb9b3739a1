import type { AffectedDeployment, ImageComponent, ImageCveDetail, ImageCvesQuery } from '@pratique/hub/contract';
import { statesOf, type FindingFilters } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { describeFix } from '../cves/fix-version.ts';
import { imagesSearched, parseSearch } from '../cves/text-search.ts';
import { instantOf } from '../cves/present.ts';
import type { InventoryImage } from '../findings/inventory.ts';
import { componentMask } from '../findings/layout.ts';
import { shownCvss, shownEpss } from '../findings/scores.ts';
import { allStrings, stringAt } from '../findings/string-table.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import type { Scope } from '../visibility/scope.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { imageComponents } from './components.ts';
import { eachImageFinding, imageFindingTest, type ImageFinding } from './image-findings.ts';

/** One image as one person may see it. `name` chooses where a digest runs under several names. */
export interface ImageQuestion {
  readonly viewer: Viewer;
  readonly imageId: string;
  readonly query: ImageCvesQuery;
}

export interface ImageFacts {
  readonly image: InventoryImage;
  readonly otherNames: readonly string[];
  readonly cves: readonly ImageCveDetail[];
  readonly components: readonly ImageComponent[];
  /** Those of the scope that run the image, by namespace and name. */
  readonly deployments: readonly AffectedDeployment[];
  /** CVEs by the month they were first seen in this image, by severity 0–4. */
  readonly months: readonly { readonly month: string; readonly counts: readonly number[] }[];
  readonly dataAsOf: string;
}

/** An image that some deployment within the viewer's scope runs, with its visible CVEs; null for any other. */
export function findImage(desk: Desk, { viewer, imageId, query }: ImageQuestion): ImageFacts | null {
  const scope = desk.scope(viewer, query);
  const matching = imagesInScope(desk, scope, imageId);
  const chosen = matching.find((image) => query.name === undefined || desk.imageName(image) === query.name);
  if (chosen === undefined) {
    return null;
  }
  const sight = desk.sight(viewer, scope, statesOf(query));
  const findings = findingsOfImage(desk, sight, chosen, query);
  const deployments = deploymentsOf(desk, scope, chosen);
  return {
    image: desk.imageRecord(chosen),
    otherNames: matching.filter((image) => image !== chosen).map((image) => desk.imageName(image)),
    cves: findings.toSorted(bySeverity(desk)).map((finding) => presentFinding(desk, sight, finding, deployments)),
    months: byMonth(findings),
    components: imageComponents(desk, sight, findings),
    deployments: runningDeployments(desk, scope, { image: chosen, findings }),
    dataAsOf: new Date(desk.dataAsOf).toISOString(),
  };
}

/** Digests somebody asks about, such as those a gate has judged. */
export interface KnownImagesQuestion {
  readonly viewer: Viewer;
  readonly digests: readonly string[];
}

/** Those of the digests that some deployment within the viewer's reach runs. */
export function knownImages(desk: Desk, { viewer, digests }: KnownImagesQuestion): readonly string[] {
  const scope = desk.scope(viewer, {});
  return digests.filter((digest) => imagesInScope(desk, scope, digest).length > 0);
}

/** Images of the scope with this digest, or this key of the source's own, ordered by name. */
function imagesInScope(desk: Desk, scope: Scope, imageId: string): number[] {
  const { names, imageDeploymentStart } = desk.snapshot;
  if (imageId === '') {
    return [];
  }
  const digests = desk.remember(
    'image-digests',
    (all) => all.length * 150,
    () => allStrings(names.imageDigests),
  );
  const found: number[] = [];
  digests.forEach((digest, image) => {
    const isAsked = digest === imageId || (!imageId.startsWith('sha256:') && desk.imageRecord(image).ref === imageId);
    if (
      isAsked &&
      imageDeploymentStart[image] !== imageDeploymentStart[image + 1] &&
      deploymentsOf(desk, scope, image) > 0
    ) {
      found.push(image);
    }
  });
  return found.toSorted((a, b) => byText(desk.imageName(a), desk.imageName(b)));
}

function deploymentsOf(desk: Desk, scope: Scope, image: number): number {
  const { imageDeploymentStart, imageDeployments, deploymentPair } = desk.snapshot;
  let count = 0;
  for (let use = imageDeploymentStart[image]!; use < imageDeploymentStart[image + 1]!; use += 1) {
    count += scope.pairs[deploymentPair[imageDeployments[use]!]!]!;
  }
  return count;
}

function runningDeployments(
  desk: Desk,
  scope: Scope,
  { image, findings }: { readonly image: number; readonly findings: readonly ImageFinding[] },
): AffectedDeployment[] {
  const { names, imageDeploymentStart, imageDeployments, deploymentPair } = desk.snapshot;
  const firstSeen = findings.reduce(
    (first, one) => (one.firstSeen !== 0 && (first === 0 || one.firstSeen < first) ? one.firstSeen : first),
    0,
  );
  const running: AffectedDeployment[] = [];
  for (let use = imageDeploymentStart[image]!; use < imageDeploymentStart[image + 1]!; use += 1) {
    const deployment = imageDeployments[use]!;
    const pair = deploymentPair[deployment]!;
    if (scope.pairs[pair] === 1) {
      running.push({
        deployment_id: stringAt(names.deploymentIds, deployment),
        deployment_name: desk.deploymentName(deployment),
        namespace: desk.pairNames.namespaces[pair]!,
        cluster_name: desk.pairNames.clusters[pair]!,
        image_name: desk.imageName(image),
        image_id: stringAt(names.imageDigests, image),
        first_seen: instantOf(firstSeen),
        deployment_type: stringAt(names.deploymentTypes, deployment),
      });
    }
  }
  return running.toSorted(
    (a, b) =>
      byText(a.namespace, b.namespace) ||
      byText(a.deployment_name, b.deployment_name) ||
      byText(a.cluster_name, b.cluster_name),
  );
}

function findingsOfImage(desk: Desk, sight: Sight, image: number, filters: FindingFilters): ImageFinding[] {
  const segment = desk.snapshot.imageSegment[image]! - 1;
  const findings: ImageFinding[] = [];
  const search = parseSearch(filters.search);
  if (segment >= 0) {
    const isFound = search !== null && imagesSearched(desk, sight.view.scope, search).has(image);
    const test = imageFindingTest(desk, sight, isFound ? { ...filters, search: undefined } : filters);
    eachImageFinding(desk, sight, { segment, test, visit: (finding) => findings.push({ ...finding }) });
  }
  return findings;
}

function bySeverity(desk: Desk): (a: ImageFinding, b: ImageFinding) => number {
  const ranks = desk.lexicon.cveRanks;
  return (a, b) => b.severity - a.severity || b.cvss - a.cvss || b.epss - a.epss || ranks[a.cve]! - ranks[b.cve]!;
}

function presentFinding(desk: Desk, sight: Sight, finding: ImageFinding, deployments: number): ImageCveDetail {
  const { snapshot, lexicon, ledger } = desk;
  const components = [];
  for (let row = finding.start; row < finding.end; row += 1) {
    const name = snapshot.componentName[snapshot.rowComponent[row]! & componentMask]!;
    const fixedBy = snapshot.factFixedBy[snapshot.rowFact[row]!]!;
    components.push({ component: lexicon.text(name), fixedBy: lexicon.text(fixedBy) });
  }
  return {
    cve_id: lexicon.cves[finding.cve]!,
    severity: finding.severity,
    cvss: shownCvss(finding.cvss),
    epss_probability: shownEpss(finding.epss),
    impact_score: shownCvss(finding.impact),
    fixable: finding.fixable,
    fixed_by: describeFix(components),
    affected_deployments: deployments,
    first_seen: instantOf(finding.firstSeen),
    published_on: instantOf(finding.published),
    kev: finding.kev || ledger.knownExploited.has(finding.cve),
    component_names: [...new Set(components.map(({ component }) => component))]
      .filter((name) => name !== '')
      .toSorted(),
  };
}

function byMonth(findings: readonly ImageFinding[]): { month: string; counts: number[] }[] {
  const months = new Map<string, number[]>();
  for (const { firstSeen, severity } of findings) {
    if (firstSeen !== 0) {
      const month = `${new Date(firstSeen * 1000).toISOString().slice(0, 7)}-01`;
      const counts = months.get(month) ?? [0, 0, 0, 0, 0];
      counts[severity]! += 1;
      months.set(month, counts);
    }
  }
  return [...months].toSorted(([a], [b]) => byText(a, b)).map(([month, counts]) => ({ month, counts }));
}
