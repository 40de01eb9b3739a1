import { VisibilityAnswer, VisibilityQuery, type Role } from '@pratique/hub/contract';
import { askValue, isStale, markAge, viewerOf, type HubContext } from '../context.ts';
import { CveParams } from '../cves/path.ts';
import { hubFault, notFound } from '../errors.ts';
import { callerOf, type HubServer } from '../http.ts';
import type { Caller } from '../identity/caller.ts';
import { parseNamespaces } from '../identity/statement.ts';
import { readSeenPairs } from '../identity/seen-pairs.ts';
import { readEpssScore } from '../intelligence/store.ts';
import type { Viewer } from './viewer.ts';

/** Whom an explanation is for, and how far they reach. */
interface Subject {
  readonly viewer: Viewer;
  readonly user: string | null;
  readonly role: Role;
}

/** `GET /api/cves/{cve_id}/visibility`: why can I, or why can they, (not) see it? */
export function registerVisibility(app: HubServer, context: HubContext): void {
  app.get('/api/cves/:cve_id/visibility', {
    schema: {
      summary: 'Why a CVE is or is not in a list',
      params: CveParams,
      querystring: VisibilityQuery,
      response: { 200: VisibilityAnswer },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { user, namespaces, ...filter } = request.query;
      const subject = await subjectOf(context, caller, { user, namespaces });
      const cveId = request.params.cve_id;
      const feed = await readEpssScore(context.db, cveId);
      const explanation = await askValue(context, subject.viewer, {
        kind: 'explain',
        ask: {
          viewer: subject.viewer,
          cveId,
          filter,
          asksAsSecTeam: caller.isSecTeam,
          annotations: context.config.annotations,
          epssFeed: feed === null ? null : { model: feed.modelVersion, date: feed.scoreDate },
        },
      });
      markAge(context, reply);
      const { reach } = subject.viewer;
      return {
        ...explanation,
        for: {
          user: subject.user,
          role: subject.role,
          all_namespaces: reach.kind !== 'pairs',
          namespace_count: reach.kind === 'pairs' ? reach.pairs.length : 0,
        },
        terms: [...explanation.terms, ...staleTerm(context)],
      };
    },
  });
}

async function subjectOf(
  context: HubContext,
  caller: Caller,
  asked: { readonly user: string | undefined; readonly namespaces: string | undefined },
): Promise<Subject> {
  if (asked.user === undefined && asked.namespaces === undefined) {
    return { viewer: viewerOf(caller), user: caller.id, role: caller.role };
  }
  if (!caller.isSecTeam) {
    throw hubFault({
      code: 'sec-team-required',
      message: 'Only the security team may ask what somebody else sees.',
      hint: 'Leave out "user" and "namespaces" to ask for yourself.',
    });
  }
  return asked.user === undefined
    ? { viewer: memberWith(statedReach(asked.namespaces ?? ''), ''), user: null, role: 'team_member' }
    : knownUser(context, asked.user, asked.namespaces);
}

function statedReach(statement: string): Viewer['reach'] {
  const read = parseNamespaces(statement);
  return read.wildcard ? { kind: 'all' } : { kind: 'pairs', pairs: read.pairs };
}

/** Scope is never stored for authorisation; for an explanation the pairs a user last came with are the best that is known. */
async function knownUser(context: HubContext, id: string, namespaces: string | undefined): Promise<Subject> {
  const user = await context.db.selectFrom('users').select(['id', 'role']).where('id', '=', id).executeTakeFirst();
  if (user === undefined) {
    throw notFound(`The user ${id}`);
  }
  if (user.role === 'sec_team') {
    const viewer = {
      userId: id,
      reach: { kind: 'all' },
      isSecTeam: true,
      seesAll: true,
      hasNamespaces: false,
    } as const;
    return { viewer, user: id, role: 'sec_team' };
  }
  const reach: Viewer['reach'] =
    namespaces === undefined ? { kind: 'pairs', pairs: await readSeenPairs(context.db, id) } : statedReach(namespaces);
  return { viewer: memberWith(reach, id), user: id, role: 'team_member' };
}

function memberWith(reach: Viewer['reach'], userId: string): Viewer {
  const wildcard = reach.kind !== 'pairs';
  return { userId, reach, isSecTeam: false, seesAll: wildcard, hasNamespaces: wildcard || reach.pairs.length > 0 };
}

function staleTerm(context: HubContext): VisibilityAnswer['terms'] {
  if (!isStale(context)) {
    return [];
  }
  const problem = context.source.state?.problem ?? null;
  return [
    {
      term: 'source_stale',
      effect: 'informs',
      text: `The data is of ${context.source.state?.dataAsOf?.toISOString() ?? 'an unknown time'}: StackRox could not be read since.`,
      next_step: problem?.hint ?? null,
      values: { code: problem?.code ?? null, as_of: context.source.state?.dataAsOf?.toISOString() ?? null },
    },
  ];
}
