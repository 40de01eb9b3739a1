import type { Pair } from '@pratique/hub/contract';
import { reaches, type Reach } from './reach.ts';
import type { WorkflowAcceptance } from './workflow.ts';

/** What visibility needs to know of the person a question is answered for. */
export interface Viewer {
  readonly userId: string;
  readonly reach: Reach;
  /** Thresholds bind everybody but the security team. */
  readonly isSecTeam: boolean;
  /** Security team, or the wildcard. */
  readonly seesAll: boolean;
  /** Wildcard, or at least one pair. */
  readonly hasNamespaces: boolean;
}

/** Whether the viewer may know of a risk acceptance, and so whether it counts for what they see. */
export function mayAccess(viewer: Viewer, acceptance: WorkflowAcceptance): boolean {
  if (viewer.seesAll && viewer.reach.kind === 'all') {
    return true;
  }
  if (acceptance.createdBy === viewer.userId) {
    return true;
  }
  return acceptance.mode === 'all' ? viewer.hasNamespaces : overlaps(viewer.reach, acceptance.targets);
}

/**
 * Whether an acceptance lifts thresholds for the viewer: its scope must be `all` or overlap the viewer's
 * pairs, even for who created it, because an acceptance elsewhere says nothing about here.
 */
export function liftsThresholds(viewer: Viewer, acceptance: WorkflowAcceptance): boolean {
  return (
    (viewer.seesAll && viewer.reach.kind === 'all') ||
    acceptance.mode === 'all' ||
    overlaps(viewer.reach, acceptance.targets)
  );
}

function overlaps(reach: Reach, targets: readonly Pair[]): boolean {
  return targets.some((target) => reaches(reach, target));
}
