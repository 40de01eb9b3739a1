/** The CVE list and the page of one CVE. */
import Type, { type Static } from 'typebox';
import { Instant, Nullable, Page, paging, scopeFilter, Severity } from './primitives.ts';
import type { sortKeys } from './words.ts';
import { rhacsStates, timelineKinds, todayReasons } from './words.ts';

export type SortKey = (typeof sortKeys)[number];

/** The filters that the CVE list and the views by image share. All combine with AND. */
export const findingFilters = {
  ...scopeFilter,
  search: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'part of a CVE id, or of the name of a component, image or deployment; component:, image: or deployment: in front asks for that alone',
    }),
  ),
  severity: Type.Optional(
    Type.Array(Type.String({ pattern: '^(?:[0-4]|unknown|low|moderate|important|critical)$' }), {
      maxItems: 10,
      description: '0–4 or a name; may be repeated',
    }),
  ),
  fixable: Type.Optional(Type.Boolean()),
  cvss_min: Type.Optional(Type.Number({ minimum: 0, maximum: 10 })),
  epss_min: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  component: Type.Optional(Type.String({ maxLength: 200, description: 'part of a component name' })),
  kev: Type.Optional(Type.Boolean({ description: 'known to be exploited (CISA KEV)' })),
  rhacs_state: Type.Optional(Type.Enum(rhacsStates)),
  show_suppressed: Type.Boolean({ default: false }),
};

/** `GET /api/cves` */
export const CveListQuery = Type.Object({
  ...paging,
  ...findingFilters,
  prioritized_only: Type.Boolean({ default: false }),
  sort_by: Type.String({ maxLength: 40, default: 'severity', description: 'unknown keys sort by severity' }),
  sort_desc: Type.Boolean({ default: true }),
  risk_status: Type.Optional(
    Type.String({ maxLength: 20, description: 'any, requested or approved; anything else: no filter' }),
  ),
  remediation_status: Type.Optional(Type.String({ maxLength: 20 })),
  age_min: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  age_max: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  deployment: Type.Optional(Type.String({ maxLength: 255 })),
  component_name: Type.Optional(Type.String({ maxLength: 512, description: 'exact component name' })),
  first_seen_after: Type.Optional(Instant),
  today: Type.Optional(
    Type.Enum(todayReasons, { description: 'what GET /api/dashboard/today counts under this reason' }),
  ),
  image_name: Type.Optional(Type.String({ maxLength: 1024 })),
});
export type CveListQuery = Static<typeof CveListQuery>;

export const RemediationRollUp = Type.Union([
  Type.Literal('unremediated'),
  Type.Literal('in_progress'),
  Type.Literal('remediated'),
]);
export const PriorityLevel = Type.Union([
  Type.Literal('critical'),
  Type.Literal('high'),
  Type.Literal('medium'),
  Type.Literal('low'),
]);

/** One CVE, aggregated over every occurrence the caller may see. */
export const CveListItem = Type.Object({
  cve_id: Type.String(),
  severity: Severity,
  cvss: Type.Number(),
  epss_probability: Type.Number(),
  impact_score: Type.Number(),
  fixable: Type.Boolean(),
  fixed_by: Nullable(Type.String()),
  affected_images: Type.Integer(),
  affected_deployments: Type.Integer(),
  first_seen: Nullable(Instant),
  published_on: Nullable(Instant),
  operating_system: Nullable(Type.String()),
  has_priority: Type.Boolean(),
  priority_level: Nullable(PriorityLevel),
  priority_deadline: Nullable(Instant),
  component_names: Type.Array(Type.String()),
  has_risk_acceptance: Type.Boolean(),
  risk_acceptance_status: Nullable(Type.Union([Type.Literal('requested'), Type.Literal('approved')])),
  risk_acceptance_id: Nullable(Type.String()),
  is_suppressed: Type.Boolean(),
  suppression_requested: Type.Boolean(),
  remediation_status: Nullable(RemediationRollUp),
  suppressed_occurrences: Type.Optional(Type.Integer()),
  total_occurrences: Type.Optional(Type.Integer()),
  kev: Type.Optional(Type.Boolean()),
  kev_due_date: Type.Optional(Nullable(Type.String())),
  rhacs_state: Type.Optional(Type.Integer({ description: '0 observed, 1 deferred, 2 false positive' })),
});
export type CveListItem = Static<typeof CveListItem>;

export const CvePage = Page(CveListItem);
export type CvePage = Static<typeof CvePage>;

export const AffectedDeployment = Type.Object({
  deployment_id: Type.String(),
  deployment_name: Type.String(),
  namespace: Type.String(),
  cluster_name: Type.String(),
  image_name: Type.String(),
  image_id: Type.String(),
  first_seen: Nullable(Instant),
  deployment_type: Type.Optional(Type.String()),
});
export type AffectedDeployment = Static<typeof AffectedDeployment>;

export const AffectedComponent = Type.Object({
  component_name: Type.String(),
  component_version: Type.String(),
  fixable: Type.Boolean(),
  fixed_by: Nullable(Type.String()),
});

/** The image that carries a CVE, as the detail page lists it. */
export const AffectedImage = Type.Object({
  image_id: Type.String(),
  image_name: Type.String(),
  operating_system: Nullable(Type.String()),
  severity: Severity,
  cvss: Type.Number(),
  affected_deployments: Type.Integer(),
  components: Type.Array(AffectedComponent),
});
export type AffectedImage = Static<typeof AffectedImage>;

/** Where a figure comes from. A feed that does not know a CVE is not a score of zero. */
export const EpssProvenance = Type.Object({
  probability: Type.Number({ description: 'the value used for ranking: the highest Central reports in scope' }),
  percentile: Nullable(Type.Number()),
  model_version: Nullable(Type.String()),
  score_date: Nullable(Type.String()),
  feed_probability: Nullable(Type.Number()),
});
export type EpssProvenance = Static<typeof EpssProvenance>;

export const KevEntry = Type.Object({
  date_added: Nullable(Type.String()),
  due_date: Nullable(Type.String()),
  name: Nullable(Type.String()),
  required_action: Nullable(Type.String()),
  ransomware: Nullable(Type.String()),
  catalog_version: Nullable(Type.String()),
});

/** `GET /api/cves/{cve_id}` */
export const CveDetail = Type.Object({
  ...CveListItem.properties,
  affected_deployments_list: Type.Array(AffectedDeployment),
  affected_images_list: Type.Array(AffectedImage),
  components: Type.Array(AffectedComponent),
  contact_emails: Type.Array(Type.String()),
  summary: Nullable(Type.String()),
  link: Nullable(Type.String()),
  references: Type.Array(Type.Object({ uri: Type.String(), tags: Type.Array(Type.String()) })),
  cvss_metric_urls: Type.Array(Type.Object({ source: Type.String(), url: Type.String() })),
  advisory_name: Nullable(Type.String()),
  advisory_link: Nullable(Type.String()),
  priority_reason: Nullable(Type.String()),
  priority_set_by_name: Nullable(Type.String()),
  priority_created_at: Nullable(Instant),
  risk_acceptance_requested_at: Nullable(Instant),
  risk_acceptance_reviewed_at: Nullable(Instant),
  escalation_level1_at: Nullable(Instant),
  escalation_level2_at: Nullable(Instant),
  escalation_level3_at: Nullable(Instant),
  escalation_level1_expected: Nullable(Instant),
  escalation_level2_expected: Nullable(Instant),
  escalation_level3_expected: Nullable(Instant),
  epss: EpssProvenance,
  kev_entry: Nullable(KevEntry),
  cvss_vector: Nullable(Type.String()),
  datasource: Nullable(Type.String()),
  fix_available_at: Nullable(Instant),
  nvd_cvss: Nullable(Type.Number()),
  record_state: Type.Union(
    [Type.Literal('read'), Type.Literal('unavailable'), Type.Literal('broken'), Type.Literal('none')],
    {
      description: "whether Central's own record (summary, links) could be looked at",
    },
  ),
  data_as_of: Type.Optional(Nullable(Instant)),
});
export type CveDetail = Static<typeof CveDetail>;

/** `GET /api/cves/{cve_id}/timeline`, oldest first. */
export const TimelineEvent = Type.Object({
  at: Instant,
  kind: Type.Enum(timelineKinds),
  namespace: Nullable(Type.String()),
  cluster_name: Nullable(Type.String()),
  actor: Nullable(Type.String()),
  detail: Nullable(Type.String()),
});
export type TimelineEvent = Static<typeof TimelineEvent>;
