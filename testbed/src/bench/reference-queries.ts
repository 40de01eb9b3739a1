/**
 * What the reference system asks Central's database for each page: the logical queries of its
 * specification, section 12.3, by their numbers, on the V2 identity. Nothing is prepared, cached or rolled up: that is
 * how it works. Where the specification leaves the wording open, the cheaper one was taken.
 */
import type { ScopePair } from './scopes.ts';

/** A statement ready to be sent. */
export interface ReferenceStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Thresholds as everybody has them while nobody has set any. */
const thresholds = 'max(coalesce(ic.cvss, 0)) >= 0 AND max(coalesce(ic.cvebaseinfo_epss_epssprobability, 0)) >= 0';

/** The path from what runs to what was found in it, always the same. */
const occurrences = `deployments d
  JOIN deployments_containers dc ON dc.deployments_id = d.id
  JOIN image_cves_v2 ic ON ic.imageidv2 = dc.image_idv2`;
const components = 'LEFT JOIN image_component_v2 comp ON comp.id = ic.componentid';

const aggregates = `ic.cvebaseinfo_cve AS cve_id, max(ic.severity) AS severity, max(coalesce(ic.cvss, 0)) AS cvss,
  max(coalesce(ic.cvebaseinfo_epss_epssprobability, 0)) AS epss, max(coalesce(ic.impactscore, 0)) AS impact,
  max(nullif(comp.operatingsystem, '')) AS operating_system, min(ic.firstimageoccurrence) AS first_seen,
  min(ic.cvebaseinfo_publishedon) AS published_on, count(DISTINCT dc.image_idv2) AS affected_images,
  count(DISTINCT d.id) AS affected_deployments, bool_or(ic.isfixable) AS fixable, max(ic.fixedby) AS fixed_by`;

/** CVEs that pass, with what the charts need of each. */
const visible = `visible AS (
  SELECT ic.cvebaseinfo_cve AS cve, max(ic.severity) AS severity, max(coalesce(ic.cvss, 0)) AS cvss,
    max(coalesce(ic.cvebaseinfo_epss_epssprobability, 0)) AS epss, min(ic.firstimageoccurrence) AS first_seen,
    bool_or(ic.isfixable) AS fixable
  FROM ${occurrences} WHERE $scope GROUP BY ic.cvebaseinfo_cve HAVING ${thresholds})`;

/** By number, as in the specification; `$scope` is where the namespaces go, `$cve` and `$cves` what is looked at. */
const texts = {
  '1/2 list': `SELECT ${aggregates} FROM ${occurrences} ${components} WHERE $scope GROUP BY ic.cvebaseinfo_cve
    HAVING ${thresholds} ORDER BY severity DESC, cvss DESC`,
  '3 one CVE': `SELECT ${aggregates} FROM ${occurrences} ${components} WHERE ic.cvebaseinfo_cve = $cve AND $scope
    GROUP BY ic.cvebaseinfo_cve`,
  '4 deployments': `SELECT d.id, d.name, d.namespace, d.clustername, dc.image_name_fullname, dc.image_idv2, min(ic.firstimageoccurrence)
    FROM ${occurrences} WHERE ic.cvebaseinfo_cve = $cve AND $scope GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY d.namespace, d.name`,
  '5 components': `SELECT DISTINCT comp.name, comp.version, ic.isfixable, ic.fixedby
    FROM ${occurrences} JOIN image_component_v2 comp ON comp.id = ic.componentid
    WHERE ic.cvebaseinfo_cve = $cve AND comp.name IS NOT NULL AND $scope ORDER BY 1, 2`,
  '6 record': `SELECT ic.serialized, ic.advisory_name, ic.advisory_link FROM ${occurrences}
    WHERE ic.cvebaseinfo_cve = $cve AND ic.serialized IS NOT NULL AND $scope LIMIT 1`,
  '8 pairs of CVEs': `SELECT DISTINCT ic.cvebaseinfo_cve, d.namespace, d.clustername FROM ${occurrences}
    WHERE ic.cvebaseinfo_cve = ANY ($cves) AND $scope`,
  '9 components of CVEs': `SELECT DISTINCT ic.cvebaseinfo_cve, comp.name, comp.version
    FROM ${occurrences} JOIN image_component_v2 comp ON comp.id = ic.componentid
    WHERE ic.cvebaseinfo_cve = ANY ($cves) AND $scope`,
  '12 severities': `WITH ${visible} SELECT severity, count(*) FROM visible GROUP BY 1 ORDER BY 1`,
  '13 namespaces': `SELECT namespace, count(DISTINCT cve), count(DISTINCT clustername),
      count(DISTINCT cve) FILTER (WHERE severity = 4), count(DISTINCT cve) FILTER (WHERE severity = 3)
    FROM (SELECT d.namespace, d.clustername, ic.cvebaseinfo_cve AS cve, max(ic.severity) AS severity
      FROM ${occurrences} WHERE $scope GROUP BY 1, 2, 3 HAVING ${thresholds}) x GROUP BY 1 ORDER BY 2 DESC`,
  '14 for escalations': `SELECT ic.cvebaseinfo_cve, d.namespace, d.clustername, max(ic.severity),
      max(coalesce(ic.cvebaseinfo_epss_epssprobability, 0)), max(coalesce(ic.cvss, 0)), min(ic.firstimageoccurrence)
    FROM ${occurrences} WHERE $scope GROUP BY 1, 2, 3 HAVING ${thresholds}`,
  '15 trend': `WITH ${visible} SELECT first_seen::date, severity, count(*) FROM visible
    WHERE first_seen >= now() - interval '90 days' GROUP BY 1, 2 ORDER BY 1`,
  '15 fixable trend': `WITH ${visible} SELECT first_seen::date, fixable, count(*) FROM visible
    WHERE first_seen >= now() - interval '30 days' GROUP BY 1, 2 ORDER BY 1`,
  '16 EPSS matrix': `WITH ${visible} SELECT cve, cvss, epss, severity FROM visible`,
  '17 clusters': `SELECT clustername, severity, count(*) FROM (SELECT d.clustername, ic.cvebaseinfo_cve, max(ic.severity) AS severity
      FROM ${occurrences} WHERE $scope GROUP BY 1, 2 HAVING ${thresholds}) x GROUP BY 1, 2 ORDER BY 1`,
  '18 top components': `WITH ${visible} SELECT comp.name, count(DISTINCT ic.cvebaseinfo_cve),
      count(DISTINCT ic.cvebaseinfo_cve) FILTER (WHERE ic.isfixable), count(DISTINCT ic.cvebaseinfo_cve) FILTER (WHERE NOT ic.isfixable)
    FROM ${occurrences} JOIN visible v ON v.cve = ic.cvebaseinfo_cve JOIN image_component_v2 comp ON comp.id = ic.componentid
    WHERE $scope GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
  '19 fixability': `WITH ${visible} SELECT fixable, count(*) FROM visible GROUP BY 1`,
  '20 ages': `WITH ${visible} SELECT extract(day FROM now() - first_seen) FROM visible`,
  '21 images': `WITH per AS (
      SELECT dc.image_name_fullname AS name, dc.image_idv2 AS id, ic.cvebaseinfo_cve AS cve, max(ic.severity) AS severity,
        max(coalesce(ic.cvss, 0)) AS cvss, max(coalesce(ic.cvebaseinfo_epss_epssprobability, 0)) AS epss, bool_or(ic.isfixable) AS fixable
      FROM ${occurrences} WHERE $scope GROUP BY 1, 2, 3 HAVING ${thresholds}),
    uses AS (
      SELECT dc.image_name_fullname AS name, dc.image_idv2 AS id, count(DISTINCT d.id) AS deployments,
        array_agg(DISTINCT d.namespace) AS namespaces, array_agg(DISTINCT d.clustername) AS clusters
      FROM deployments d JOIN deployments_containers dc ON dc.deployments_id = d.id WHERE $scope GROUP BY 1, 2)
    SELECT per.name, per.id, count(*) AS total, count(*) FILTER (WHERE severity = 4), count(*) FILTER (WHERE severity = 3),
      count(*) FILTER (WHERE severity = 2), count(*) FILTER (WHERE severity <= 1), max(cvss), max(epss), count(*) FILTER (WHERE fixable),
      uses.deployments, uses.namespaces, uses.clusters
    FROM per JOIN uses USING (name, id) GROUP BY per.name, per.id, uses.deployments, uses.namespaces, uses.clusters ORDER BY total DESC`,
} as const;

type QueryName = keyof typeof texts;

/** The pages that are compared. */
export const pageNames = ['list', 'detail', 'images', 'dashboard'] as const;
export type PageName = (typeof pageNames)[number];

/** What a page asks, and how many of its statements run at the same time. */
export interface ReferencePage {
  readonly statements: readonly ReferenceStatement[];
  readonly concurrency: number;
}

/** Which CVEs a page is about. */
export interface ReferenceSubject {
  /** The CVE of the detail page. */
  readonly cve: string;
  /** The fifty CVEs of the first page of the list. */
  readonly cves: readonly string[];
}

/** The reference runs at most three dashboard statements at once; the statements of other pages follow each other. */
const dashboardConcurrency = 3;
const dashboardQueries: readonly QueryName[] = [
  ...(['1/2 list', '12 severities', '13 namespaces', '14 for escalations', '15 trend', '15 fixable trend'] as const),
  ...(['16 EPSS matrix', '17 clusters', '18 top components', '19 fixability', '20 ages'] as const),
];

/**
 * The statements of a page as one person sees it. For those who see everything the reference finds the
 * CVE of a detail page by asking for the whole list; `targeted` asks for the one CVE as it does for teams.
 *
 * @param pairs null: no restriction
 */
export function referencePage(
  page: PageName,
  pairs: readonly ScopePair[] | null,
  subject: ReferenceSubject,
  targeted = false,
): ReferencePage {
  const statement = (name: QueryName) => bind(name, pairs, subject);
  switch (page) {
    case 'list':
      return inTurn([statement('1/2 list'), statement('8 pairs of CVEs'), statement('9 components of CVEs')]);
    case 'detail': {
      const first = statement(pairs === null && !targeted ? '1/2 list' : '3 one CVE');
      return inTurn([first, statement('4 deployments'), statement('5 components'), statement('6 record')]);
    }
    case 'images':
      return inTurn([statement('21 images')]);
    case 'dashboard':
      return { statements: dashboardQueries.map(statement), concurrency: dashboardConcurrency };
  }
}

function inTurn(statements: readonly ReferenceStatement[]): ReferencePage {
  return { statements, concurrency: 1 };
}

function bind(name: QueryName, pairs: readonly ScopePair[] | null, subject: ReferenceSubject): ReferenceStatement {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const tuples = pairs?.map((pair) => `(${parameter(pair.namespace)}, ${parameter(pair.cluster)})`).join(', ');
  // An empty list means nothing, never everything.
  const scope = tuples === undefined ? 'true' : tuples === '' ? 'false' : `(d.namespace, d.clustername) IN (${tuples})`;
  const text = texts[name]
    .replaceAll('$scope', scope)
    .replace(/\$cves\b/g, () => `${parameter(subject.cves)}::text[]`)
    .replace(/\$cve\b/g, () => parameter(subject.cve));
  return { name, text, values };
}
