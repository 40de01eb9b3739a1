import { DashboardData, ScopeQuery, Today } from '@pratique/hub/contract';
import { countAcceptances, keepAcceptances } from '../acceptances/store.ts';
import { ask, askValue, joinedObjects, markAge, sendJson, viewerOf, workflowNow, type HubContext } from '../context.ts';
import { countEscalations } from '../escalations/store.ts';
import { callerOf, type HubServer } from '../http.ts';
import { readPreviousVisit } from '../identity/visits.ts';

/** `GET /api/dashboard` and `GET /api/dashboard/today`: every figure over the visible set of the caller. */
export function registerDashboard(app: HubServer, context: HubContext): void {
  const acceptances = keepAcceptances(context.db);
  app.get('/api/dashboard', {
    schema: { summary: 'The figures of my scope', querystring: ScopeQuery, response: { 200: DashboardData } },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const filter = request.query;
      const now = Math.floor(context.now() / 1000);
      const [json, escalations, records] = await Promise.all([
        ask(context, viewer, { kind: 'dashboard', ask: { viewer, filter, now } }),
        countEscalations(context.db, { reach: viewer.reach, filter }),
        workflowNow(context).then(({ revision }) => acceptances(revision)),
      ]);
      const pipeline = countAcceptances(records, viewer, filter);
      const counted = {
        stat_escalations: escalations,
        stat_open_risk_acceptances: pipeline.requested,
        risk_acceptance_pipeline: pipeline,
      };
      return sendJson(context, reply, joinedObjects(counted, json));
    },
  });
  app.get('/api/dashboard/today', {
    schema: {
      summary: 'The few things I should do today, each with why and until when',
      querystring: ScopeQuery,
      response: { 200: Today },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const lastVisit = await readPreviousVisit(context.db, viewer.userId);
      const now = Math.floor(context.now() / 1000);
      const question = { viewer, filter: request.query, now, lastVisit };
      const figures = await askValue(context, viewer, { kind: 'today', ask: question });
      markAge(context, reply);
      return { ...figures, last_visit: lastVisit === null ? null : new Date(lastVisit).toISOString() };
    },
  });
}
