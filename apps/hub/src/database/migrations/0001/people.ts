/**
 * People, and what only they own. Authorship elsewhere refers to `users` with ON DELETE SET NULL beside a stored
 * display name: a person can be removed on request without losing a record. Only notifications go with the person.
 *
 * `user_pairs_seen` remembers which namespaces somebody last came with. It serves explanations and the search for
 * colleagues; authorisation never reads it.
 */
export const peopleTables = `
CREATE TYPE userrole AS ENUM ('team_member', 'sec_team');
CREATE TYPE notificationtype AS ENUM (
  'risk_comment', 'risk_approved', 'risk_rejected', 'risk_expiring', 'new_priority', 'escalation', 'new_critical_cve',
  'remediation_created', 'remediation_status', 'remediation_overdue', 'suppression_requested', 'suppression_approved',
  'suppression_rejected', 'mention',
  'risk_requested', 'risk_assigned', 'risk_expired', 'remediation_assigned', 'remediation_resolved',
  'escalation_upcoming', 'job_failed');

CREATE TABLE users (
  id varchar(255) PRIMARY KEY,
  username varchar(255) NOT NULL,
  email varchar(255) NOT NULL,
  role userrole NOT NULL,
  onboarding_completed boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz
);
-- The search for colleagues is a case-insensitive prefix of the name.
CREATE INDEX ix_users_username_lower ON users (lower(username) text_pattern_ops);

-- Changes made by a job have an author, too.
INSERT INTO users (id, username, email, role) VALUES ('system', 'system', '', 'team_member');

CREATE TABLE user_pairs_seen (
  user_id varchar(255) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  namespace text NOT NULL,
  cluster_name text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, namespace, cluster_name)
);
CREATE INDEX ix_user_pairs_seen_pair ON user_pairs_seen (namespace, cluster_name, seen_at);

CREATE TABLE namespace_contacts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  namespace varchar(255) NOT NULL,
  cluster_name varchar(255) NOT NULL,
  escalation_email varchar(255) NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_namespace_contacts_ns_cluster UNIQUE (namespace, cluster_name)
);

CREATE TABLE notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id varchar(255) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  type notificationtype NOT NULL,
  title varchar(255) NOT NULL,
  message text NOT NULL,
  link varchar(512),
  read boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_notifications_user_id ON notifications (user_id);
CREATE INDEX ix_notifications_created_at ON notifications (created_at);
CREATE INDEX ix_notifications_user_read_created ON notifications (user_id, read, created_at DESC);

CREATE TABLE badge_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  created_by varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  created_by_name varchar(255),
  namespace varchar(255),
  cluster_name varchar(255),
  token varchar(64) NOT NULL,
  label varchar(255) NOT NULL DEFAULT 'CVEs',
  scope_namespaces json,
  is_sec_team boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_badge_tokens_token UNIQUE (token)
);
CREATE INDEX ix_badge_tokens_created_by ON badge_tokens (created_by);

CREATE TABLE cve_comments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  cve_id varchar(50) NOT NULL,
  user_id varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  user_name varchar(255),
  message text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz
);
CREATE INDEX ix_cve_comments_cve_id ON cve_comments (cve_id);
`;
