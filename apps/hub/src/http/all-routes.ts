import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Access } from './access.ts';
import { accessOf } from './access.ts';

/** One operation of the API as registered. */
export interface RegisteredRoute {
  readonly method: string;
  /** With its parameters, such as `/api/cves/:cve_id`. */
  readonly url: string;
  readonly access: Access;
}

const recorded = new WeakMap<FastifyInstance, RouteOptions[]>();

/** Begins to keep the list of routes; called before the first is registered. */
export function recordRoutes(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  recorded.set(app, routes);
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
}

/** Every operation registered so far, so that a test can try each with every kind of caller. */
export function allRoutes(app: FastifyInstance): readonly RegisteredRoute[] {
  // Access is read now and not when the route came: hooks of the plugin it belongs to may have set it afterwards.
  return (recorded.get(app) ?? []).flatMap(({ method, url, config }) =>
    // HEAD mirrors GET, OPTIONS belongs to CORS: neither is an operation of its own.
    [method]
      .flat()
      .filter((one) => one !== 'HEAD' && one !== 'OPTIONS')
      .map((one) => ({ method: one, url, access: accessOf(config) })),
  );
}
