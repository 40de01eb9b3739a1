import { DashboardData, ScopeQuery, Today } from '@pratique/hub/contract';
import { countAcceptances } from '../acceptances/store.ts';
import { askValue, markAge, viewerOf, type HubContext } from '../context.ts';
import { countEscalations } from '../escalations/store.ts';
import { callerOf, type HubServer } from '../http.ts';
import { readPreviousVisit } from '../identity/visits.ts';
import { readSettings } from '../settings/store.ts';

/** `GET /api/dashboard` and `GET /api/dashboard/today`: every figure over the visible set of the caller. */
export function registerDashboard(app: HubServer, context: HubContext): void {
  app.get('/api/dashboard', {
    schema: { summary: 'The figures of my scope', querystring: ScopeQuery, response: { 200: DashboardData } },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const filter = request.query;
      const settings = await readSettings(context.db);
      const [figures, upcoming, escalations, pipeline] = await Promise.all([
        askValue(context, viewer, {
          kind: 'dashboard',
          ask: { viewer, filter, now: Math.floor(context.now() / 1000) },
        }),
        askValue(context, viewer, {
          kind: 'upcoming-escalations',
          ask: {
            viewer,
            filter,
            rules: settings?.escalation_rules ?? [],
            warningDays: settings?.escalation_warning_days ?? 3,
            now: context.now(),
          },
        }),
        countEscalations(context.db, { reach: viewer.reach, filter }),
        countAcceptances(context.db, viewer, filter),
      ]);
      markAge(context, reply);
      return {
        ...figures,
        stat_escalations: escalations,
        stat_upcoming_escalations: upcoming.count,
        stat_open_risk_acceptances: pipeline.requested,
        risk_acceptance_pipeline: pipeline,
      };
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
      const ask = { viewer, filter: request.query, now: Math.floor(context.now() / 1000), lastVisit };
      const figures = await askValue(context, viewer, { kind: 'today', ask });
      markAge(context, reply);
      return { ...figures, last_visit: lastVisit === null ? null : new Date(lastVisit).toISOString() };
    },
  });
}
