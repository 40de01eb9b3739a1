import type { Kysely } from 'kysely';
import { Settings, Thresholds } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import type { HubServer } from '../http.ts';
import { readSettings, readThresholds } from './store.ts';

/** `GET /api/settings/thresholds` for everybody, `GET /api/settings` for the security team. */
export function registerSettings(app: HubServer, db: Kysely<AppDatabase>): void {
  app.get('/api/settings/thresholds', {
    schema: { summary: 'The thresholds every team’s view obeys', response: { 200: Thresholds } },
    handler: () => readThresholds(db),
  });
  app.get('/api/settings', {
    config: { access: 'sec' },
    schema: { summary: 'All settings', response: { 200: Settings } },
    handler: async () => {
      const settings = await readSettings(db);
      if (settings === null) throw notFound('The row of settings');
      return settings;
    },
  });
}
