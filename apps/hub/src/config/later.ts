import { boolean, integer, oneOf, optional, port, secret, text } from '@pratique/runtime/config';

/**
 * Settings of mail, jobs and retention: parts that are not in this program yet. They are declared so that an existing
 * environment file is accepted as it is and still checked for mistakes; each moves to its part when that arrives.
 */
export const laterSettings = {
  smtpHost: { variable: 'SMTP_HOST', type: text(), default: 'localhost', doc: 'Mail relay.' },
  smtpPort: { variable: 'SMTP_PORT', type: port(), default: 25, doc: 'Port of the mail relay.' },
  smtpFrom: { variable: 'SMTP_FROM', type: text(), default: 'rhacs-manager@example.com', doc: 'Sender of mails.' },
  smtpUser: {
    variable: 'SMTP_USER',
    type: text(),
    default: '',
    doc: 'User at the mail relay; not set: no authentication.',
  },
  smtpPassword: { variable: 'SMTP_PASSWORD', type: secret(), default: '', doc: 'Password at the mail relay.' },
  smtpTls: {
    variable: 'SMTP_TLS',
    type: boolean(),
    default: false,
    doc: 'TLS from the first byte, usually port 465; wins over SMTP_STARTTLS.',
  },
  smtpStartTls: {
    variable: 'SMTP_STARTTLS',
    type: boolean(),
    default: true,
    doc: 'Upgrade to TLS when the relay offers it, usually port 587.',
  },
  smtpValidateCerts: {
    variable: 'SMTP_VALIDATE_CERTS',
    type: boolean(),
    default: true,
    doc: 'Whether the certificate of the relay is checked.',
  },
  smtpRequireTls: {
    variable: 'SMTP_REQUIRE_TLS',
    type: optional(boolean()),
    doc: 'Refuse to send in clear text; not set: when SMTP_USER is set.',
  },
  smtpCaFile: { variable: 'SMTP_CA_FILE', type: optional(text()), doc: 'CA file of the mail relay.' },
  smtpTimeoutSeconds: {
    variable: 'SMTP_TIMEOUT_SECONDS',
    type: integer({ min: 1, max: 600 }),
    default: 20,
    doc: 'Longest wait for the relay, in seconds.',
  },
  mailLanguage: {
    variable: 'MAIL_LANGUAGE',
    type: oneOf(['de', 'en', 'es']),
    default: 'de' as const,
    doc: 'Language of mails.',
  },
  raMaxDays: {
    variable: 'RA_MAX_DAYS',
    type: integer({ min: 0, max: 36_500 }),
    default: 365,
    doc: 'Longest life of a risk acceptance in days; 0: unlimited.',
  },
  auditRetentionDays: {
    variable: 'AUDIT_RETENTION_DAYS',
    type: integer({ min: 0, max: 36_500 }),
    default: 0,
    doc: 'Days the audit log is kept; 0: for ever.',
  },
  notificationRetentionDays: {
    variable: 'NOTIFICATION_RETENTION_DAYS',
    type: integer({ min: 1, max: 36_500 }),
    default: 180,
    doc: 'Days notifications are kept.',
  },
  exportMaxCves: {
    variable: 'EXPORT_MAX_CVES',
    type: integer({ min: 1, max: 10_000_000 }),
    default: 50_000,
    doc: 'Most CVEs of one export.',
  },
  suppressionFourEyes: {
    variable: 'SUPPRESSION_FOUR_EYES',
    type: boolean(),
    default: false,
    doc: 'Suppression rules of the security team need a second reviewer.',
  },
  autoResolveMaxPercent: {
    variable: 'AUTO_RESOLVE_MAX_PERCENT',
    type: integer({ min: 1, max: 100 }),
    default: 50,
    doc: 'Largest share of remediations one run may resolve by itself.',
  },
  reopenOnReappear: {
    variable: 'REOPEN_ON_REAPPEAR',
    type: boolean(),
    default: true,
    doc: 'Reopen a remediation whose CVE is back.',
  },
  escalateInProgress: {
    variable: 'ESCALATE_IN_PROGRESS',
    type: boolean(),
    default: true,
    doc: 'Escalate by mail also what is being worked on in time.',
  },
  escalationWarningMail: {
    variable: 'ESCALATION_WARNING_MAIL',
    type: boolean(),
    default: false,
    doc: 'Warn the contact of a namespace before an escalation.',
  },
  namespaceDigest: {
    variable: 'NAMESPACE_DIGEST',
    type: boolean(),
    default: false,
    doc: 'Send a digest to the contacts of namespaces as well.',
  },
  badgeRevalidateDays: {
    variable: 'BADGE_REVALIDATE_DAYS',
    type: integer({ min: 0, max: 36_500 }),
    default: 0,
    doc: 'Days after which a badge must be confirmed; 0: never.',
  },
  ...jobSettings('EXPIRY_CHECK', 'expiryCheck'),
  ...jobSettings('WEEKLY_DIGEST', 'weeklyDigest'),
  ...jobSettings('EXPIRY_WARNING', 'expiryWarning'),
  ...jobSettings('ESCALATION_CHECK', 'escalationCheck'),
  ...jobSettings('REMEDIATION_OVERDUE_CHECK', 'remediationOverdueCheck'),
  ...jobSettings('REMEDIATION_AUTO_RESOLVE', 'remediationAutoResolve'),
  ...jobSettings('SNAPSHOT_REFRESH', 'snapshotRefresh'),
  ...jobSettings('OUTBOX_DELIVERY', 'outboxDelivery'),
  ...jobSettings('RETENTION', 'retention'),
  ...jobSettings('NEW_CRITICAL_CVES', 'newCriticalCves'),
};

interface JobRow<T> {
  readonly variable: string;
  readonly type: ReturnType<typeof optional<T>>;
  readonly doc: string;
}
type JobRows<Key extends string> = { readonly [K in `${Key}Cron`]: JobRow<string> } & {
  readonly [K in `${Key}Enabled`]: JobRow<boolean>;
};

function jobSettings<const Key extends string>(name: string, key: Key): JobRows<Key> {
  return {
    [`${key}Cron`]: {
      variable: `JOB_${name}_CRON`,
      type: optional(text()),
      doc: `When the job ${name.toLowerCase()} runs, as a cron expression in UTC.`,
    },
    [`${key}Enabled`]: {
      variable: `JOB_${name}_ENABLED`,
      type: optional(boolean()),
      doc: `Whether the job ${name.toLowerCase()} runs.`,
    },
  } as JobRows<Key>;
}
