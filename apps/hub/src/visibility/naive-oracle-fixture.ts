/**
 * The definition of visibility told a second time, as slowly and plainly as it can be: loops over rows in
 * memory, straight from the specification. Shares nothing with the implementation but the types of its
 * questions and answers.
 */
import type { CveListItem } from '@pratique/hub/contract';
import type { ScopeFilter } from './reach.ts';
import {
  fixVersionPool,
  type World,
  type WorldDeployment,
  type WorldImage,
  type WorldRow,
} from './small-world-fixture.ts';
import type { Viewer } from './viewer.ts';
import type { Workflow, WorkflowAcceptance, WorkflowSuppression } from './workflow.ts';

/** Which identity of images Central uses; V1 shows the name it keeps where a container says none. */
export type Identity = 'v1' | 'v2';

/** The points at which a definition can go wrong; tests plant errors here to see that they are found. */
export interface Definition {
  readonly reachesBoth: (cvss: boolean, epss: boolean) => boolean;
  readonly isSuppressed: (covered: number, total: number) => boolean;
  readonly emptyMeansAll: boolean;
}

/** As specified: thresholds AND, every occurrence covered, nothing is nothing. */
export const specified: Definition = {
  reachesBoth: (cvss, epss) => cvss && epss,
  isSuppressed: (covered, total) => total > 0 && covered === total,
  emptyMeansAll: false,
};

/** What is asked of the oracle. `now` in epoch seconds. */
export interface Asked {
  readonly world: World;
  readonly identity: Identity;
  readonly workflow: Workflow;
  readonly viewer: Viewer;
  readonly now: number;
  readonly definition?: Definition;
}

/** One CVE row of one image of one deployment. */
export interface Occurrence {
  readonly deployment: WorldDeployment;
  readonly image: WorldImage;
  readonly imageName: string;
  readonly row: WorldRow;
  readonly component: string;
  readonly version: string;
  readonly state: 0 | 1 | 2;
}

type Place = Pick<WorldDeployment, 'namespace' | 'cluster'>;

/** Whether the viewer's reach, before narrowing, holds a place. */
export function inReach(viewer: Viewer, place: Place): boolean {
  const { reach } = viewer;
  if (reach.kind === 'all') return true;
  if (reach.kind === 'clusters') return reach.clusters.includes(place.cluster);
  return reach.pairs.some((pair) => pair.namespace === place.namespace && pair.cluster_name === place.cluster);
}

/** Whether a place is within the reach and the filter. */
export function inScope({ viewer, definition = specified }: Asked, filter: ScopeFilter, place: Place): boolean {
  const nothing = viewer.reach.kind === 'pairs' && viewer.reach.pairs.length === 0;
  return (
    (inReach(viewer, place) || (definition.emptyMeansAll && nothing)) &&
    (filter.cluster === undefined || filter.cluster === place.cluster) &&
    (filter.namespace === undefined || filter.namespace === place.namespace)
  );
}

/** The image a container runs, with the name to show; null when Central does not know it. */
export function imageOf(asked: Asked, container: World['deployments'][number]['containers'][number]) {
  const image = asked.world.images.find(({ digest }) => container.digest === digest);
  if (image === undefined) return null;
  const name = container.name || (asked.identity === 'v1' ? image.names[0]! : '');
  return name === '' ? null : { image, name };
}

const statesByName = { observed: [0], deferred: [1], false_positive: [2], any: [0, 1, 2] };

/** All occurrences in scope whose state is asked for. */
export function occurrencesOf(
  asked: Asked,
  filter: ScopeFilter,
  state: keyof typeof statesByName = 'observed',
): Occurrence[] {
  const found: Occurrence[] = [];
  for (const deployment of asked.world.deployments) {
    if (!inScope(asked, filter, deployment)) continue;
    for (const container of deployment.containers) {
      const known = imageOf(asked, container);
      for (const row of known?.image.rows ?? []) {
        const { image, name } = known!;
        const component = row.component === null ? undefined : image.components[row.component];
        const state = image.states[row.cve] ?? 0;
        found.push({
          deployment,
          image,
          imageName: name,
          row,
          component: component?.name ?? '',
          version: component?.version ?? '',
          state,
        });
      }
    }
  }
  return found.filter((one) => statesByName[state].includes(one.state));
}

/** Occurrences by CVE id. */
export function byCve(occurrences: readonly Occurrence[]): Map<string, Occurrence[]> {
  const groups = new Map<string, Occurrence[]>();
  for (const one of occurrences) groups.set(one.row.cve, [...(groups.get(one.row.cve) ?? []), one]);
  return groups;
}

/** A score as a person sees it. */
export function seenScore(score: number | null, decimals: number): number {
  return Number((score ?? 0).toFixed(decimals));
}

/** Whether a seen score reaches a limit, as 32-bit floats. */
export function reaches(score: number, limit: number): boolean {
  return Math.fround(score) >= Math.fround(limit);
}

/** The aggregates of some rows. */
export function aggregate(rows: readonly WorldRow[]) {
  const highest = (values: readonly number[]) => Math.max(0, ...values);
  const earliest = (values: readonly (number | null)[]) =>
    values.reduce((first, one) => (one !== null && (first === null || one < first) ? one : first), null);
  return {
    severity: highest(rows.map((row) => row.severity ?? 0)),
    cvss: highest(rows.map((row) => seenScore(row.cvss, 1))),
    epss: highest(rows.map((row) => seenScore(row.epss, 5))),
    impact: highest(rows.map((row) => seenScore(row.impact, 1))),
    fixable: rows.some((row) => row.fixable === true),
    firstSeen: earliest(rows.map((row) => row.firstSeen)),
    published: earliest(rows.map((row) => row.published)),
  };
}

/** Texts each once, in code-unit order. */
export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}

/** An instant as the API says it. */
export function instant(seconds: number | null): string | null {
  return seconds === null ? null : new Date(Math.floor(seconds) * 1000).toISOString();
}

/** Lowest fixing version per component, joined where they differ. */
export function fixedBy(occurrences: readonly Occurrence[]): string | null {
  const rank = (version: string) => (fixVersionPool as readonly string[]).indexOf(version);
  const lowest = new Map<string, string>();
  for (const { component, row } of occurrences) {
    const known = lowest.get(component);
    if (row.fixedBy && (known === undefined || rank(row.fixedBy) < rank(known))) lowest.set(component, row.fixedBy);
  }
  const versions = new Set(lowest.values());
  if (versions.size < 2) return [...versions][0] ?? null;
  return distinct([...lowest.keys()])
    .map((component) => `${component} ${lowest.get(component)!}`)
    .join(', ');
}

/** Shell glob as a regular expression; enough for the patterns of the fixtures. */
function globMatches(pattern: string, text: string): boolean {
  const source = pattern.replace(/\[!?[^\]]+\]|[*?]|[^]/g, (part) => {
    if (part === '*') return '[^]*';
    if (part === '?') return '[^]';
    return part.length > 1 ? part.replace('[!', '[^') : part.replace(/[.[\]\\^$+(){}|/-]/g, '\\$&');
  });
  return new RegExp(`^(?:${source})$`).test(text);
}

function covers({ rule }: WorkflowSuppression, { row, component, version, deployment }: Occurrence): boolean {
  if (rule.type === 'component') {
    return (
      rule.componentName === component && (rule.versionPattern === null || globMatches(rule.versionPattern, version))
    );
  }
  return (
    rule.cveId === row.cve &&
    (rule.mode === 'all' ||
      rule.targets.some(
        (target) => target.namespace === deployment.namespace && target.cluster_name === deployment.cluster,
      ))
  );
}

/** How many of the distinct (pair, component, version) are covered by rules of one status. */
export function coverage(workflow: Workflow, occurrences: readonly Occurrence[], status: 'approved' | 'requested') {
  const places = new Map<string, Occurrence>();
  for (const one of occurrences)
    places.set(JSON.stringify([one.deployment.namespace, one.deployment.cluster, one.component, one.version]), one);
  const rules = workflow.suppressions.filter((rule) => rule.status === status);
  const covered = [...places.values()].filter((place) => rules.some((rule) => covers(rule, place))).length;
  return { covered, total: places.size };
}

function overlaps(viewer: Viewer, acceptance: WorkflowAcceptance): boolean {
  return acceptance.targets.some((target) =>
    inReach(viewer, { namespace: target.namespace, cluster: target.cluster_name }),
  );
}

/** The acceptance to show: accessible ones only, approved before requested, then the newest. */
export function shownAcceptance({ workflow, viewer }: Asked, cve: string): WorkflowAcceptance | null {
  const everything = viewer.seesAll && viewer.reach.kind === 'all';
  const accessible = workflow.acceptances.filter(
    (one) =>
      one.cveId === cve &&
      (everything ||
        one.createdBy === viewer.userId ||
        (one.mode === 'all' ? viewer.hasNamespaces : overlaps(viewer, one))),
  );
  const newest = (status: string) =>
    accessible.filter((one) => one.status === status).toSorted((a, b) => b.createdAt - a.createdAt)[0];
  return newest('approved') ?? newest('requested') ?? null;
}

/** What a viewer can know of a CVE: its aggregates, why it shows, whether it is suppressed. */
export interface Judged extends ReturnType<typeof aggregate> {
  readonly cve: string;
  readonly occurrences: readonly Occurrence[];
  readonly kev: boolean;
  readonly prioritised: boolean;
  readonly lifted: boolean;
  readonly passes: boolean;
  readonly suppressed: boolean;
}

/** Every CVE of a scope, judged. */
export function judgeAll(asked: Asked, filter: ScopeFilter, state: keyof typeof statesByName = 'observed'): Judged[] {
  const { workflow, viewer, definition = specified } = asked;
  return [...byCve(occurrencesOf(asked, filter, state))].map(([cve, occurrences]) => {
    const facts = aggregate(occurrences.map(({ row }) => row));
    const kev = workflow.knownExploited.some(([id]) => id === cve) || occurrences.some(({ row }) => row.kev === true);
    const prioritised = workflow.priorities.some((priority) => priority.cveId === cve);
    const accepted = workflow.acceptances.some(
      (one) => one.cveId === cve && (one.mode === 'all' || viewer.reach.kind === 'all' || overlaps(viewer, one)),
    );
    const { minCvss, minEpss } = workflow.thresholds;
    const reached = definition.reachesBoth(reaches(facts.cvss, minCvss), reaches(facts.epss, minEpss));
    const lifted = kev || prioritised || accepted;
    const { covered, total } = coverage(workflow, occurrences, 'approved');
    return {
      ...facts,
      cve,
      occurrences,
      kev,
      prioritised,
      lifted,
      passes: viewer.isSecTeam || reached || lifted,
      suppressed: definition.isSuppressed(covered, total),
    };
  });
}

/** The judged CVEs that show. */
export function visibleOf(
  asked: Asked,
  filter: ScopeFilter,
  options: { readonly state?: keyof typeof statesByName; readonly showSuppressed?: boolean } = {},
): Judged[] {
  return judgeAll(asked, filter, options.state).filter(
    (one) => one.passes && (options.showSuppressed === true || !one.suppressed),
  );
}

function rollUp({ workflow }: Asked, one: Judged): CveListItem['remediation_status'] {
  const affected = distinct(
    one.occurrences.map(({ deployment }) => JSON.stringify([deployment.namespace, deployment.cluster])),
  );
  const own = workflow.remediations.filter(
    (r) => r.cveId === one.cve && affected.includes(JSON.stringify([r.namespace, r.cluster_name])),
  );
  if (own.some(({ status }) => status === 'open' || status === 'in_progress')) return 'in_progress';
  const done = distinct(own.map((r) => JSON.stringify([r.namespace, r.cluster_name])));
  return own.length > 0 && done.length === affected.length ? 'remediated' : 'unremediated';
}

/** Components carry the operating system of their image; an image none of whose rows names a component tells none. */
function systemOf(image: WorldImage): string {
  return image.rows.some(({ component }) => component !== null) ? (image.os ?? '') : '';
}

/** A CVE as the list shows it. */
export function listItem(asked: Asked, one: Judged): CveListItem {
  const { workflow } = asked;
  const priority = workflow.priorities.find(({ cveId }) => cveId === one.cve);
  const acceptance = shownAcceptance(asked, one.cve);
  const approved = coverage(workflow, one.occurrences, 'approved');
  const requested = coverage(workflow, one.occurrences, 'requested');
  return {
    cve_id: one.cve,
    severity: one.severity,
    cvss: one.cvss,
    epss_probability: one.epss,
    impact_score: one.impact,
    fixable: one.fixable,
    fixed_by: fixedBy(one.occurrences),
    affected_images: new Set(one.occurrences.map(({ imageName, image }) => JSON.stringify([imageName, image.digest])))
      .size,
    affected_deployments: new Set(one.occurrences.map(({ deployment }) => deployment.id)).size,
    first_seen: instant(one.firstSeen),
    published_on: instant(one.published),
    operating_system: distinct(one.occurrences.map(({ image }) => systemOf(image))).at(-1) || null,
    has_priority: priority !== undefined,
    priority_level: priority?.level ?? null,
    priority_deadline: priority === undefined || priority.deadline === null ? null : instant(priority.deadline / 1000),
    component_names: distinct(one.occurrences.map(({ component }) => component)).filter((name) => name !== ''),
    has_risk_acceptance: acceptance !== null,
    risk_acceptance_status: acceptance?.status ?? null,
    risk_acceptance_id: acceptance?.id ?? null,
    is_suppressed: one.suppressed,
    suppression_requested: requested.total > 0 && requested.covered === requested.total,
    remediation_status: rollUp(asked, one),
    suppressed_occurrences: approved.covered,
    total_occurrences: approved.total,
    kev: one.kev,
    kev_due_date: workflow.knownExploited.find(([id]) => id === one.cve)?.[1] ?? null,
    rhacs_state: Math.min(...one.occurrences.map(({ state }) => state)),
  };
}

const severityNumbers: Readonly<Record<string, number>> = {
  unknown: 0,
  low: 1,
  moderate: 2,
  important: 3,
  critical: 4,
};

/** Whether a severity is among those asked for, by number or name. */
export function wantsSeverity(severities: readonly string[] | undefined, severity: number): boolean {
  return severities === undefined || severities.some((one) => (severityNumbers[one] ?? Number(one)) === severity);
}

/** Whether a CVE id or a name of a component, image or deployment that holds it has the search text in it. */
export function isSearched(search: string | undefined, cve: string, occurrences: readonly Occurrence[]): boolean {
  if (search === undefined || search === '') return true;
  const names: Readonly<Record<string, readonly string[]>> = {
    component: occurrences.map(({ component }) => component),
    image: occurrences.map(({ imageName }) => imageName),
    deployment: occurrences.map(({ deployment }) => deployment.name),
  };
  const [prefix, ...rest] = search.split(':');
  const asked = names[prefix!];
  const holds = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());
  if (asked !== undefined && rest.length > 0) return asked.some((name) => holds(name, rest.join(':')));
  return [cve, ...Object.values(names).flat()].some((name) => holds(name, search));
}

/** Two values in ascending order. */
export function ascending(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
