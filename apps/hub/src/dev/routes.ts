import Type from 'typebox';
import { DevPerson } from '@pratique/hub/contract';
import type { HubServer } from '../http.ts';
import type { DemoPerson } from '../identity/dev.ts';

/**
 * `GET /api/dev/people`: the ready-made people of a demo. Register it in dev mode only. It is public, so that a browser
 * that still holds the id of somebody who is gone can choose anew.
 */
export function registerDev(app: HubServer, people: readonly DemoPerson[]): void {
  const answer = people.map(({ id, name, role, namespaces, description }) => ({
    id,
    name,
    role,
    namespaces,
    description,
  }));
  app.get('/api/dev/people', {
    config: { access: 'public' },
    schema: { summary: 'The ready-made people of this demo', response: { 200: Type.Array(DevPerson) } },
    handler: () => answer,
  });
}
