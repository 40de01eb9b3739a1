import { ThresholdPreview, ThresholdPreviewQuery } from '@pratique/hub/contract';
import { ask, sendJson, viewerOf, type HubContext } from '../context.ts';
import { callerOf, type HubServer } from '../http.ts';

/** `GET /api/settings/threshold-preview`, for the security team. */
export function registerThresholdPreview(app: HubServer, context: HubContext): void {
  app.get('/api/settings/threshold-preview', {
    config: { access: 'sec' },
    schema: {
      summary: 'What other thresholds would hide',
      querystring: ThresholdPreviewQuery,
      response: { 200: ThresholdPreview },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      return sendJson(context, reply, await ask(context, viewer, { kind: 'threshold-preview', ask: request.query }));
    },
  });
}
