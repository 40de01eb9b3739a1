/** The figures of the dashboard, all over the same visible set as the list they link to. */
import Type, { type Static } from 'typebox';
import { CveListItem } from './cves.ts';
import { Day, Instant, Nullable, Severity } from './primitives.ts';

const count = Type.Integer({ minimum: 0 });
const bySeverity = { critical: count, important: count, moderate: count, low: count };

export const DashboardData = Type.Object({
  stat_total_cves: count,
  stat_escalations: count,
  stat_upcoming_escalations: count,
  stat_fixable_critical_cves: count,
  stat_open_risk_acceptances: count,
  severity_distribution: Type.Array(Type.Object({ severity: Severity, count })),
  cves_per_namespace: Type.Array(
    Type.Object({ namespace: Type.String(), count, ...bySeverity, unknown: count, cluster_count: count }),
  ),
  priority_cves: Type.Array(CveListItem),
  high_epss_cves: Type.Array(CveListItem),
  cve_trend: Type.Array(Type.Object({ date: Day, ...bySeverity })),
  epss_matrix: Type.Array(
    Type.Object({ cve_id: Type.String(), cvss: Type.Number(), epss: Type.Number(), severity: Severity }),
  ),
  epss_matrix_truncated: Type.Optional(Type.Boolean()),
  cluster_heatmap: Type.Array(Type.Object({ cluster: Type.String(), unknown: count, ...bySeverity, total: count })),
  aging_distribution: Type.Array(Type.Object({ bucket: Type.String(), count })),
  top_vulnerable_components: Type.Array(
    Type.Object({ component_name: Type.String(), cve_count: count, fixable_count: count, unfixable_count: count }),
  ),
  risk_acceptance_pipeline: Type.Object({ requested: count, approved: count, rejected: count, expired: count }),
  fixability_breakdown: Type.Object({ fixable: count, unfixable: count }),
  fixable_trend: Type.Array(Type.Object({ date: Day, fixable: count, unfixable: count })),
  mttr_by_severity: Type.Array(Type.Object({ severity: Severity, avg_days: Type.Number(), count })),
  data_as_of: Type.Optional(Nullable(Instant)),
});
export type DashboardData = Static<typeof DashboardData>;
