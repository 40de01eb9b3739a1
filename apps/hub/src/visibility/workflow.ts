import type { EscalationRule, Pair } from '@pratique/hub/contract';

/** What people and feeds have said about CVEs: the small tables of the application database, read whole. */
export interface Workflow {
  /** Changes whenever any row below changes; results are cached by it. */
  readonly revision: string;
  readonly thresholds: WorkflowThresholds;
  readonly escalation: WorkflowEscalation;
  readonly priorities: readonly WorkflowPriority[];
  /** Only active ones: requested or approved. */
  readonly acceptances: readonly WorkflowAcceptance[];
  /** Only requested or approved rules. */
  readonly suppressions: readonly WorkflowSuppression[];
  readonly remediations: readonly WorkflowRemediation[];
  /** CVE ids of the known-exploited catalogue with the day they are due (`YYYY-MM-DD`) or null. */
  readonly knownExploited: readonly (readonly [cveId: string, dueDate: string | null])[];
}

/** When things escalate, and how long before people are warned. */
export interface WorkflowEscalation {
  readonly rules: readonly EscalationRule[];
  readonly warningDays: number;
}

export interface WorkflowThresholds {
  readonly minCvss: number;
  readonly minEpss: number;
}

export interface WorkflowPriority {
  readonly cveId: string;
  readonly level: 'critical' | 'high' | 'medium' | 'low';
  /** Epoch milliseconds. */
  readonly deadline: number | null;
}

/** A target names at least a pair; image and deployment narrow it further. */
export interface AcceptanceTarget extends Pair {
  readonly image_name?: string | undefined;
  readonly deployment_id?: string | undefined;
}

export interface WorkflowAcceptance {
  readonly id: string;
  readonly cveId: string;
  readonly status: 'requested' | 'approved';
  readonly mode: 'all' | 'namespace' | 'image' | 'deployment';
  readonly targets: readonly AcceptanceTarget[];
  readonly createdBy: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface WorkflowSuppression {
  readonly id: string;
  readonly status: 'requested' | 'approved';
  readonly rule:
    | { readonly type: 'component'; readonly componentName: string; readonly versionPattern: string | null }
    | {
        readonly type: 'cve';
        readonly cveId: string;
        readonly mode: 'all' | 'namespace';
        readonly targets: readonly Pair[];
      };
}

export interface WorkflowRemediation extends Pair {
  readonly cveId: string;
  readonly status: 'open' | 'in_progress' | 'resolved' | 'verified' | 'wont_fix';
  /** Epoch milliseconds. */
  readonly resolvedAt: number | null;
}

/** A workflow in which nobody has said anything yet. */
export const emptyWorkflow: Workflow = {
  revision: '0',
  thresholds: { minCvss: 0, minEpss: 0 },
  escalation: { rules: [], warningDays: 3 },
  priorities: [],
  acceptances: [],
  suppressions: [],
  remediations: [],
  knownExploited: [],
};
