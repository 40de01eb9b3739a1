import Type from 'typebox';
import type { Kysely } from 'kysely';
import { SavedView, SavedViewWrite } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { callerOf, type HubServer } from '../http.ts';
import { changeView, createView, listViews, removeView } from './store.ts';

const ViewParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

/** `GET`, `POST /api/views`; `PUT`, `DELETE /api/views/{id}`: everybody has their own and sees no others. */
export function registerViews(app: HubServer, db: Kysely<AppDatabase>): void {
  app.get('/api/views', {
    schema: { summary: 'My saved views, by name', response: { 200: Type.Array(SavedView) } },
    handler: (request) => listViews(db, callerOf(request).id),
  });
  app.post('/api/views', {
    schema: {
      summary: 'Keep a view under a name of its own; at most 50 per person',
      body: SavedViewWrite,
      response: { 201: SavedView },
    },
    handler: async (request, reply) => {
      const view = await createView(db, callerOf(request).id, request.body);
      return await reply.code(201).send(view);
    },
  });
  app.put('/api/views/:id', {
    schema: {
      summary: 'Change a view of mine',
      params: ViewParams,
      body: SavedViewWrite,
      response: { 200: SavedView },
    },
    handler: (request) => changeView(db, { userId: callerOf(request).id, id: request.params.id }, request.body),
  });
  app.delete('/api/views/:id', {
    schema: { summary: 'Remove a view of mine', params: ViewParams, response: { 204: Type.Null() } },
    handler: async (request, reply) => {
      await removeView(db, { userId: callerOf(request).id, id: request.params.id });
      return await reply.code(204).send(null);
    },
  });
}
