import { TrialAnswer, TrialOffer, TrialRequest } from '@pratique/hub/contract';
import { askValue, viewerOf, type HubContext } from '../context.ts';
import { hubFault } from '../errors.ts';
import { callerOf, type HubServer } from '../http.ts';
import { reaches } from '../visibility/reach.ts';
import type { Viewer } from '../visibility/viewer.ts';

/** What one attempt to create a workload came to. */
export type TrialOutcome =
  | { readonly kind: 'answered'; readonly answer: TrialAnswer }
  /** The text is no workload that could be sent. */
  | { readonly kind: 'unusable'; readonly problem: string }
  | { readonly kind: 'unreachable'; readonly problem: string };

/** A workload to try, in whose name. */
export interface Trial extends TrialRequest {
  readonly user: string;
}

/** A cluster of a demo that workloads can be tried on. Only programs that bring one along can give it; no setting can. */
export interface DeploymentTrials {
  readonly clusterName: string;
  readonly examples: () => TrialOffer['examples'];
  readonly attempt: (trial: Trial) => Promise<TrialOutcome>;
}

/**
 * `GET` and `POST /api/dev/deployments`: trying a workload against the gate of a demo. Register it in dev mode only. People try in their own
 * namespaces, because the decisions are shown to the teams of these.
 */
export function registerTrials(app: HubServer, context: HubContext, trials: DeploymentTrials): void {
  app.get('/api/dev/deployments', {
    schema: { summary: 'Workloads to try against the gate of this demo', response: { 200: TrialOffer } },
    handler: async (request) => ({
      cluster_name: trials.clusterName,
      namespaces: await namespacesOf(context, viewerOf(callerOf(request)), trials.clusterName),
      examples: trials.examples(),
    }),
  });
  app.post('/api/dev/deployments', {
    schema: {
      summary: 'Try a workload: what the API server and its gate answer',
      body: TrialRequest,
      response: { 200: TrialAnswer },
    },
    handler: async (request) => {
      const { reach, username } = callerOf(request);
      const { namespace } = request.body;
      if (!reaches(reach, { namespace, cluster_name: trials.clusterName })) throw foreignNamespace(namespace);
      return answerOf(await trials.attempt({ ...request.body, user: username }));
    },
  });
}

function answerOf(outcome: TrialOutcome): TrialAnswer {
  switch (outcome.kind) {
    case 'answered':
      return outcome.answer;
    case 'unusable':
      throw hubFault({
        code: 'bad-request',
        message: outcome.problem,
        hint: 'Send one Pod, or one workload that makes pods, in YAML or JSON.',
      });
    case 'unreachable':
      throw hubFault({
        code: 'api-server-unavailable',
        message: outcome.problem,
        hint: 'Try again; the log of the demo says more.',
      });
  }
}

function foreignNamespace(namespace: string): Error {
  return hubFault({
    code: 'no-access',
    message: `The namespace ${namespace} is none of the caller's.`,
    hint: 'Try it in a namespace of your own.',
  });
}

async function namespacesOf(context: HubContext, viewer: Viewer, cluster: string): Promise<string[]> {
  const { reach } = viewer;
  const pairs =
    reach.kind === 'pairs'
      ? reach.pairs
      : context.source.loadedVersion === 0
        ? []
        : await askValue(context, viewer, { kind: 'namespaces', ask: { viewer } });
  const own = pairs.filter((pair) => pair.cluster_name === cluster).map(({ namespace }) => namespace);
  return [...new Set(own)].toSorted();
}
