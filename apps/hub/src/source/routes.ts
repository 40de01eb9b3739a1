import Type from 'typebox';
import { SourcePoll, SourceStatus, VersionInfo } from '@pratique/hub/contract';
import { markAge, type HubContext } from '../context.ts';
import { instantOf } from '../cves/present.ts';
import { schemaVersion } from '../database/migrate.ts';
import { callerOf, type HubServer } from '../http.ts';
import type { Caller } from '../identity/caller.ts';
import { readPolls } from '../findings/poll-log.ts';
import type { SourceProblem } from '../findings/store.ts';
import { readFeeds } from '../intelligence/store.ts';
import { reachesCluster } from '../visibility/reach.ts';
import { sourceState } from './state.ts';

/** `GET /api/source`, `GET /api/source/polls` and `GET /api/version`: what is behind every answer. */
export function registerSource(app: HubServer, context: HubContext): void {
  app.get('/api/source', {
    schema: { summary: 'How old the data is, and why', response: { 200: SourceStatus } },
    handler: async (request, reply) => {
      markAge(context, reply);
      return await describeSource(context, callerOf(request));
    },
  });
  app.get('/api/source/polls', {
    config: { access: 'sec' },
    schema: { summary: 'What the reader did lately, newest first', response: { 200: Type.Array(SourcePoll) } },
    handler: () => readPolls(context.db),
  });
  app.get('/api/version', {
    schema: { summary: 'Versions of program and schemas', response: { 200: VersionInfo } },
    handler: async () => {
      const schema = context.source.state?.schema ?? null;
      return {
        version: context.version,
        commit: null,
        app_schema: await schemaVersion(context.db),
        rhacs_schema: schema === null ? null : `${schema.release} (${schema.mode})`,
        dev_mode: context.config.dev !== null,
      };
    },
  });
}

async function describeSource(context: HubContext, caller: Caller): Promise<SourceStatus> {
  const { source, db } = context;
  const { state } = source;
  const feeds = await readFeeds(db);
  const count = (name: string) => state?.counts[name] ?? 0;
  return {
    state: sourceState(context),
    data_as_of: state?.dataAsOf?.toISOString() ?? null,
    version: source.loadedVersion,
    last_poll_at: state?.lastPollAt?.toISOString() ?? null,
    last_poll_outcome: state?.lastPollOutcome ?? null,
    problem: problemFor(caller, state?.problem ?? null),
    schema: state?.schema ?? null,
    counts: {
      clusters: count('clusters'),
      namespaces: count('namespaces'),
      deployments: count('deployments'),
      images: count('images'),
      findings: count('findings'),
      cves: count('cves'),
      images_not_scanned: count('images_not_scanned'),
    },
    clusters: (state?.clusters ?? [])
      .filter(({ name }) => reachesCluster(caller.reach, name))
      .map(({ name, health, lastContact }) => ({ name, health, last_contact: instantOf(lastContact ?? 0) })),
    ...feeds,
  };
}

/** Hosts, users and tables of a broken connection are the operators' business; a team learns that there is a problem, and its code. */
function problemFor(caller: Caller, problem: SourceProblem | null): SourceProblem | null {
  if (problem === null || caller.isSecTeam) {
    return problem;
  }
  return {
    code: problem.code,
    message: 'StackRox could not be read the last time.',
    hint: 'The last known data is shown; the security team sees the details.',
  };
}
