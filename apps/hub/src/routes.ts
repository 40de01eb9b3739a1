import { registerAdmission } from './admission/routes.ts';
import type { HubContext } from './context.ts';
import { registerCves } from './cves/routes.ts';
import { registerDashboard } from './dashboard/routes.ts';
import { registerDev } from './dev/routes.ts';
import { registerTrials, type DeploymentTrials } from './dev/trials.ts';
import type { HubServer } from './http.ts';
import type { DemoPerson } from './identity/dev.ts';
import { registerIdentity } from './identity/routes.ts';
import type { Users } from './identity/users.ts';
import { registerImages } from './images/routes.ts';
import { registerEpss } from './intelligence/routes.ts';
import { registerNamespaces } from './namespaces/routes.ts';
import { registerThresholdPreview } from './settings/preview-route.ts';
import { registerSettings } from './settings/routes.ts';
import { registerEvents } from './source/events.ts';
import { registerSource } from './source/routes.ts';
import { registerViews } from './views/routes.ts';
import { registerVisibility } from './visibility/routes.ts';

/** What some routes need beside the context. */
export interface RouteParts {
  readonly users: Users;
  /** These two count in dev mode only. */
  readonly people: readonly DemoPerson[];
  readonly trials: DeploymentTrials | undefined;
}

/** Every operation of the API, domain by domain. */
export function registerRoutes(app: HubServer, context: HubContext, { users, people, trials }: RouteParts): void {
  const { db, now } = context;
  registerIdentity(app, { db, users, now });
  registerCves(app, context);
  registerVisibility(app, context);
  registerImages(app, context);
  registerNamespaces(app, context);
  registerDashboard(app, context);
  registerSettings(app, db);
  registerThresholdPreview(app, context);
  registerSource(app, context);
  registerEvents(app, context);
  registerEpss(app, db);
  registerViews(app, db);
  registerAdmission(app, context);
  if (context.config.dev !== null) {
    registerDev(app, people);
    if (trials !== undefined) registerTrials(app, context, trials);
  }
}
