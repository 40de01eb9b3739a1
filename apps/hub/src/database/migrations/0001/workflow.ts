/**
 * What people decide about CVEs. Authors are nullable with a stored name (see people.ts).
 *
 * `owner_pairs`: an acceptance of scope "all" by somebody who does not see all namespaces means "all of mine": the
 * pairs of that moment are kept with it, and their hash is part of what makes it unique.
 */
export const workflowTables = `
CREATE TYPE riskstatus AS ENUM ('requested', 'approved', 'rejected', 'expired');
CREATE TYPE prioritylevel AS ENUM ('critical', 'high', 'medium', 'low');
CREATE TYPE remediationstatus AS ENUM ('open', 'in_progress', 'resolved', 'verified', 'wont_fix');
CREATE TYPE suppressionstatus AS ENUM ('requested', 'approved', 'rejected');
CREATE TYPE suppressiontype AS ENUM ('component', 'cve');

CREATE TABLE risk_acceptances (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  cve_id varchar(50) NOT NULL,
  status riskstatus NOT NULL,
  justification text NOT NULL,
  scope jsonb NOT NULL,
  scope_key char(32) NOT NULL,
  owner_pairs jsonb,
  owner_pairs_hash varchar(32) NOT NULL DEFAULT '',
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  created_by_name varchar(255),
  reviewed_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  reviewed_by_name varchar(255),
  reviewed_at timestamptz,
  assigned_to varchar(255) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_risk_acceptances_cve_id ON risk_acceptances (cve_id);
CREATE INDEX ix_risk_acceptances_status ON risk_acceptances (status);
CREATE INDEX ix_risk_acceptances_scope_key ON risk_acceptances (scope_key);
-- What has run out is counted with every look at the revision.
CREATE INDEX ix_risk_acceptances_expiry ON risk_acceptances (expires_at) WHERE status IN ('requested', 'approved');
CREATE UNIQUE INDEX uq_risk_acceptances_active_scope ON risk_acceptances (cve_id, scope_key, owner_pairs_hash)
  WHERE status IN ('requested', 'approved');

CREATE TABLE risk_acceptance_comments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  risk_acceptance_id uuid NOT NULL REFERENCES risk_acceptances (id) ON DELETE CASCADE,
  user_id varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  user_name varchar(255),
  message text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_risk_acceptance_comments_risk_acceptance_id ON risk_acceptance_comments (risk_acceptance_id);

CREATE TABLE cve_priorities (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  cve_id varchar(50) NOT NULL,
  priority prioritylevel NOT NULL,
  reason text NOT NULL,
  set_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  set_by_name varchar(255),
  deadline timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_cve_priorities_cve_id UNIQUE (cve_id)
);

CREATE TABLE global_settings (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  min_cvss_score numeric(4,1) NOT NULL DEFAULT 0,
  min_epss_score numeric(5,4) NOT NULL DEFAULT 0,
  escalation_rules jsonb NOT NULL,
  escalation_warning_days integer NOT NULL DEFAULT 3,
  digest_day integer NOT NULL DEFAULT 0,
  management_email varchar(255) NOT NULL DEFAULT '',
  updated_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
-- There is one row for ever: two rows would be two truths about thresholds.
CREATE UNIQUE INDEX uq_global_settings_single_row ON global_settings ((true));
INSERT INTO global_settings (escalation_rules) VALUES ('[
  {"severity_min": 3, "epss_threshold": 0.0, "days_to_level1": 14, "days_to_level2": 21, "days_to_level3": 30, "match": "all"},
  {"severity_min": 4, "epss_threshold": 0.0, "days_to_level1": 7, "days_to_level2": 14, "days_to_level3": 21, "match": "all"},
  {"severity_min": 2, "epss_threshold": 0.5, "days_to_level1": 14, "days_to_level2": 21, "days_to_level3": 30, "match": "all"}
]');

CREATE TABLE escalations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  cve_id varchar(50) NOT NULL,
  namespace varchar(255) NOT NULL,
  cluster_name varchar(255) NOT NULL,
  level integer NOT NULL,
  triggered_at timestamptz NOT NULL DEFAULT now(),
  notified boolean NOT NULL DEFAULT false,
  CONSTRAINT uq_escalations_cve_pair_level UNIQUE (cve_id, namespace, cluster_name, level)
);
CREATE INDEX ix_escalations_cve_id ON escalations (cve_id);
CREATE INDEX ix_escalations_namespace ON escalations (namespace);

CREATE TABLE escalation_history (
  id uuid PRIMARY KEY,
  cve_id varchar(50) NOT NULL,
  namespace varchar(255) NOT NULL,
  cluster_name varchar(255) NOT NULL,
  level integer NOT NULL,
  triggered_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now(),
  reason varchar(100) NOT NULL
);
CREATE INDEX ix_escalation_history_cve_id ON escalation_history (cve_id);

CREATE TABLE remediations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  cve_id varchar(50) NOT NULL,
  namespace varchar(255) NOT NULL,
  cluster_name varchar(255) NOT NULL,
  status remediationstatus NOT NULL DEFAULT 'open',
  assigned_to varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  assigned_to_name varchar(255),
  created_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  created_by_name varchar(255),
  resolved_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  resolved_by_name varchar(255),
  target_date date,
  notes text,
  wont_fix_reason text,
  resolved_at timestamptz,
  verified_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_remediations_cve_ns_cluster UNIQUE (cve_id, namespace, cluster_name)
);
CREATE INDEX ix_remediations_cve_id ON remediations (cve_id);
CREATE INDEX ix_remediations_namespace ON remediations (namespace);

CREATE TABLE suppression_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  status suppressionstatus NOT NULL DEFAULT 'requested',
  type suppressiontype NOT NULL,
  component_name varchar(512),
  version_pattern varchar(255),
  cve_id varchar(50),
  reason text NOT NULL,
  reference_url varchar(2048),
  scope jsonb NOT NULL DEFAULT '{"mode": "all", "targets": []}',
  scope_key char(32) NOT NULL DEFAULT '',
  review_comment text,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  created_by_name varchar(255),
  reviewed_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  reviewed_by_name varchar(255),
  reviewed_at timestamptz
);
CREATE INDEX ix_suppression_rules_status ON suppression_rules (status);
CREATE INDEX ix_suppression_rules_type ON suppression_rules (type);
CREATE INDEX ix_suppression_rules_component_name ON suppression_rules (component_name);
CREATE INDEX ix_suppression_rules_cve_id ON suppression_rules (cve_id);
CREATE INDEX ix_suppression_rules_scope_key ON suppression_rules (scope_key);
CREATE INDEX ix_suppression_rules_expiry ON suppression_rules (expires_at) WHERE status IN ('requested', 'approved');
-- "No pattern" is one value of its own; patterns are never empty. (NULLS NOT DISTINCT would need PostgreSQL 15.)
CREATE UNIQUE INDEX uq_suppression_rules_active_component ON suppression_rules (component_name, coalesce(version_pattern, ''))
  WHERE type = 'component' AND status IN ('requested', 'approved');
CREATE UNIQUE INDEX uq_suppression_rules_active_cve ON suppression_rules (cve_id, scope_key)
  WHERE type = 'cve' AND status IN ('requested', 'approved');
`;
