import type { FastifyInstance } from 'fastify';
import type { Access } from './access.ts';
import { accessOf } from './access.ts';

/** One operation of the API as registered. */
export interface RegisteredRoute {
  readonly method: string;
  /** With its parameters, such as `/api/cves/:cve_id`. */
  readonly url: string;
  readonly access: Access;
}

const recorded = new WeakMap<FastifyInstance, RegisteredRoute[]>();

/** Begins to keep the list of routes; called before the first is registered. */
export function recordRoutes(app: FastifyInstance): void {
  const routes: RegisteredRoute[] = [];
  recorded.set(app, routes);
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) {
      // HEAD mirrors GET, OPTIONS belongs to CORS: neither is an operation of its own.
      if (one !== 'HEAD' && one !== 'OPTIONS') routes.push({ method: one, url, access: accessOf(config) });
    }
  });
}

/** Every operation registered so far, so that a test can try each with every kind of caller. */
export function allRoutes(app: FastifyInstance): readonly RegisteredRoute[] {
  return [...(recorded.get(app) ?? [])];
}
