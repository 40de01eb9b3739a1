/** What can be wrong with a running gate, in the words that probes and doctor show. */
import type { ProblemDeclaration } from '@pratique/runtime/health';

export type GateProblem =
  | 'gate-configuration-old'
  | 'gate-alerting-old'
  | 'gate-cluster-away'
  | 'gate-cache-away'
  | 'gate-report-failing';

export const gateProblems: readonly ProblemDeclaration<GateProblem>[] = [
  {
    code: 'gate-configuration-old',
    title: 'A changed configuration is not in force',
    severity: 'medium',
    text: 'The configuration known before stays in force. Correct the mistakes the evidence names; it is read again by itself.',
  },
  {
    code: 'gate-alerting-old',
    title: 'A changed alerting document is not in force',
    severity: 'medium',
    text: 'Alerts are sent as the document known before says. Correct the mistakes the evidence names; it is read again by itself.',
  },
  {
    code: 'gate-cluster-away',
    title: 'The API server cannot be asked',
    severity: 'low',
    text: 'Images of children are verified instead of passed, and rules that ask for labels of namespaces refuse. Check service account and network policy.',
  },
  {
    code: 'gate-cache-away',
    title: 'The cache cannot be reached',
    severity: 'low',
    text: 'Each replica remembers for itself, so more is verified. Check the Service of the cache, its password and its certificate.',
  },
  {
    code: 'gate-report-failing',
    title: 'Decisions cannot be reported to the hub',
    severity: 'low',
    text: 'Verdicts are not affected; the desk shows old decisions. Check the address of the hub and the key of this cluster.',
  },
];
