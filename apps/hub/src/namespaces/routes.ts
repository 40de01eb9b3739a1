import Type from 'typebox';
import { Pair } from '@pratique/hub/contract';
import { ask, sendJson, viewerOf, type HubContext } from '../context.ts';
import { callerOf, type HubServer } from '../http.ts';

/** `GET /api/namespaces`: the pairs a person can choose from. */
export function registerNamespaces(app: HubServer, context: HubContext): void {
  app.get('/api/namespaces', {
    schema: { summary: 'Namespaces within my reach', response: { 200: Type.Array(Pair) } },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      return sendJson(context, reply, await ask(context, viewer, { kind: 'namespaces', ask: { viewer } }));
    },
  });
}
