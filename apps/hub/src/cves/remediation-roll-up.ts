import type { Pair } from '@pratique/hub/contract';
import type { WorkflowRemediation } from '../visibility/workflow.ts';

const terminal: readonly WorkflowRemediation['status'][] = ['resolved', 'verified', 'wont_fix'];

/** One word for the remediations of a CVE, over the pairs it affects within the viewer's scope. */
export function rollUpRemediations(
  remediations: readonly WorkflowRemediation[],
  affected: readonly Pair[],
): 'unremediated' | 'in_progress' | 'remediated' {
  const isAt = (pair: Pair) => (remediation: Pair) =>
    remediation.namespace === pair.namespace && remediation.cluster_name === pair.cluster_name;
  const relevant = remediations.filter((remediation) => affected.some(isAt(remediation)));
  if (relevant.length === 0) {
    return 'unremediated';
  }
  if (relevant.some((remediation) => !terminal.includes(remediation.status))) {
    return 'in_progress';
  }
  return affected.every((pair) => relevant.some(isAt(pair))) ? 'remediated' : 'unremediated';
}
