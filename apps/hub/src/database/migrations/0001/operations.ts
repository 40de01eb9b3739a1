/** What the program keeps about its own doings: the audit trail, mails on their way, runs of jobs, who looks at what. */
export const operationTables = `
CREATE TABLE audit_log (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id varchar(255) REFERENCES users (id) ON DELETE SET NULL,
  user_name varchar(255),
  action varchar(100) NOT NULL,
  entity_type varchar(100) NOT NULL,
  entity_id varchar(255),
  details jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_audit_log_user_id ON audit_log (user_id);
CREATE INDEX ix_audit_log_action ON audit_log (action);
CREATE INDEX ix_audit_log_created_at ON audit_log (created_at);

-- Written in the transaction that causes the message, delivered afterwards: neither is ever there without the other.
CREATE TABLE outbox (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind varchar(50) NOT NULL,
  recipient varchar(255) NOT NULL,
  payload jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_outbox_due ON outbox (next_attempt_at) WHERE sent_at IS NULL;

CREATE TABLE job_runs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  job varchar(100) NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  status varchar(20) NOT NULL,
  counters jsonb NOT NULL DEFAULT '{}',
  error text
);
CREATE INDEX ix_job_runs_job_started ON job_runs (job, started_at DESC);

-- Half a minute of life per row: not worth a write-ahead log.
CREATE UNLOGGED TABLE presence (
  entity_type varchar(100) NOT NULL,
  entity_id varchar(255) NOT NULL,
  user_id varchar(255) NOT NULL,
  username varchar(255) NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (entity_type, entity_id, user_id)
);

CREATE TABLE spoke_keys_seen (
  key_digest char(64) PRIMARY KEY,
  name varchar(255),
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now()
);
`;
