import Type from 'typebox';
import {
  AffectedDeployment,
  CveDetail,
  CveListQuery,
  CvePage,
  ScopeQuery,
  TimelineEvent,
} from '@pratique/hub/contract';
import { ask, askValue, joinedObjects, markAge, sendJson, viewerOf, type HubContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { callerOf, type HubServer } from '../http.ts';
import { readPreviousVisit } from '../identity/visits.ts';
import { cveAdditions } from './additions.ts';
import type { CveDetailQuestion, CveFacts } from './detail.ts';
import { CveParams } from './path.ts';
import { readCveRecords } from './records.ts';
import { readTimeline } from './timeline.ts';

/** `GET /api/cves` and everything below one CVE but its visibility. */
export function registerCves(app: HubServer, context: HubContext): void {
  app.get('/api/cves', {
    schema: { summary: 'CVEs of what runs within my reach', querystring: CveListQuery, response: { 200: CvePage } },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const { query } = request;
      const now = Math.floor(context.now() / 1000);
      const lastVisit = query.today === 'new' ? await readPreviousVisit(context.db, viewer.userId) : null;
      return sendJson(
        context,
        reply,
        await ask(context, viewer, { kind: 'cve-list', ask: { viewer, query, now, lastVisit } }),
      );
    },
  });
  app.get('/api/cves/:cve_id', {
    schema: {
      summary: 'One CVE, with where it runs',
      params: CveParams,
      querystring: ScopeQuery,
      response: { 200: CveDetail },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const question = { viewer, cveId: request.params.cve_id, filter: request.query };
      const [parts, records] = await Promise.all([
        askPage(context, question),
        readCveRecords(context.pool, question.cveId, { reach: viewer.reach, filter: request.query }),
      ]);
      if (parts === null) throw notFound(request.params.cve_id);
      const additions = await cveAdditions(context, question, { facts: parts.facts, records });
      return sendJson(context, reply, joinedObjects(additions, parts.page));
    },
  });
  app.get('/api/cves/:cve_id/deployments', {
    schema: {
      summary: 'Deployments a CVE runs in',
      params: CveParams,
      querystring: ScopeQuery,
      response: { 200: Type.Array(AffectedDeployment) },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const question = { viewer, cveId: request.params.cve_id, filter: request.query };
      return sendJson(context, reply, await ask(context, viewer, { kind: 'cve-deployments', ask: question }));
    },
  });
  app.get('/api/cves/:cve_id/timeline', {
    schema: {
      summary: 'What happened to a CVE, oldest first',
      params: CveParams,
      querystring: ScopeQuery,
      response: { 200: Type.Array(TimelineEvent) },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const question = { viewer, cveId: request.params.cve_id, filter: request.query };
      const facts = await askValue(context, viewer, { kind: 'cve-facts', ask: question });
      if (facts === null) throw notFound(request.params.cve_id);
      markAge(context, reply);
      return await readTimeline(context, question, facts);
    },
  });
}

const lineBreak = 0x0a;

/** The page as it came, unread, and what the hub needs to know of it. */
async function askPage(
  context: HubContext,
  question: CveDetailQuestion,
): Promise<{ readonly facts: CveFacts; readonly page: Buffer } | null> {
  const json = Buffer.from((await ask(context, question.viewer, { kind: 'cve-page', ask: question })).buffer);
  const end = json.indexOf(lineBreak);
  return end === -1
    ? null
    : { facts: JSON.parse(json.toString('utf8', 0, end)) as CveFacts, page: json.subarray(end + 1) };
}
