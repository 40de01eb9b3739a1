import type {
  AffectedComponent,
  AffectedDeployment,
  AffectedImage,
  CveDetail,
  CveListItem,
  Pair,
} from '@pratique/hub/contract';
import type { Static } from 'typebox';
import { componentMask, severityMask } from '../findings/layout.ts';
import { shownCvss } from '../findings/scores.ts';
import { stringAt } from '../findings/string-table.ts';
import { anyState } from '../visibility/aggregate.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import { eachSegmentOfCve, pairsOfCve } from '../visibility/occurrences.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { instantOf, presentCve } from './present.ts';

type Component = Static<typeof AffectedComponent>;

/** One CVE as one person may see it. */
export interface CveDetailQuestion {
  readonly viewer: Viewer;
  readonly cveId: string;
  readonly filter: ScopeFilter;
}

/** What the snapshot knows of a CVE, apart from the long lists: enough to look up what other places know of it. */
export interface CveFacts {
  readonly item: CveListItem;
  readonly pairs: readonly Pair[];
  readonly advisoryName: string | null;
  readonly advisoryLink: string | null;
  readonly nvdCvss: number | null;
  readonly fixAvailable: string | null;
  /** Segment keys to look the record up by, most telling first. */
  readonly imageRefs: readonly { readonly ref: string; readonly generation: 1 | 2 }[];
}

const maxRecordRefs = 20;

/** What other places know of a CVE: Central's own record, the feeds, the texts of the workflow. */
export type CveAdditions = Omit<
  CveDetail,
  keyof CveListItem | 'affected_deployments_list' | 'affected_images_list' | 'components' | 'data_as_of'
>;

/** A CVE as the snapshot knows it: the page without what other places add, and what is needed to ask those. */
export interface CvePageParts {
  readonly facts: CveFacts;
  readonly page: Omit<CveDetail, keyof CveAdditions>;
}

/** The page of a CVE with its long lists; null when it does not occur within the viewer's scope. Thresholds do not apply. */
export function cvePage(desk: Desk, question: CveDetailQuestion): CvePageParts | null {
  const found = locate(desk, question);
  if (found === null) {
    return null;
  }
  const { sight, cve } = found;
  const facts = factsOf(desk, question, found);
  const images = affectedImages(desk, sight, cve);
  return {
    facts,
    page: {
      ...facts.item,
      affected_deployments_list: affectedDeployments(desk, sight, cve),
      affected_images_list: images,
      components: mergeComponents(images.flatMap((image) => image.components)),
      data_as_of: new Date(desk.dataAsOf).toISOString(),
    },
  };
}

interface Located {
  readonly sight: Sight;
  readonly cve: number;
  readonly position: number;
}

function locate(desk: Desk, { viewer, cveId, filter }: CveDetailQuestion): Located | null {
  const cve = desk.lexicon.cveIndex(cveId);
  if (cve === -1) {
    return null;
  }
  const sight = desk.sightOfCve(viewer, cve, { scope: desk.scope(viewer, filter), states: anyState });
  return sight.view.cves.length === 0 ? null : { sight, cve, position: 0 };
}

/** The facts of a CVE within the viewer's scope; null when it does not occur there. Thresholds do not apply. */
export function findCve(desk: Desk, question: CveDetailQuestion): CveFacts | null {
  const found = locate(desk, question);
  return found === null ? null : factsOf(desk, question, found);
}

function factsOf(desk: Desk, { viewer }: CveDetailQuestion, { sight, cve, position }: Located): CveFacts {
  return {
    item: presentCve(desk, sight, viewer, position),
    pairs: namedPairs(desk, sight, cve),
    ...advisoryOf(desk, sight, cve),
    imageRefs: recordRefs(desk, sight, cve),
  };
}

function namedPairs(desk: Desk, { view }: Sight, cve: number): Pair[] {
  return pairsOfCve(desk.snapshot, { cve, scope: view.scope, states: view.states }).map((pair) => ({
    namespace: desk.pairNames.namespaces[pair]!,
    cluster_name: desk.pairNames.clusters[pair]!,
  }));
}

/** Deployment × image, ordered by namespace then name. */
export function affectedDeployments(
  desk: Desk,
  { view }: { readonly view: Pick<Sight['view'], 'scope' | 'states'> },
  cve: number,
): AffectedDeployment[] {
  const { snapshot, pairNames } = desk;
  const found: AffectedDeployment[] = [];
  eachSegmentOfCve(snapshot, { cve, scope: view.scope, states: view.states }, (segment, start, end) => {
    const firstSeen = instantOf(earliest(snapshot.rowFirstSeen, start, end));
    eachUse(desk, segment, (image, deployment) => {
      const pair = snapshot.deploymentPair[deployment]!;
      if (view.scope.pairs[pair] === 1) {
        found.push({
          deployment_id: stringAt(snapshot.names.deploymentIds, deployment),
          deployment_name: desk.deploymentName(deployment),
          namespace: pairNames.namespaces[pair]!,
          cluster_name: pairNames.clusters[pair]!,
          image_name: desk.imageName(image),
          image_id: stringAt(snapshot.names.imageDigests, image),
          first_seen: firstSeen,
          deployment_type: stringAt(snapshot.names.deploymentTypes, deployment),
        });
      }
    });
  });
  return found.toSorted(
    (a, b) =>
      byText(a.namespace, b.namespace) ||
      byText(a.deployment_name, b.deployment_name) ||
      byText(a.cluster_name, b.cluster_name) ||
      byText(a.image_name, b.image_name),
  );
}

/** Visits every (image, deployment) that runs a segment. */
function eachUse(desk: Desk, segment: number, visit: (image: number, deployment: number) => void): void {
  const { segmentImageStart, segmentImages, imageDeploymentStart, imageDeployments } = desk.snapshot;
  for (let at = segmentImageStart[segment]!; at < segmentImageStart[segment + 1]!; at += 1) {
    const image = segmentImages[at]!;
    for (let use = imageDeploymentStart[image]!; use < imageDeploymentStart[image + 1]!; use += 1) {
      visit(image, imageDeployments[use]!);
    }
  }
}

function affectedImages(desk: Desk, { view }: Sight, cve: number): AffectedImage[] {
  const { snapshot, lexicon } = desk;
  const found: AffectedImage[] = [];
  eachSegmentOfCve(snapshot, { cve, scope: view.scope, states: view.states }, (segment, start, end) => {
    const deployments = new Map<number, Set<number>>();
    eachUse(desk, segment, (image, deployment) => {
      if (view.scope.pairs[snapshot.deploymentPair[deployment]!] === 1) {
        deployments.set(image, (deployments.get(image) ?? new Set()).add(deployment));
      }
    });
    const os = lexicon.text(snapshot.segmentOs[segment]!);
    const facts = { ...worstOf(desk, start, end), components: componentsOf(desk, start, end) };
    for (const [image, users] of deployments) {
      found.push({
        image_id: stringAt(snapshot.names.imageDigests, image),
        image_name: desk.imageName(image),
        operating_system: os === '' ? null : os,
        ...facts,
        affected_deployments: users.size,
      });
    }
  });
  return found.toSorted((a, b) => b.severity - a.severity || b.cvss - a.cvss || byText(a.image_name, b.image_name));
}

function worstOf({ snapshot }: Desk, start: number, end: number): { severity: number; cvss: number } {
  let severity = 0;
  let cvss = 0;
  for (let row = start; row < end; row += 1) {
    const fact = snapshot.rowFact[row]!;
    severity = Math.max(severity, snapshot.factFlags[fact]! & severityMask);
    cvss = Math.max(cvss, snapshot.factCvss[fact]!);
  }
  return { severity, cvss: shownCvss(cvss) };
}

/** The components named by rows; a row whose component Central does not know names none. */
function componentsOf({ snapshot, lexicon }: Desk, start: number, end: number): Component[] {
  const components: Component[] = [];
  for (let row = start; row < end; row += 1) {
    const component = snapshot.rowComponent[row]! & componentMask;
    const component_name = lexicon.text(snapshot.componentName[component]!);
    if (component_name === '') {
      continue;
    }
    const fixedBy = lexicon.text(snapshot.factFixedBy[snapshot.rowFact[row]!]!);
    components.push({
      component_name,
      component_version: lexicon.text(snapshot.componentVersion[component]!),
      fixable: fixedBy !== '',
      fixed_by: fixedBy === '' ? null : fixedBy,
    });
  }
  return mergeComponents(components);
}

function mergeComponents(components: readonly Component[]): Component[] {
  const distinct = new Map(components.map((component) => [JSON.stringify(component), component]));
  return [...distinct.values()].toSorted(
    (a, b) =>
      byText(a.component_name, b.component_name) ||
      byText(a.component_version, b.component_version) ||
      byText(a.fixed_by ?? '', b.fixed_by ?? ''),
  );
}

/** The advisory of the worst row that names one, and the scores only rows carry. */
function advisoryOf({ snapshot, lexicon }: Desk, { view }: Sight, cve: number) {
  let name = '';
  let link = '';
  let nvdCvss = 0;
  let fixAvailable = 0;
  eachSegmentOfCve(snapshot, { cve, scope: view.scope, states: view.states }, (_segment, start, end) => {
    for (let row = start; row < end; row += 1) {
      const fact = snapshot.rowFact[row]!;
      const advisory = lexicon.text(snapshot.factAdvisoryName[fact]!);
      if (advisory > name) {
        name = advisory;
        link = lexicon.text(snapshot.factAdvisoryLink[fact]!);
      }
      nvdCvss = Math.max(nvdCvss, snapshot.factNvdCvss[fact]!);
      const available = snapshot.factFixAvailable[fact]!;
      if (available !== 0 && (fixAvailable === 0 || available < fixAvailable)) {
        fixAvailable = available;
      }
    }
  });
  return {
    advisoryName: name === '' ? null : name,
    advisoryLink: link === '' ? null : link,
    nvdCvss: nvdCvss === 0 ? null : shownCvss(nvdCvss),
    fixAvailable: instantOf(fixAvailable),
  };
}

/** The images whose stored rows may hold the record; a fixed choice, so that the page reads the same twice. */
function recordRefs(desk: Desk, { view }: Sight, cve: number): { ref: string; generation: 1 | 2 }[] {
  const refs = new Map<string, { ref: string; generation: 1 | 2 }>();
  eachSegmentOfCve(desk.snapshot, { cve, scope: view.scope, states: view.states }, (segment) => {
    const image = desk.imageRecord(desk.snapshot.segmentImages[desk.snapshot.segmentImageStart[segment]!]!);
    if (image.ref !== null && image.generation !== null) {
      refs.set(image.ref, { ref: image.ref, generation: image.generation });
    }
  });
  return [...refs.values()].toSorted((a, b) => byText(a.ref, b.ref)).slice(0, maxRecordRefs);
}

function earliest(times: Uint32Array, start: number, end: number): number {
  let first = 0;
  for (let row = start; row < end; row += 1) {
    const time = times[row]!;
    if (time !== 0 && (first === 0 || time < first)) {
      first = time;
    }
  }
  return first;
}

/** Plain text order, the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
