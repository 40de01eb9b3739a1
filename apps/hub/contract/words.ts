/** The closed lists of words of the contract, without the schema library: what threads and browsers load is small. */

export const sortKeys = [
  'severity',
  'cvss',
  'epss_probability',
  'affected_deployments',
  'first_seen',
  'published_on',
  'cve_id',
  'affected_images',
  'fixable',
  'impact_score',
  'priority_deadline',
] as const;

export const severityNames = ['unknown', 'low', 'moderate', 'important', 'critical'] as const;

/** Central's own exception state. Lists show `observed` unless asked otherwise. */
export const rhacsStates = ['observed', 'deferred', 'false_positive', 'any'] as const;

export const timelineKinds = [
  'published',
  'fix_available',
  'kev_listed',
  'discovered',
  'gone',
  'returned',
  'prioritised',
  'risk_acceptance_requested',
  'risk_acceptance_reviewed',
  'escalated',
  'remediation_created',
  'remediation_resolved',
  'suppression_requested',
  'suppression_reviewed',
] as const;

export const imageSortKeys = [
  'total_cves',
  'critical_cves',
  'max_cvss',
  'max_epss',
  'fixable_cves',
  'affected_deployments',
  'image_name',
] as const;

/**
 * Why something is on the list, in the order in which it ranks: known to be exploited and past its due day; known to be
 * exploited; given a priority by the security team; likely to be exploited, severe and fixable; seen here for the first time since the last visit.
 */
export const todayReasons = ['kev_overdue', 'kev', 'priority', 'likely', 'new'] as const;

export const visibilityTerms = [
  'not_in_source',
  'not_deployed',
  'no_namespaces',
  'namespace_not_in_scope',
  'scope_filter_empty',
  'in_scope',
  'below_cvss',
  'below_epss',
  'thresholds_met',
  'thresholds_do_not_apply',
  'shown_by_kev',
  'shown_by_priority',
  'shown_by_acceptance',
  'deferred_in_rhacs',
  'false_positive_in_rhacs',
  'suppressed',
  'partly_suppressed',
  'suppression_requested',
  'source_stale',
] as const;

export const sourceStates = ['current', 'stale', 'never_read'] as const;

/** What became of a workload: let in, refused, or let in although the policy says no (detection mode, rules that only warn). */
export const admissionOutcomes = ['allowed', 'refused', 'would_refuse'] as const;

/** Whether a cluster's gates report: lately, not for a while, or never. */
export const admissionStates = ['current', 'silent', 'never_reported'] as const;
