import { componentMask, stateShift } from '../findings/layout.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { anyState, observedOnly, type ScopeView, type StateMask } from '../visibility/aggregate.ts';
import type { Desk } from '../visibility/desk.ts';
import { severityNames, type rhacsStates } from '@pratique/hub/contract/words';

/** The filters that lists by CVE and by image share, after the edge has checked them. */
export interface FindingFilters {
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
  readonly search?: string | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly fixable?: boolean | undefined;
  readonly cvss_min?: number | undefined;
  readonly epss_min?: number | undefined;
  readonly component?: string | undefined;
  readonly kev?: boolean | undefined;
  readonly rhacs_state?: (typeof rhacsStates)[number] | undefined;
  readonly show_suppressed: boolean;
}

/** A CVE of a view, by index, passes or does not. */
export type CveTest = (cve: number) => boolean;

/** Which of Central's exception states a question looks at; observed findings unless asked otherwise. */
export function statesOf(filters: Pick<FindingFilters, 'rhacs_state'>): StateMask {
  switch (filters.rhacs_state) {
    case 'any':
      return anyState;
    case 'deferred':
      return 0b010;
    case 'false_positive':
      return 0b100;
    default:
      return observedOnly;
  }
}

/** The severities asked for; null when the filter is absent or holds nothing that is a severity. */
export function wantedSeverities(severity: readonly string[] | undefined): ReadonlySet<number> | null {
  if (severity === undefined || severity.length === 0) {
    return null;
  }
  const wanted = severity.map((value) => {
    const named = (severityNames as readonly string[]).indexOf(value.toLowerCase());
    return named >= 0 ? named : Number(value);
  });
  return new Set(wanted);
}

/** CVEs that some component with `part` in its name holds, within the scope and states of the view. */
export function componentTest(desk: Desk, view: ScopeView, part: string | undefined): CveTest | null {
  if (part === undefined || part === '') {
    return null;
  }
  return heldBy(desk, view, { key: `component|${part}`, components: () => desk.lexicon.componentsContaining(part) });
}

/** CVEs that some component with exactly this name holds, within the scope and states of the view. */
export function componentNameTest(desk: Desk, view: ScopeView, name: string | undefined): CveTest | null {
  if (name === undefined) {
    return null;
  }
  const components = () => {
    const mask = new Uint8Array(desk.snapshot.componentName.length);
    desk.lexicon.componentsNamed(name).forEach((component) => {
      mask[component] = 1;
    });
    return mask;
  };
  return heldBy(desk, view, { key: `component-name|${name}`, components });
}

/** `components` gives 1 for each component that counts; `key` names the question within the scope and states of the view. */
function heldBy(
  desk: Desk,
  view: ScopeView,
  { key, components }: { readonly key: string; readonly components: () => Uint8Array },
): CveTest {
  const { snapshot } = desk;
  const cves = desk.remember(
    `${key}|${view.states}|${view.scope.key}`,
    (kept: Set<number>) => kept.size * 40,
    () => {
      const mask = components();
      return collectCves(snapshot, segmentsInScope(snapshot, view), (row) => {
        const word = snapshot.rowComponent[row]!;
        return mask[word & componentMask] === 1 && isInStates(word, view.states);
      });
    },
  );
  return (cve) => cves.has(cve);
}

/** Whether something was first seen (epoch seconds, 0 unknown) after a moment (epoch milliseconds; null: never). */
export function isSeenAfter(firstSeen: number, moment: number | null): boolean {
  return moment !== null && firstSeen !== 0 && firstSeen * 1000 > moment;
}

/** CVEs of deployments with exactly this name, within the scope and states of the view. */
export function deploymentTest(desk: Desk, view: ScopeView, name: string | undefined): CveTest | null {
  return name === undefined
    ? null
    : ofSegments(desk, view, (_image, deployment) => desk.deploymentName(deployment) === name);
}

/** CVEs of images with exactly this full name that run in the scope. */
export function imageNameTest(desk: Desk, view: ScopeView, name: string | undefined): CveTest | null {
  return name === undefined ? null : ofSegments(desk, view, (image) => desk.imageName(image) === name);
}

/** CVEs of the images, as some deployment of the scope runs them, that `takes` says yes to. */
function ofSegments(
  { snapshot }: Desk,
  view: ScopeView,
  takes: (image: number, deployment: number) => boolean,
): CveTest {
  const segments = new Set<number>();
  eachImageInScope(snapshot, view, (image, deployment) => {
    if (snapshot.imageSegment[image] !== 0 && takes(image, deployment)) {
      segments.add(snapshot.imageSegment[image]! - 1);
    }
  });
  const cves = collectCves(snapshot, segments, (row) => isInStates(snapshot.rowComponent[row]!, view.states));
  return (cve) => cves.has(cve);
}

/** Visits the images of the deployments of a scope, deployment by deployment in snapshot order. */
export function eachImageInScope(
  { pairStart, deploymentImageStart, deploymentImages }: Snapshot,
  { scope }: Pick<ScopeView, 'scope'>,
  visit: (image: number, deployment: number) => void,
): void {
  for (let pair = 0; pair < scope.pairs.length; pair += 1) {
    const last = scope.pairs[pair] === 1 ? pairStart[pair + 1]! : 0;
    for (let deployment = pairStart[pair]!; deployment < last; deployment += 1) {
      for (let at = deploymentImageStart[deployment]!; at < deploymentImageStart[deployment + 1]!; at += 1) {
        visit(deploymentImages[at]!, deployment);
      }
    }
  }
}

/** Whether a row, given its component word, is in one of the states looked at. */
export function isInStates(componentWord: number, states: StateMask): boolean {
  return ((1 << (componentWord >>> stateShift)) & states) !== 0;
}

/** The segments some deployment of the scope runs, each once. */
export function segmentsInScope(snapshot: Snapshot, view: Pick<ScopeView, 'scope'>): Set<number> {
  const segments = new Set<number>();
  eachImageInScope(snapshot, view, (image) => segments.add(snapshot.imageSegment[image]! - 1));
  segments.delete(-1);
  return segments;
}

function collectCves(snapshot: Snapshot, segments: Iterable<number>, takes: (row: number) => boolean): Set<number> {
  const cves = new Set<number>();
  for (const segment of segments) {
    for (let row = snapshot.segmentStart[segment]!; row < snapshot.segmentStart[segment + 1]!; row += 1) {
      if (takes(row)) {
        cves.add(snapshot.factCve[snapshot.rowFact[row]!]!);
      }
    }
  }
  return cves;
}
