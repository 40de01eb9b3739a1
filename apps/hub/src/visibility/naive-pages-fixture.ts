/** The page of one CVE, the views by image and the threshold preview, naively; see naive-oracle-fixture.ts. */
import type {
  AffectedDeployment,
  CveListItem,
  ImageCveDetail,
  ImageCveGroup,
  ImageGroupQuery,
  Pair,
  ThresholdPreview,
} from '@pratique/hub/contract';
import {
  aggregate,
  ascending,
  byCve,
  distinct,
  fixedBy,
  imageOf,
  inReach,
  inScope,
  instant,
  isSearched,
  judgeAll,
  listItem,
  occurrencesOf,
  reaches,
  visibleOf,
  wantsSeverity,
  type Asked,
  type Occurrence,
} from './naive-oracle-fixture.ts';
import type { ScopeFilter } from './reach.ts';

/** What the page of a CVE shows of the findings; null when it does not occur in scope. */
export interface NaiveDetail {
  readonly item: CveListItem;
  readonly deployments: readonly Omit<AffectedDeployment, 'deployment_type'>[];
  readonly components: readonly {
    component_name: string;
    component_version: string;
    fixable: boolean;
    fixed_by: string | null;
  }[];
  readonly images: readonly string[];
}

/** The page of one CVE: any state counts, thresholds do not. */
export function naiveDetail(asked: Asked, filter: ScopeFilter, cve: string): NaiveDetail | null {
  const one = judgeAll(asked, filter, 'any').find((judged) => judged.cve === cve);
  if (one === undefined) return null;
  const uses = grouped(one.occurrences, ({ deployment, imageName, image }) =>
    JSON.stringify([deployment.id, imageName, image.digest]),
  );
  const deployments = [...uses.values()].map((rows) => {
    const { deployment, imageName, image } = rows[0]!;
    const { id: deployment_id, name: deployment_name, namespace, cluster: cluster_name } = deployment;
    const first_seen = instant(aggregate(rows.map(({ row }) => row)).firstSeen);
    return {
      deployment_id,
      deployment_name,
      namespace,
      cluster_name,
      image_name: imageName,
      image_id: image.digest,
      first_seen,
    };
  });
  const components = distinct(
    one.occurrences
      .filter(({ component }) => component !== '')
      .map(({ component, version, row }) =>
        JSON.stringify([component, version, row.fixable === true, row.fixedBy || null]),
      ),
  ).map((text) => {
    const [component_name, component_version, fixable, fixed_by] = JSON.parse(text) as [
      string,
      string,
      boolean,
      string | null,
    ];
    return { component_name, component_version, fixable, fixed_by };
  });
  const images = distinct(one.occurrences.map(({ imageName, image }) => `${imageName} ${image.digest}`));
  return { item: listItem(asked, one), deployments, components, images };
}

function grouped(occurrences: readonly Occurrence[], key: (one: Occurrence) => string): Map<string, Occurrence[]> {
  const groups = new Map<string, Occurrence[]>();
  for (const one of occurrences) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

type ImageFilters = Omit<ImageGroupQuery, 'sort_by' | 'sort_desc' | 'image_name' | 'page' | 'page_size'>;

/** The CVEs of one image that count: visible over the whole scope, filtered by the image's own values. */
function ofImage(asked: Asked, query: ImageFilters, occurrences: readonly Occurrence[]) {
  const options = {
    ...(query.rhacs_state === undefined ? {} : { state: query.rhacs_state }),
    showSuppressed: query.show_suppressed,
  };
  const visible = new Map(visibleOf(asked, query, options).map((one) => [one.cve, one]));
  return [...byCve(occurrences)]
    .filter(([cve]) => visible.has(cve))
    .map(([cve, rows]) => ({
      cve,
      rows,
      kev: asked.workflow.knownExploited.some(([id]) => id === cve) || rows.some(({ row }) => row.kev === true),
      ...aggregate(rows.map(({ row }) => row)),
    }))
    .filter((one) => {
      const names = distinct(one.rows.map(({ component }) => component)).filter((name) => name !== '');
      return [
        wantsSeverity(query.severity, one.severity),
        query.fixable === undefined || query.fixable === one.fixable,
        query.kev === undefined || query.kev === one.kev,
        query.cvss_min === undefined || reaches(one.cvss, query.cvss_min),
        query.epss_min === undefined || reaches(one.epss, query.epss_min),
        isSearched(query.search, one.cve, one.rows),
        query.component === undefined ||
          names.some((name) => name.toLowerCase().includes(query.component!.toLowerCase())),
      ].every(Boolean);
    });
}

function usersOf(asked: Asked, filter: ScopeFilter, which: { readonly name: string; readonly digest: string }) {
  return asked.world.deployments.filter(
    (deployment) =>
      inScope(asked, filter, deployment) &&
      deployment.containers.some((container) => {
        const known = imageOf(asked, container);
        return known !== null && known.name === which.name && known.image.digest === which.digest;
      }),
  );
}

/** Every image of the scope with CVEs that pass, in order. */
export function naiveImageGroups(asked: Asked, query: ImageGroupQuery): ImageCveGroup[] {
  const groups: ImageCveGroup[] = [];
  const images = grouped(occurrencesOf(asked, query, query.rhacs_state), ({ imageName, image }) =>
    JSON.stringify([imageName, image.digest]),
  );
  for (const occurrences of images.values()) {
    const { imageName: name, image } = occurrences[0]!;
    const cves = ofImage(asked, query, occurrences);
    if (cves.length === 0 || (query.image_name !== undefined && query.image_name !== name)) continue;
    const users = usersOf(asked, query, { name, digest: image.digest });
    const count = (test: (severity: number) => boolean) => cves.filter(({ severity }) => test(severity)).length;
    groups.push({
      image_name: name,
      image_id: image.digest,
      total_cves: cves.length,
      critical_cves: count((severity) => severity === 4),
      high_cves: count((severity) => severity === 3),
      medium_cves: count((severity) => severity === 2),
      low_cves: count((severity) => severity <= 1),
      max_cvss: Math.max(...cves.map(({ cvss }) => cvss)),
      max_epss: Math.max(...cves.map(({ epss }) => epss)),
      fixable_cves: cves.filter(({ fixable }) => fixable).length,
      affected_deployments: users.length,
      namespaces: distinct(users.map(({ namespace }) => namespace)),
      clusters: distinct(users.map(({ cluster }) => cluster)),
    });
  }
  return groups.toSorted((a, b) => imageOrder(query, a, b));
}

function imageOrder(query: ImageGroupQuery, a: ImageCveGroup, b: ImageCveGroup): number {
  const value = (group: ImageCveGroup): number | string => {
    const values: Readonly<Record<string, unknown>> = { ...group };
    const chosen = ['namespaces', 'clusters', 'image_id'].includes(query.sort_by) ? undefined : values[query.sort_by];
    return typeof chosen === 'number' || typeof chosen === 'string' ? chosen : group.total_cves;
  };
  return (
    (query.sort_desc ? -1 : 1) * ascending(value(a), value(b)) ||
    b.total_cves - a.total_cves ||
    ascending(a.image_name, b.image_name) ||
    ascending(a.image_id, b.image_id)
  );
}

/** The CVEs of the image with this digest (and name); null when nothing in scope runs it. */
export function naiveImage(
  asked: Asked,
  query: ImageFilters,
  which: { readonly name: string; readonly digest: string },
): ImageCveDetail[] | null {
  const users = usersOf(asked, query, which);
  if (users.length === 0) return null;
  const own = occurrencesOf(asked, query, query.rhacs_state).filter(
    ({ imageName, image }) => imageName === which.name && image.digest === which.digest,
  );
  return ofImage(asked, query, own)
    .toSorted((a, b) => b.severity - a.severity || b.cvss - a.cvss || b.epss - a.epss || ascending(a.cve, b.cve))
    .map((one) => ({
      cve_id: one.cve,
      severity: one.severity,
      cvss: one.cvss,
      epss_probability: one.epss,
      impact_score: one.impact,
      fixable: one.fixable,
      fixed_by: fixedBy(one.rows),
      affected_deployments: users.length,
      first_seen: instant(one.firstSeen),
      published_on: instant(one.published),
      kev: one.kev,
      component_names: distinct(one.rows.map(({ component }) => component)).filter((name) => name !== ''),
    }));
}

/** The pairs a person can choose from. */
export function naiveNamespaces({ viewer, world }: Asked): Pair[] {
  const deployed = distinct(
    world.deployments
      .filter((place) => inReach(viewer, place))
      .map(({ cluster, namespace }) => JSON.stringify([cluster, namespace])),
  );
  const pairs = deployed.map((text) => {
    const [cluster_name, namespace] = JSON.parse(text) as [string, string];
    return { namespace, cluster_name };
  });
  const all = viewer.reach.kind === 'pairs' ? viewer.reach.pairs : pairs;
  return all.toSorted((a, b) => ascending(a.cluster_name, b.cluster_name) || ascending(a.namespace, b.namespace));
}

/** What a pair of limits would leave of the fleet. */
export function naivePreview(
  asked: Asked,
  limits: { readonly min_cvss: number; readonly min_epss: number },
): ThresholdPreview {
  const everyone = { userId: '', reach: { kind: 'all' as const }, isSecTeam: true, seesAll: true, hasNamespaces: true };
  const all = judgeAll({ ...asked, viewer: everyone }, {});
  const below = all.filter((one) => !(reaches(one.cvss, limits.min_cvss) && reaches(one.epss, limits.min_epss)));
  return {
    total_cves: all.length,
    visible_cves: all.length - below.length,
    hidden_cves: below.length,
    always_shown_cves: below.filter(({ lifted }) => lifted).length,
  };
}
