import Type from 'typebox';
import type { Kysely } from 'kysely';
import { EpssEntry, EpssQuery } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import type { HubServer } from '../http.ts';
import { readEpssScores } from './store.ts';

/** `GET /api/epss?cve=…`: public facts of a feed, so nobody's scope matters. */
export function registerEpss(app: HubServer, db: Kysely<AppDatabase>): void {
  app.get('/api/epss', {
    schema: {
      summary: 'What the EPSS feed says about up to 200 CVEs; those it does not know are left out',
      querystring: EpssQuery,
      response: { 200: Type.Array(EpssEntry) },
    },
    handler: (request) => readEpssScores(db, request.query.cve),
  });
}
