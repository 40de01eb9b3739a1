/** A hub that answers from fixtures, for tests of the console. Plainly synthetic but for the CVE ids. */
import type {
  CveDetail,
  CveListItem,
  Me,
  SourceStatus,
  Thresholds,
  VersionInfo,
  VisibilityAnswer,
} from '@pratique/hub/contract';
import { http, HttpResponse, type RequestHandler } from 'msw';

export const log4shell: CveListItem = {
  cve_id: 'CVE-2021-44228',
  severity: 4,
  cvss: 10,
  epss_probability: 0.944,
  impact_score: 6,
  fixable: true,
  fixed_by: '2.17.1',
  affected_images: 3,
  affected_deployments: 1204,
  first_seen: '2026-04-24T08:00:00Z',
  published_on: '2021-12-10T10:15:00Z',
  operating_system: 'debian:12',
  has_priority: true,
  priority_level: 'critical',
  priority_deadline: null,
  component_names: ['log4j-core'],
  has_risk_acceptance: true,
  risk_acceptance_status: 'approved',
  risk_acceptance_id: null,
  is_suppressed: false,
  suppression_requested: true,
  remediation_status: 'in_progress',
  kev: true,
  kev_due_date: '2021-12-24',
  rhacs_state: 0,
};

export const detail: CveDetail = {
  ...log4shell,
  affected_deployments_list: [
    {
      deployment_id: 'd1',
      deployment_name: 'checkout-api',
      namespace: 'checkout',
      cluster_name: 'prod-1',
      image_name: 'registry.example.com/checkout/api:1',
      image_id: 'sha256:abc',
      first_seen: '2026-04-24T08:00:00Z',
    },
  ],
  affected_images_list: [],
  components: [{ component_name: 'log4j-core', component_version: '2.14.0', fixable: true, fixed_by: '2.17.1' }],
  contact_emails: [],
  summary: 'Remote code execution.<br>STATEMENT: Upgrade.',
  link: 'https://access.redhat.com/security/cve/CVE-2021-44228',
  references: [],
  cvss_metric_urls: [],
  advisory_name: null,
  advisory_link: null,
  priority_reason: null,
  priority_set_by_name: null,
  priority_created_at: null,
  risk_acceptance_requested_at: null,
  risk_acceptance_reviewed_at: null,
  escalation_level1_at: null,
  escalation_level2_at: null,
  escalation_level3_at: null,
  escalation_level1_expected: null,
  escalation_level2_expected: null,
  escalation_level3_expected: null,
  epss: {
    probability: 0.944,
    percentile: 0.999,
    model_version: 'v2025.03.14',
    score_date: '2026-11-20',
    feed_probability: null,
  },
  kev_entry: null,
  cvss_vector: null,
  datasource: null,
  fix_available_at: null,
  nvd_cvss: null,
  record_state: 'read',
};

const me: Me = {
  id: 'ada',
  username: 'Ada',
  email: 'ada@example.com',
  role: 'sec_team',
  is_sec_team: true,
  has_all_namespaces: true,
  onboarding_completed: true,
  namespaces: [],
};

export const teamMember: Me = { ...me, id: 'tom', username: 'Tom', role: 'team_member', is_sec_team: false };

export const quietSource: SourceStatus = {
  state: 'current',
  data_as_of: '2026-11-21T14:02:00Z',
  version: 7,
  last_poll_at: null,
  last_poll_outcome: null,
  problem: null,
  schema: null,
  counts: { clusters: 1, namespaces: 1, deployments: 1, images: 1, findings: 1, cves: 1, images_not_scanned: 0 },
  clusters: [],
  kev_catalog: null,
  epss_feed: null,
};

export const hidden: VisibilityAnswer = {
  cve_id: 'CVE-2019-12345',
  visible: false,
  for: { user: null, role: 'team_member', all_namespaces: false, namespace_count: 1 },
  occurs_in: [],
  terms: [
    {
      term: 'below_cvss',
      effect: 'hides',
      text: 'Its CVSS 3.1 is below the threshold of 4.0.',
      next_step: 'Ask the security team.',
      values: { value: 3.1, limit: 4 },
    },
  ],
  data_as_of: null,
};

const thresholds: Thresholds = { min_cvss_score: 4, min_epss_score: 0.01 };
const version: VersionInfo = { version: '0.1.0', commit: null, app_schema: null, rhacs_schema: null, dev_mode: false };

/** A page of the list. */
export function pageOf<T>(
  items: readonly T[],
  total = items.length,
): { items: readonly T[]; total: number; page: number; page_size: number } {
  return { items, total, page: 1, page_size: 50 };
}

/** A refusal as the hub words it. */
export function refusal(status: number, code: string, detailText = 'as the hub says', hint?: string) {
  return HttpResponse.json(
    { detail: detailText, code, request_id: 'req-42', ...(hint === undefined ? {} : { hint }) },
    { status },
  );
}

/** What a quiet hub answers. Tests put their own answers before these. */
export const quietHub: readonly RequestHandler[] = [
  http.get('*/api/dev/people', () => refusal(404, 'not_found')),
  http.get('*/api/dev/deployments', () => refusal(404, 'not_found')),
  http.get('*/api/admission/summary', () => refusal(404, 'not_found')),
  http.get('*/api/auth/me', () => HttpResponse.json(me)),
  http.get('*/api/version', () => HttpResponse.json(version)),
  http.get('*/api/source/polls', () => HttpResponse.json([])),
  http.get('*/api/source', () => HttpResponse.json(quietSource)),
  http.get('*/api/namespaces', () =>
    HttpResponse.json([
      { namespace: 'checkout', cluster_name: 'prod-1' },
      { namespace: 'payments', cluster_name: 'prod-2' },
    ]),
  ),
  http.get('*/api/settings/thresholds', () => HttpResponse.json(thresholds)),
  http.get('*/api/views', () => refusal(404, 'not_found')),
  http.get('*/api/epss', () => refusal(404, 'not_found')),
  http.get('*/api/cves', () => HttpResponse.json(pageOf([log4shell], 204))),
  http.get('*/api/cves/by-image', () => HttpResponse.json(pageOf([]))),
  http.get('*/api/cves/:id/visibility', () => HttpResponse.json(hidden)),
  http.get('*/api/cves/:id/timeline', () => HttpResponse.json([])),
  http.get('*/api/cves/:id', () => HttpResponse.json(detail)),
];
