import type { ColumnType, Generated } from 'kysely';
import type { AdmissionEntry, EscalationRule, ImageDecision, ImagePreview, Role } from '@pratique/hub/contract';

/** `timestamptz`: a Date when read, anything PostgreSQL understands when written. */
export type Timestamp = ColumnType<Date, Date | string, Date | string>;
type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
/** `date` is only ever selected as text (`::text`), because the driver would make it a local midnight. */
type NullableDay = ColumnType<Date | null, string | null | undefined, string | null>;
/** `jsonb`: parsed when read, JSON text when written. */
type Json<T> = ColumnType<T, string, string>;
type DefaultedJson<T> = ColumnType<T, string | undefined, string>;

/** A person, as seen last. Namespaces are never here: they belong to a request. */
export interface UsersTable {
  id: string;
  username: string;
  email: string;
  role: Role;
  onboarding_completed: Generated<boolean>;
  created_at: DefaultedTimestamp;
  last_seen_at: NullableTimestamp;
  /** When the visit began that goes on now, and when the person was last seen before it. */
  visit_started_at: NullableTimestamp;
  previous_visit_at: NullableTimestamp;
}

/** Which pairs a person last came with; for explanations and search, never for authorisation. */
export interface UserPairsSeenTable {
  user_id: string;
  namespace: string;
  cluster_name: string;
  seen_at: Timestamp;
}

export interface NamespaceContactsTable {
  id: Generated<string>;
  namespace: string;
  cluster_name: string;
  escalation_email: string;
  updated_at: DefaultedTimestamp;
}

/** Stored scopes are read through `acceptances/stored-scope.ts`: old rows may hold anything. */
export interface RiskAcceptancesTable {
  id: Generated<string>;
  cve_id: string;
  status: 'requested' | 'approved' | 'rejected' | 'expired';
  justification: string;
  scope: Json<unknown>;
  scope_key: string;
  owner_pairs: ColumnType<unknown, string | null | undefined, string | null>;
  owner_pairs_hash: Generated<string>;
  expires_at: NullableTimestamp;
  created_at: DefaultedTimestamp;
  created_by: string | null;
  created_by_name: string | null;
  reviewed_by: string | null;
  reviewed_by_name: string | null;
  reviewed_at: NullableTimestamp;
  assigned_to: string | null;
}

export interface CvePrioritiesTable {
  id: Generated<string>;
  cve_id: string;
  priority: 'critical' | 'high' | 'medium' | 'low';
  reason: string;
  set_by: string | null;
  set_by_name: string | null;
  deadline: NullableTimestamp;
  created_at: DefaultedTimestamp;
  updated_at: DefaultedTimestamp;
}

/** `numeric` arrives as text: cast to float8 when selecting. */
export interface GlobalSettingsTable {
  id: Generated<string>;
  min_cvss_score: ColumnType<string, number | undefined, number>;
  min_epss_score: ColumnType<string, number | undefined, number>;
  escalation_rules: Json<readonly EscalationRule[]>;
  escalation_warning_days: Generated<number>;
  digest_day: Generated<number>;
  management_email: Generated<string>;
  updated_by: string | null;
  updated_at: DefaultedTimestamp;
}

export interface EscalationsTable {
  id: Generated<string>;
  cve_id: string;
  namespace: string;
  cluster_name: string;
  level: number;
  triggered_at: DefaultedTimestamp;
  notified: Generated<boolean>;
}

export interface RemediationsTable {
  id: Generated<string>;
  cve_id: string;
  namespace: string;
  cluster_name: string;
  status: Generated<'open' | 'in_progress' | 'resolved' | 'verified' | 'wont_fix'>;
  assigned_to: string | null;
  assigned_to_name: string | null;
  created_by: string | null;
  created_by_name: string | null;
  resolved_by: string | null;
  resolved_by_name: string | null;
  target_date: NullableDay;
  notes: string | null;
  wont_fix_reason: string | null;
  resolved_at: NullableTimestamp;
  verified_at: NullableTimestamp;
  created_at: DefaultedTimestamp;
  updated_at: DefaultedTimestamp;
}

export interface SuppressionRulesTable {
  id: Generated<string>;
  status: Generated<'requested' | 'approved' | 'rejected'>;
  type: 'component' | 'cve';
  component_name: string | null;
  version_pattern: string | null;
  cve_id: string | null;
  reason: string;
  reference_url: string | null;
  scope: DefaultedJson<unknown>;
  scope_key: Generated<string>;
  review_comment: string | null;
  expires_at: NullableTimestamp;
  created_at: DefaultedTimestamp;
  created_by: string | null;
  created_by_name: string | null;
  reviewed_by: string | null;
  reviewed_by_name: string | null;
  reviewed_at: NullableTimestamp;
}

export interface KnownExploitedTable {
  cve_id: string;
  date_added: NullableDay;
  due_date: NullableDay;
  name: string | null;
  required_action: string | null;
  ransomware: string | null;
  catalog_version: string;
}

export interface EpssScoresTable {
  cve_id: string;
  probability: number;
  percentile: number | null;
  model_version: string | null;
  score_date: string | null;
}

export interface FeedsTable {
  name: string;
  version: string;
  entries: number;
  loaded_at: DefaultedTimestamp;
  details: DefaultedJson<Readonly<Record<string, unknown>>>;
}

/** `bigint` arrives as text, and stays text: it is only ever compared for equality. */
export interface WorkflowRevisionTable {
  single: Generated<boolean>;
  revision: ColumnType<string, never, never>;
}

/** A name for a set of filters, columns and order; owned by one person. */
export interface SavedViewsTable {
  id: Generated<string>;
  user_id: string;
  name: string;
  search: string;
  created_at: DefaultedTimestamp;
  updated_at: DefaultedTimestamp;
}

/** What the reader did, newest last; written by it through the driver. `bigint` arrives as text. */
export interface ReaderPollsTable {
  id: Generated<string>;
  source: string;
  at: Timestamp;
  outcome: string;
  milliseconds: number;
  images_read: number;
  version: ColumnType<string, number, number>;
  message: string | null;
}

/** What a gate decided about one request. Written through the driver, in one statement a report. */
export interface AdmissionDecisionsTable {
  id: Generated<string>;
  cluster_name: string;
  uid: string;
  at: Timestamp;
  namespace: string;
  kind: string;
  name: string;
  operation: string;
  user_name: string;
  allowed: boolean;
  would_allow: boolean;
  outcome: ColumnType<AdmissionEntry['outcome'], never, never>;
  dry_run: boolean;
  duration_ms: number;
  policy_hash: string;
  classes: string[];
  image_count: number;
  refused_count: number;
  preview: Json<ImagePreview[]>;
  search: string;
  warnings: Json<string[]>;
  images: Json<ImageDecision[]>;
}

/** When a gate was last heard of. `bigint` arrives as text. */
export interface AdmissionGatesTable {
  cluster_name: string;
  instance: string;
  version: string;
  policy_hash: string;
  last_report_at: Timestamp;
  dropped: ColumnType<string, number | undefined, number>;
  dropped_at: NullableTimestamp;
}

/** The tables this program reads and writes through Kysely. Tables of later acts are added with them. */
export interface AppDatabase {
  users: UsersTable;
  user_pairs_seen: UserPairsSeenTable;
  namespace_contacts: NamespaceContactsTable;
  risk_acceptances: RiskAcceptancesTable;
  cve_priorities: CvePrioritiesTable;
  global_settings: GlobalSettingsTable;
  escalations: EscalationsTable;
  remediations: RemediationsTable;
  suppression_rules: SuppressionRulesTable;
  known_exploited: KnownExploitedTable;
  epss_scores: EpssScoresTable;
  feeds: FeedsTable;
  workflow_revision: WorkflowRevisionTable;
  saved_views: SavedViewsTable;
  reader_polls: ReaderPollsTable;
  admission_decisions: AdmissionDecisionsTable;
  admission_gates: AdmissionGatesTable;
}
